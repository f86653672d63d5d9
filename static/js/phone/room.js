/* The proctor's room: search in the roster, 入场审批 and incidents that go by the queue, what waits shown at its seat. */
import "./frame.js";
import { keepPage, keepPages } from "./keep.js";
import { chip, editWith } from "./outbox.js";
import { shrink } from "./photo.js";
import * as queue from "./queue.js";
import { $, $$, make, stamp, wordsOf } from "./words.js";

const words = $("#room-words");
const say = wordsOf(words);
const [ask, incident] = [$("#ask"), $("#incident")];
const [askForm, incidentForm] = [$("[data-ask]"), $("[data-incident]")];
const DRAFT = `portal-draft-${words.dataset.room}`;
let photo = null;
let drawnHead = null;

const rows = () => $$("[data-sitting]", $("#roster"));
const rowOf = (sitting) => rows().find((row) => row.dataset.sitting === String(sitting));
const who = (row) => `${row.dataset.name} ${row.dataset.seat}`;

/* ── Search ── */
const find = $("[data-find-in]");
const filter = () => {
  const wanted = find.value.trim().toLowerCase();
  let found = 0;
  rows().forEach((row) => { const fits = row.dataset.words.toLowerCase().includes(wanted); row.hidden = !fits; found += fits; });
  $("[data-find-none]").hidden = found > 0 || !wanted;
};
find.addEventListener("input", filter);

/* ── What waits, at its seat ── */
const overlay = () => {
  rows().forEach((row) => {
    const waits = queue.entries().filter((e) => queue.isOpen(e) && String(e.about) === row.dataset.sitting && e.kind !== "photo");
    $("[data-waits]", row).replaceChildren(...waits.map(chip));
    const said = waits.findLast((e) => e.kind === "presence" && e.state !== "refused");
    $$("[data-presence]", row).forEach((knob) => { knob.classList.toggle("is-waiting", said?.json?.answer === knob.dataset.presence); });
    $$("[data-ask-for]", row).forEach((knob) => { knob.disabled = waits.some((e) => e.kind === "request" && e.state !== "refused"); });
  });
};

/* ── 入场审批 ── */
const keepDraft = () => {
  const { sitting, reason, documents_checked: checked, note } = askForm.elements;
  try { sessionStorage.setItem(DRAFT, JSON.stringify({ sitting: sitting.value, reason: reason.value, checked: checked.checked, note: note.value })); } catch { /* not kept */ }
};
const dropDraft = () => { try { sessionStorage.removeItem(DRAFT); } catch { /* not kept */ } };
const draft = () => { try { return JSON.parse(sessionStorage.getItem(DRAFT) || "null"); } catch { return null; } };

const showPhoto = () => {
  const line = $("[data-ask-shot]");
  line.hidden = !photo;
  if (photo) line.textContent = say("Shot", { kb: Math.max(1, Math.round(photo.size / 1024)) });
};
const openAsk = (row, { reason = row.dataset.reason ?? "", checked = false, note = "", blob = null } = {}) => {
  askForm.reset();
  photo = blob;
  showPhoto();
  $("[data-ask-error]").hidden = true;
  askForm.elements.sitting.value = row.dataset.sitting;
  $("[data-ask-who]").textContent = who(row);
  const face = $("[data-ask-face]");
  drawnHead ??= face.innerHTML;
  if (row.dataset.photo) {
    const picture = make("img");
    [picture.src, picture.alt] = [row.dataset.photo, row.dataset.name];
    face.replaceChildren(picture);
  } else face.innerHTML = drawnHead; // the template's own icon
  $$("[name=reason]", askForm).forEach((radio) => { radio.checked = radio.value === reason; });
  askForm.elements.documents_checked.checked = checked;
  askForm.elements.note.value = note;
  ask.showModal();
  ask.scrollTop = 0;
};
document.addEventListener("click", (e) => {
  const knob = e.target.closest?.("[data-ask-for]");
  if (!knob) return;
  const row = rowOf(knob.dataset.askFor);
  const kept = draft();
  openAsk(row, kept?.sitting === row.dataset.sitting ? kept : {});
});
askForm.addEventListener("input", keepDraft);
askForm.elements.photo.addEventListener("change", async () => {
  const file = askForm.elements.photo.files[0];
  photo = file ? await shrink(file) : null;
  showPhoto();
});
const complain = (slot, text) => { slot.hidden = false; slot.textContent = text; slot.closest("fieldset").querySelector("input").focus(); };

askForm.addEventListener("submit", async (e) => {
  e.preventDefault();
  const { sitting, reason, documents_checked: checked, note } = askForm.elements;
  if (!reason.value) { complain($("[data-ask-error]"), say("Reason")); return; }
  const row = rowOf(sitting.value);
  const id = crypto.randomUUID();
  const about = sitting.value;
  const json = { id, sitting: Number(about), reason: reason.value, documents_checked: checked.checked, note: note.value.trim(), occurred_at: stamp() };
  const made = [{ id, kind: "request", about, url: words.dataset.sendRequests, json, label: say("Request", { who: who(row) }) }];
  if (photo) made.push({ id: crypto.randomUUID(), kind: "photo", about, after: id, method: "PUT", url: words.dataset.photoPath.replace("{id}", id), blob: photo, label: say("Photo", { who: who(row) }) });
  ask.close();
  if (askForm.dataset.again) await queue.drop(askForm.dataset.again);
  delete askForm.dataset.again;
  await queue.add(...made);
  dropDraft();
  if (!navigator.onLine) window.portal.toast({ level: "info", text: say("Keptoffline") });
});

