/* Sets the theme before the first paint: the person's choice, else the system's. */
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const choice = () => {
    try { return localStorage.getItem("theme") || "auto"; } catch { return "auto"; }
  };
  const apply = () => {
    const wanted = choice();
    document.documentElement.dataset.bsTheme = wanted === "auto" ? (dark.matches ? "dark" : "light") : wanted;
  };
  dark.addEventListener("change", apply);
  window.portalTheme = {
    choice,
    choose(wanted) {
      try { localStorage.setItem("theme", wanted); } catch { /* private window: for this page only */ }
      apply();
    },
  };
  apply();
})();
