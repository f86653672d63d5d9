/* 上报事件: the search over the catalogue. Hooks: data-kind-search, data-kinds, data-kind-group, data-kind="words", data-kind-none. */
(() => {
  "use strict";
  const search = document.querySelector("[data-kind-search]");
  const kinds = document.querySelector("[data-kinds]");
  if (!search || !kinds) return;
  const fits = (kind, words) => words.every((word) => kind.dataset.kind.toLowerCase().includes(word)) || kind.querySelector("input").checked;
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    kinds.querySelectorAll("[data-kind]").forEach((kind) => { kind.hidden = !fits(kind, words); });
    const groups = [...kinds.querySelectorAll("[data-kind-group]")];
    groups.forEach((group) => { group.hidden = !group.querySelector("[data-kind]:not([hidden])"); });
    kinds.querySelector("[data-kind-none]").hidden = groups.some((group) => !group.hidden);
  };
  search.addEventListener("input", filter);
  search.addEventListener("keydown", (e) => { if (e.key === "Enter") e.preventDefault(); });
  filter();
})();
