/* The evidence camera: a picture with its strip, the candidates tapped in it, a reason; it goes by the queue, also from a kept page. */
import { takenAt } from "../exif.js";
import { clearErrors, forgetMended, showErrors } from "../field_errors.js";
import { isOnTime, offerSentences, panorama } from "../panorama.js";
import * as clock from "./clock.js";
import "./frame.js";
import { keepPages } from "./keep.js";
import { editWith } from "./outbox.js";
import * as queue from "./queue.js";
import { seal, sha256 } from "./seal.js";
import * as shutter from "./shutter.js";
import { $, $$, wordsOf } from "./words.js";

const form = $("form[data-evidence]");
const say = wordsOf(form);
const video = $("[data-video]");
const { reason, lateness_reason: lateness, captured } = form.elements;
const [OLD, JUST_NOW, MOST] = [10 * 60000, 10 * 60000, 25 * 2 ** 20]; // ms, ms, bytes
const [SHOT, SAID] = [`draft-${form.dataset.room}`, `draft-${form.dataset.room}-said`];
let shot = null; // {blob, at (ISO or ""), wall, code, isStated: the time is what the taker says}
let replaces = ""; // id of the refused entry that is being mended
let restored = false;
let typing = 0;

const live = () => $("#camera-live");
const opens = () => live().dataset.opens;
const marking = panorama(form, $("[data-mark-pick]"), () => keepSaid());
const note = (words) => { $("[data-cam-note]").textContent = words; };
const beijing = (at) => new Date(at + 8 * 3600000).toISOString().slice(0, 19);

/* ── The strip: when by which clock, where, and the check code ── */
const minutes = () => Math.floor(clock.age() / 60000);
const trust = () => {
  if (clock.age() === null) return say("Stampphone");
  return clock.age() > OLD ? say("Stampold", { n: minutes() }) : say("Stampserver");
};
const strip = (at, code) => {
  const { place, unit, address } = form.dataset;
  return [`${beijing(at).replace("T", " ")}  ${place}  (${trust()})`, [unit, address].filter(Boolean).join("  "), code ? `${say("Stampcode")} ${code}` : say("Stampnone")];
};
const tellClock = () => {
  const line = $("[data-clock-note]");
  const isUnknown = clock.age() === null;
  line.hidden = !isUnknown && clock.age() <= OLD;
  line.textContent = isUnknown ? say("Unknown") : say("Old", { n: minutes() });
};

/* ── Camera, phone's camera, gallery ── */
const aim = (isOpen) => {
  video.hidden = $("[data-shutter]").hidden = !isOpen;
  $("[data-shot-empty]").hidden = $("[data-open-camera]").hidden = isOpen;
  $("[data-torch]").hidden = !isOpen || !shutter.hasTorch();
  note(isOpen ? say(matchMedia("(orientation: portrait)").matches ? "Landscape" : "Aim") : "");
};
const without = (words) => {
  aim(false);
  note(words);
  $("[data-phone-camera]").hidden = false;
  $("[data-open-camera]").hidden = !shutter.isThere();
};
const openCamera = async () => {
  if (!shutter.isThere()) { without(say("Nocamera")); return; }
  try {
    await shutter.open(video);
    aim(true);
  } catch (error) {
    without(say({ NotAllowedError: "Blocked", NotReadableError: "Busy" }[error.name] || "Nocamera"));
  }
};
const stopCamera = () => { shutter.close(video); aim(false); };

