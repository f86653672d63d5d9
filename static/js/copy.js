/* data-copy="#id": copies the text of that field; data-copied is what the button says afterwards. Without scripts the field is selected by hand. */
(() => {
  "use strict";
  const copy = async (field) => {
    try { await navigator.clipboard.writeText(field.value); } catch {
      field.select(); // no clipboard without https: the older way
      document.execCommand("copy");
    }
  };
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    const label = button.innerHTML;
    button.addEventListener("click", async () => {
      await copy(document.querySelector(button.dataset.copy));
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.innerHTML = label; }, 2000);
    });
  }
})();
