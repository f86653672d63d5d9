/* Uploads with progress: form[data-upload="#id"]. The answer's #id takes the place of ours, so that the chosen files
   and every option stay; errors beside fields are taken over too. Without this script the form is an ordinary one.
   Parts inside the form: [data-upload-busy] with progress and [data-upload-words]; [data-upload-lost]; words in data-t-… */
(() => {
  "use strict";
  const buttons = (form) => [...form.querySelectorAll("[type=submit]")];
  const busy = (form, words, percent) => {
    const box = form.querySelector("[data-upload-busy]");
    box.hidden = false;
    box.querySelector("[data-upload-words]").textContent = words;
    const bar = box.querySelector("progress");
    if (percent === null) bar.removeAttribute("value"); else bar.value = percent;
  };
  const rest = (form) => {
    form.querySelector("[data-upload-busy]").hidden = true;
    buttons(form).forEach((button) => { button.disabled = false; button.removeAttribute("aria-busy"); });
    delete form.dataset.sending;
  };
  const lose = (form, words = form.dataset.tLost) => {
    rest(form);
    const line = form.querySelector("[data-upload-lost]");
    line.textContent = words;
    line.hidden = false;
  };
  /* each field's error stands beside it, as in the answer's form */
  const takeFieldErrors = (form, answered) => {
    form.querySelectorAll(".field").forEach((field) => {
      const control = field.querySelector("input, select, textarea");
      const twin = answered?.querySelector(`#${CSS.escape(control.id)}`);
      field.querySelectorAll(".errorlist").forEach((list) => list.remove());
      field.classList.remove("has-error");
      control.removeAttribute("aria-invalid");
      const errors = twin?.closest(".field").querySelector(".errorlist");
      if (!errors) return;
      field.append(errors);
      field.classList.add("has-error");
      control.setAttribute("aria-invalid", "true");
      control.setAttribute("aria-describedby", twin.getAttribute("aria-describedby") || "");
    });
  };
  const show = (form, xhr) => {
    const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
    const [ours, theirs] = [document, page].map((root) => root.querySelector(form.dataset.upload));
    if (!theirs) { location.assign(xhr.responseURL); return; } /* the sign-in page, once a session has ended */
    takeFieldErrors(form, page.querySelector("form[data-upload]"));
    ours.replaceChildren(...theirs.childNodes);
    rest(form);
    ours.focus({ preventScroll: true });
    if (ours.getBoundingClientRect().top > innerHeight / 2) scrollBy({ top: ours.getBoundingClientRect().top - 70 });
  };
  const send = (form, submitter) => {
    const content = new FormData(form);
    if (submitter?.name) content.append(submitter.name, submitter.value);
    const xhr = new XMLHttpRequest();
    xhr.open("POST", form.action);
    xhr.upload.addEventListener("progress", (e) => {
      if (!e.lengthComputable) return;
      const percent = Math.floor((100 * e.loaded) / e.total);
      if (percent < 100) busy(form, form.dataset.tSending.replace("{percent}", percent), percent);
    });
    xhr.upload.addEventListener("load", () => busy(form, form.dataset.tWorking, null));
    xhr.addEventListener("load", () => {
      if (xhr.status >= 500) lose(form, document.body.dataset.tFailed);
      else if ((xhr.getResponseHeader("Content-Type") || "").includes("html")) show(form, xhr); else lose(form);
    });
    ["error", "abort", "timeout"].forEach((name) => xhr.addEventListener(name, () => lose(form)));
    form.querySelector("[data-upload-lost]").hidden = true;
    busy(form, form.dataset.tSending.replace("{percent}", 0), 0);
    buttons(form).forEach((button) => { button.disabled = true; button.setAttribute("aria-busy", "true"); });
    xhr.send(content);
  };
  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (!form.matches("form[data-upload]")) return;
    e.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "1";
    send(form, e.submitter);
  });
})();