const make = async (work) => {
  $("[data-shutter]").disabled = true;
  note(say("Making"));
  try {
    await show(await work());
    stopCamera();
  } catch {
    note(say("Failed"));
    $("[data-phone-camera]").hidden = false;
  } finally { $("[data-shutter]").disabled = false; }
};
const snap = () => make(async () => {
  const [now, wall, { code, key }] = [window.portal.now(), Date.now(), form.dataset];
  const at = new Date(now).toISOString();
  const made = await shutter.compose(await shutter.take(video), strip(now, code));
  return { blob: await seal(made, { code, key }, at), at, wall, code };
});
/* what the phone's own camera hands over just now gets a strip; anything older is a picture from the gallery */
const fromPhone = (file) => make(async () => {
  const wall = await takenAt(file) ?? file.lastModified;
  if (Math.abs(Date.now() - wall) > JUST_NOW) return picked(file);
  const now = window.portal.now() - (Date.now() - wall);
  const made = await shutter.compose(await shutter.upright(file), strip(now, ""));
  return { blob: made, at: new Date(now).toISOString(), wall, code: "" };
});
const picked = async (file) => {
  const taken = await takenAt(file) ?? file.lastModified;
  const blob = file.size > MOST ? await shutter.compose(await shutter.upright(file), []) : file;
  return { blob, at: new Date(taken + window.portal.now() - Date.now()).toISOString(), wall: 0, code: "", isStated: true };
};

/* ── The picture stands: marks, reason, the reason for the time only where it is needed ── */
const capturedAt = () => {
  if (!shot.isStated) return shot.at;
  return captured.value ? new Date(`${captured.value}+08:00`).toISOString() : "";
};
const needsReason = () => !isOnTime(Date.parse(capturedAt()), live());
const judge = () => { if (shot) $("[data-lateness]").hidden = !needsReason(); };
const draw = () => {
  const preview = $("[data-preview]");
  if (preview.src) URL.revokeObjectURL(preview.src);
  if (shot) preview.src = URL.createObjectURL(shot.blob); else preview.removeAttribute("src");
  $("[data-aim]").hidden = Boolean(shot);
  $$("[data-made], [data-shot], [data-shot-tools]", form).forEach((part) => { part.hidden = !shot; });
  $("[data-captured-field]").hidden = !shot?.isStated;
  if (!shot) return;
  $("[data-size]").textContent = `${shot.at ? `${beijing(Date.parse(shot.at)).slice(11)} · ` : ""}${(shot.blob.size / 2 ** 20).toFixed(1)} MB`;
  if (shot.isStated) captured.value = shot.at ? beijing(Date.parse(shot.at)) : "";
  judge();
};
const show = async (made, isKept = false) => {
  shot = made;
  note("");
  clearErrors(form);
  draw();
  if (isKept) return;
  marking.clear();
  navigator.storage?.persist?.();
  if (!(await queue.keepDraft({ id: SHOT, ...made }))) window.portal.toast({ level: "warning", text: say("Full") });
};
const ticked = () => $$("[name=in_picture]:checked", form).map((box) => Number(box.value));
const setSaid = ({ marks = [], ticks = [], reason: why = "", lateness: late = "", captured: when = "" }) => {
  $$("[name=in_picture]", form).forEach((box) => { box.checked = ticks.includes(Number(box.value)); });
  marking.load(marks);
  [reason.value, lateness.value] = [why, late];
  if (when) captured.value = when;
  judge();
};
const keepSaid = (after = 400) => {
  clearTimeout(typing);
  if (!shot) return;
  typing = setTimeout(() => queue.keepDraft({ id: SAID, marks: marking.value(), ticks: ticked(), reason: reason.value, lateness: lateness.value, captured: captured.value }), after);
};
const startAnew = async () => {
  clearTimeout(typing);
  [shot, replaces] = [null, ""];
  await queue.dropDrafts(SHOT, SAID);
  clearErrors(form);
  setSaid({});
  draw();
};