/* ── Present, or not here: the last word that has not arrived yet takes the place of the one before ── */
const answer = async (sittings, word, label) => {
  const about = sittings.length === 1 ? sittings[0] : "";
  const before = queue.entries().find((e) => e.kind === "presence" && about && String(e.about) === about && e.state !== "sent");
  if (before) await queue.drop(before.id);
  const id = crypto.randomUUID();
  await queue.add({ id, kind: "presence", about, url: words.dataset.sendPresence, label, json: { id, answer: word, sittings: sittings.map(Number), occurred_at: stamp() } });
};
document.addEventListener("click", (e) => {
  const knob = e.target.closest?.("[data-presence]");
  const rest = e.target.closest?.("[data-rest]");
  if (knob) {
    const row = knob.closest("[data-sitting]");
    const word = knob.dataset.presence;
    answer([row.dataset.sitting], word, say(word === "present" ? "Present" : "Nothere", { who: who(row) }));
  }
  if (!rest) return;
  const sittings = rest.dataset.rest.split(",");
  if (confirm(say("Restsure", { n: sittings.length }))) answer(sittings, "not_here", say("Rest", { n: sittings.length }));
});

/* ── An incident of the room ── */
const people = () => $("[data-who]").replaceChildren(...[...rows()].sort((a, b) => a.dataset.seat.localeCompare(b.dataset.seat)).map((row) => {
  const box = make("input");
  [box.type, box.name, box.value] = ["checkbox", "sittings", row.dataset.sitting];
  return make("label", "check", box, make("span", "", `${row.dataset.seat} ${row.dataset.name}`));
}));
const countPeople = () => { $("[data-who-count]").textContent = $$("[name=sittings]:checked", incidentForm).length || ""; };
$("[data-dialog=incident]").addEventListener("click", () => { if (!$("[name=sittings]", incidentForm)) people(); $("[data-incident-error]").hidden = true; });
incidentForm.addEventListener("change", countPeople);
incidentForm.addEventListener("submit", async (e) => {
  e.preventDefault();
  const chosen = $("[name=type]:checked", incidentForm);
  if (!chosen) { complain($("[data-incident-error]"), say("Type")); return; }
  const id = crypto.randomUUID();
  const sittings = $$("[name=sittings]:checked", incidentForm).map((box) => Number(box.value));
  const json = { id, type: chosen.value, note: incidentForm.elements.note.value.trim(), sittings, occurred_at: stamp() };
  const what = chosen.nextElementSibling.textContent;
  incident.close();
  if (incidentForm.dataset.again) await queue.drop(incidentForm.dataset.again);
  delete incidentForm.dataset.again;
  incidentForm.reset();
  countPeople();
  await queue.add({ id, kind: "incident", about: "", url: words.dataset.sendIncidents, json, label: say("Incident", { what }) });
  if (!navigator.onLine) window.portal.toast({ level: "info", text: say("Keptoffline") });
});

/* ── A refused entry opens with what was typed; sent anew it has a new id ── */
editWith({
  request: (entry) => {
    const row = rowOf(entry.about);
    if (!row) return;
    const shot = queue.entries().find((e) => e.after === entry.id);
    openAsk(row, { reason: entry.json.reason, checked: entry.json.documents_checked, note: entry.json.note, blob: shot?.blob });
    askForm.dataset.again = entry.id;
  },
  incident: (entry) => {
    incidentForm.reset();
    people();
    $$("[name=type]", incidentForm).forEach((radio) => { radio.checked = radio.value === entry.json.type; });
    incidentForm.elements.note.value = entry.json.note;
    $$("[name=sittings]", incidentForm).forEach((box) => { box.checked = entry.json.sittings.includes(Number(box.value)); });
    countPeople();
    incidentForm.dataset.again = entry.id;
    incident.showModal();
  },
});
ask.addEventListener("close", () => { if (!ask.returnValue) delete askForm.dataset.again; });

/* a report that has arrived: its number, once */
let told = null;
const tellReports = () => queue.entries().filter((e) => e.kind === "incident" && e.state === "sent" && e.answer?.number && !told.has(e.id)).forEach((e) => {
  told.add(e.id);
  window.portal.toast({ level: "success", text: say("Reported", { number: e.answer.number }) });
});
/* the camera is kept beside the room, for it is wanted when the line may be gone; whoever comes to owe evidence is named there */
const here = location.origin + location.pathname;
const camera = `${here}camera/`;
keepPages(here, camera);
let owed = $("#roster").dataset.owed;
const renewCamera = async () => {
  const now = $("#roster").dataset.owed;
  if (now === owed || !navigator.serviceWorker?.controller) return;
  owed = now;
  await keepPage(camera).catch(() => { /* at the next change */ });
};
queue.onChange(() => {
  told ??= new Set(queue.entries().filter((e) => e.state === "sent").map((e) => e.id));
  overlay();
  tellReports();
});
document.addEventListener("htmx:afterSwap", (e) => { if (e.detail.target.id === "roster") { overlay(); filter(); renewCamera(); } });
overlay();
filter();
