/* The branch's queue by keyboard: J/K (or arrows) move from change to change, A and R press its own buttons (data-key), X marks it.
   What is left of the time is drawn anew every second: progress[data-left-from][data-left-until]. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const steps = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

  const items = () => $$("[data-queue] [data-queue-item]");
  const here = () => document.activeElement?.closest?.("[data-queue-item]");
  const move = (step) => {
    const all = items();
    const next = all[Math.min(all.length - 1, Math.max(0, all.indexOf(here()) + step))];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
    return Boolean(next);
  };
  const mark = (item) => {
    const box = $("[data-select]", item);
    box?.click();
    return Boolean(box);
  };
  const press = (item, key) => {
    const button = $(`[data-key="${key}"]`, item);
    button?.click();
    return Boolean(button);
  };

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || $("dialog[open]")) return;
    if (e.target.matches?.("input:not([type=checkbox]), textarea, select")) return;
    const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
    const item = here();
    const arrow = key.startsWith("Arrow");
    const done = steps[key] && (!arrow || item) ? move(steps[key])
      : item && !e.repeat && key === "x" ? mark(item)
      : item && !e.repeat && (key === "a" || key === "r") && press(item, key);
    if (done) e.preventDefault();
  });

  const draw = () => $$("[data-left-until]").forEach((bar) => {
    const [from, until] = [Date.parse(bar.dataset.leftFrom), Date.parse(bar.dataset.leftUntil)];
    const left = Math.max(0, Math.min(100, (100 * (until - window.portal.now())) / (until - from)));
    bar.value = left;
    bar.classList.toggle("is-short", left < 25);
  });
  draw();
  setInterval(draw, 1000);
})();
