/* One thing after the other is judged by keyboard: the button of a key says so itself (data-key); arrows are J and K. A verdict that
   needs words takes them first. Hooks inside [data-verdicts]: form[data-verdict] with its buttons (data-needs-note) and field
   (data-verdict-note, data-always), the heading that is read out (data-verdict-name). */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const keys = { ArrowRight: "j", ArrowDown: "j", ArrowLeft: "k", ArrowUp: "k" };
  const note = () => $("[data-verdict-note]");

  const press = (key) => {
    const button = $(`[data-verdicts] [data-key="${key}"]:not([aria-disabled])`);
    if (!button || $("[data-verdicts] .htmx-request, [data-verdicts].htmx-request")) return false;
    button.click();
    return true;
  };
  const want = (button) => {
    document.querySelectorAll("[data-verdict] [data-wanted]").forEach((other) => other.removeAttribute("data-wanted"));
    button.setAttribute("data-wanted", "");
    note().focus();
  };

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || !$("[data-verdicts]")) return;
    if (e.target === note()) {
      if (e.key === "Escape") { note().blur(); return; }
      const wanted = $("[data-verdict] [data-wanted]");
      if (e.key === "Enter" && !e.isComposing) { e.preventDefault(); (wanted || $("[data-key='1']")).click(); }
      return;
    }
    if (e.target.matches?.("input, textarea, select") || (e.repeat && !keys[e.key])) return;
    if (press(keys[e.key] || e.key.toLowerCase())) e.preventDefault();
  });
  document.addEventListener("click", (e) => {
    const button = e.target.closest?.("[data-verdict] button[data-key]");
    if (!button) return;
    if (button.hasAttribute("aria-disabled")) { e.preventDefault(); e.stopPropagation(); return; }
    const field = note();
    const asks = button.hasAttribute("data-needs-note") || field.hasAttribute("data-always");
    if (asks && !field.value.trim()) { e.preventDefault(); e.stopPropagation(); want(button); }
  }, true);
  /* a reader of the screen hears the next name; a phone stays where the thumb is */
  document.addEventListener("htmx:afterSwap", (e) => {
    if (!$("[data-verdicts]") || !e.detail.target?.matches?.("[data-verdicts]")) return;
    const wrong = $("[data-verdict-note][aria-invalid]");
    (wrong || $("[data-verdict-name]"))?.focus({ preventScroll: !wrong });
  });
})();