/* ── Into the queue ── */
const lacking = () => Object.fromEntries([
  ["reason", !reason.value.trim() && say("Needreason")],
  ["lateness_reason", needsReason() && !lateness.value.trim() && say("Needlateness")],
].filter(([, words]) => words).map(([name, words]) => [name, [words]]));
const entryOf = async () => {
  const [id, at] = [crypto.randomUUID(), capturedAt()];
  const named = new Set(marking.value().map(({ sitting }) => sitting));
  const marks = [...marking.value(), ...ticked().filter((sitting) => !named.has(sitting)).map((sitting) => ({ sitting, x: null, y: null }))];
  const when = at ? beijing(Date.parse(at)) : "";
  const fields = { id, room_session: form.dataset.room, reason: reason.value.trim(), captured_at: at || null, marks: JSON.stringify(marks), lateness_reason: needsReason() ? lateness.value.trim() : "", strip_code: shot.code };
  return {
    id, kind: "evidence", about: "", url: form.dataset.send, page: location.pathname, form: fields,
    blob: shot.blob, sha256: await sha256(shot.blob), name: `${form.dataset.place} ${when.replace(/[:T]/g, "-")}.jpg`.trim(), wall: shot.wall,
    label: say("Entry", { place: form.dataset.place, at: when.slice(11, 16) }), closes: live().dataset.closes, from: window.portal.now() < Date.parse(opens()) ? opens() : null,
  };
};
form.addEventListener("submit", async (e) => {
  e.preventDefault();
  if (!shot) return;
  const missing = lacking();
  if (Object.keys(missing).length) { judge(); showErrors(form, missing); return; }
  const button = $("[data-send-now]");
  button.disabled = true;
  try {
    const made = await entryOf();
    if (replaces) await queue.drop(replaces);
    await queue.add(made);
    await startAnew();
    window.portal.toast({ level: "info", text: say("Kept") });
    scrollTo({ top: 0 });
  } finally { button.disabled = false; }
});

/* a refused picture opens as it was; sent anew it has a new id */
editWith({
  evidence: async (entry) => {
    const { form: said } = entry;
    const marks = JSON.parse(said.marks);
    replaces = entry.id;
    await show({ blob: entry.blob, at: said.captured_at || "", wall: entry.wall, code: said.strip_code, isStated: !entry.wall }, true);
    setSaid({ marks: marks.filter(({ x }) => x !== null), ticks: marks.filter(({ x }) => x === null).map(({ sitting }) => sitting), reason: said.reason, lateness: said.lateness_reason });
    $("[data-lateness]").hidden = !needsReason() && entry.refusal?.code !== "lateness_reason_required";
    form.scrollIntoView();
  },
});
const restore = async () => {
  const found = (id) => queue.entries().find((entry) => entry.id === id);
  const isFirst = !restored; // once: later a draft that was just sent may still be listed
  restored = true;
  if (!isFirst || shot || !found(SHOT)) return;
  await show(found(SHOT), true);
  setSaid(found(SAID) || {});
  window.portal.toast({ level: "info", text: say("Draft") });
};

$("[data-open-camera]").addEventListener("click", openCamera);
$("[data-shutter]").addEventListener("click", snap);
$("[data-retake]").addEventListener("click", async () => { await startAnew(); openCamera(); });
$("[data-torch]").addEventListener("click", async (e) => {
  const on = e.currentTarget.getAttribute("aria-pressed") !== "true";
  e.currentTarget.setAttribute("aria-pressed", String(on));
  await shutter.torch(on);
});
[["[data-from-gallery]", "[data-gallery-file]", (file) => make(() => picked(file))], ["[data-phone-camera]", "[data-camera-file]", fromPhone]].forEach(([knob, input, take]) => {
  $(knob).addEventListener("click", () => $(input).click());
  $(input).addEventListener("change", () => { const [file] = $(input).files; $(input).value = ""; if (file) take(file); });
});
offerSentences(form, reason);
forgetMended(form);
form.addEventListener("input", () => { judge(); keepSaid(); });
matchMedia("(orientation: portrait)").addEventListener("change", () => { if (!video.hidden) aim(true); });
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) return;
  if (!video.hidden) stopCamera(); // another app wants it
  keepSaid(0);
});
document.addEventListener("htmx:afterSwap", (e) => { if (e.detail.target.id === "camera-live") { marking.follow(e.detail.target); judge(); } });
queue.onChange(restore);
keepPages(location.origin + location.pathname);
setInterval(() => { tellClock(); judge(); }, 15000);
if (!shutter.isThere()) without(say("Nocamera"));
tellClock();
marking.follow(live());
