/* Live boards: what a poll must not disturb, many at once, pictures that are not there. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const kept = new WeakMap(); // live element → ETag of what it shows
  let chosen = [];

  const isPoll = (detail) => detail.requestConfig?.elt === detail.target && detail.target?.matches("[data-live]");
  const isBusy = (live) => Boolean($("dialog[open]", live));

  document.addEventListener("htmx:beforeSwap", (e) => {
    const { target, xhr, requestConfig } = e.detail;
    if (!target?.matches?.("[data-live]") || xhr.status !== 200) return;
    const etag = xhr.getResponseHeader("ETag");
    const asOf = xhr.getResponseHeader("X-As-Of"); // kept figures: looked at again, though nothing has changed
    const shown = $("[data-as-of]", target);
    if (asOf && shown) shown.textContent = asOf;
    if (isPoll(e.detail)) {
      const stale = requestConfig.path !== target.getAttribute("hx-get"); // a filter was chosen meanwhile
      if (stale || isBusy(target) || (etag && kept.get(target) === etag)) { e.detail.shouldSwap = false; return; }
    }
    if (etag) kept.set(target, etag);
    chosen = $$("[data-select]:checked", target).map((box) => box.value);
  });
  document.addEventListener("htmx:afterSwap", (e) => {
    const live = $("[data-live]");
    const boxes = $$("[data-select]").filter((box) => chosen.includes(box.value));
    boxes.forEach((box) => { box.checked = true; });
    if (boxes.length) boxes[0].dispatchEvent(new Event("change", { bubbles: true }));
    if (live && e.detail.target === live) chosen = [];
    const dialog = $("dialog[data-open]");
    if (dialog) { dialog.removeAttribute("data-open"); dialog.showModal(); $("textarea", dialog)?.focus(); }
  });

  /* a picture that is lost or of a kind that this browser can't draw: the drawn head instead */
  document.addEventListener("error", (e) => {
    if (!(e.target instanceof HTMLImageElement) || !e.target.closest(".face")) return;
    const icon = $("svg.icon use")?.getAttribute("href")?.split("#")[0];
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", "icon"); svg.setAttribute("role", "img"); svg.setAttribute("aria-label", e.target.alt);
    use.setAttribute("href", `${icon}#user`);
    svg.append(use);
    e.target.replaceWith(svg);
  }, true);
})();
