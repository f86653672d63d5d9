/* 应急材料: preview, marks (panorama.js), capture time, sending with progress and retry. Without it the plain form works.
   Hooks inside form[data-evidence]: those of panorama.js, data-shot, data-lateness, data-errors="field", data-progress, data-send. */
import { takenAt } from "./exif.js";
import { clearErrors, forgetMended, showErrors } from "./field_errors.js";
import { isOnTime, offerSentences, panorama } from "./panorama.js";
import { $, $$, wordsOf } from "./phone/words.js";

/* marks of the pictures that were sent stand where they were set; positions go through the CSSOM */
const setRings = () => $$(".ring[data-x]").forEach((ring) => {
  [ring.style.left, ring.style.top] = [`${ring.dataset.x * 100}%`, `${ring.dataset.y * 100}%`];
});
setRings();
document.addEventListener("htmx:afterSwap", setRings);

const run = (form) => {
  const say = wordsOf(form);
  const { photo, captured_at: captured, lateness_reason: lateness, reason } = form.elements;
  const field = $("[data-lateness]", form);
  const marking = panorama(form, $("[data-mark-pick]"), () => { form.elements.marks.value = JSON.stringify(marking.value()); });
  form.classList.add("has-script");

  /* ── The picture and when it was taken ── */
  const local = (milliseconds) => new Date(milliseconds + 8 * 3600000).toISOString().slice(0, 19);
  const needsReason = () => !isOnTime(captured.value ? Date.parse(`${captured.value}+08:00`) : NaN, form);
  const judge = () => { field.hidden = !needsReason() || (!photo.files.length && !field.hasAttribute("data-keep")); };
  const show = async (file) => {
    const preview = $("[data-preview]", form);
    if (preview.src) URL.revokeObjectURL(preview.src);
    preview.src = URL.createObjectURL(file);
    const label = $("[data-shot-label]", form);
    label.lastChild.textContent = label.dataset.tAgain;
    /* the file's time is the phone's; the page's clock is the plan's */
    const taken = await takenAt(file) ?? file.lastModified;
    captured.value = local(taken + (window.portal.now() - Date.now()));
    judge();
  };
  photo.addEventListener("change", () => {
    const file = photo.files[0];
    $("[data-shot]", form).hidden = $("[data-shot-tools]", form).hidden = !file;
    $("[data-shot-empty]", form).hidden = Boolean(file);
    if (marking.value().length) { marking.clear(); window.portal.toast({ level: "info", text: say("Retake") }); }
    if (file) show(file);
    judge();
  });
  captured.addEventListener("input", judge);
  const gallery = $("[data-gallery]", form);
  gallery.hidden = !matchMedia("(pointer: coarse)").matches;
  gallery.addEventListener("click", () => {
    photo.removeAttribute("capture");
    photo.click();
    photo.setAttribute("capture", "environment");
  });
  offerSentences(form, reason);
  forgetMended(form);

  /* ── Sending: the same id again is the same answer, so a retry is safe ── */
  const waits = [2, 5, 10, 20, 30];
  let tries = 0;
  const progress = (words, percent) => {
    const meter = $("[data-progress]", form);
    meter.hidden = words === null;
    if (words === null) return;
    $("[data-progress-words]", form).textContent = words;
    $("progress", meter).value = percent;
  };
  const busy = (on) => { const send = $("[data-send]", form); send.disabled = on; send.toggleAttribute("aria-busy", on); };
  const refuse = (errors) => {
    if (errors.lateness_reason) field.hidden = false;
    showErrors(form, errors);
    window.portal.toast({ level: "error", text: say("Fix") });
  };
  /* what the server would ask for is asked before the picture travels */
  const lacking = () => Object.fromEntries([
    ["photo", !photo.files.length && say("Needphoto")],
    ["reason", !reason.value.trim() && say("Needreason")],
    ["lateness_reason", photo.files.length && needsReason() && !lateness.value.trim() && say("Needlateness")],
  ].filter(([, words]) => words).map(([name, words]) => [name, [words]]));
  const again = () => {
    const wait = waits[Math.min(tries, waits.length - 1)];
    tries += 1;
    progress(say("Retry", { s: wait }), 0);
    setTimeout(send, wait * 1000);
  };
  const send = () => {
    const xhr = new XMLHttpRequest();
    xhr.open("POST", form.getAttribute("action") || location.href);
    xhr.setRequestHeader("Accept", "application/json");
    xhr.responseType = "json";
    xhr.upload.addEventListener("progress", (e) => { if (e.lengthComputable) { const percent = Math.round((e.loaded / e.total) * 100); progress(percent < 100 ? say("Sending", { percent }) : say("Saving"), percent); } });
    xhr.addEventListener("error", again);
    xhr.addEventListener("timeout", again);
    xhr.addEventListener("load", () => {
      if (xhr.status >= 502 && xhr.status <= 504) return again();
      progress(null);
      busy(false);
      if (xhr.response?.url) return location.assign(xhr.response.url);
      return refuse(xhr.response?.errors || { __all__: [document.body.dataset.tFailed] });
    });
    xhr.timeout = 180000;
    xhr.send(new FormData(form));
  };
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    if ($("[data-send]", form).disabled) return;
    const missing = lacking();
    if (Object.keys(missing).length) { refuse(missing); return; }
    clearErrors(form);
    tries = 0;
    busy(true);
    progress(say("Sending", { percent: 0 }), 0);
    send();
  });

  const given = () => { try { return JSON.parse(form.elements.marks.value || "[]"); } catch { return []; } };
  marking.load(given());
  judge();
  if (photo.files.length) photo.dispatchEvent(new Event("change")); // chosen before this script had arrived
  document.addEventListener("htmx:afterSwap", (e) => { if (e.detail.target.id === "evidence-live") marking.follow(e.detail.target); });
};

const form = $("form[data-evidence]");
if (form) run(form);
