/* 本机待发送: every entry that has not arrived, its state in words, and what can be done about it. */
import * as queue from "./queue.js";
import { isMendedHere, keptPicture, whyPicture } from "./picture_lines.js";
import { isDurable } from "./store.js";
import { $, button, hour, make, wordsOf } from "./words.js";

const box = $("[data-outbox]");
const say = wordsOf(box);
const CHIPS = { waiting: "st-gap", sending: "st-pending", sent: "st-in", refused: "st-rejected" };
let editors = {};

/* `byKind`: kind → opens what was typed for another try */
export const editWith = (byKind) => { editors = byKind; };

export const chip = (entry) => {
  const words = { waiting: say("Waiting"), sending: say("Sending"), sent: say("Sent"), refused: say("Refused") }[entry.state];
  return make("span", `chip ${CHIPS[entry.state]}`, words);
};

export const why = (entry) => {
  const picture = entry.form && whyPicture(entry, say);
  if (picture) return picture;
  if (entry.state === "refused") return entry.refusal.code === "late" ? say("Late") : entry.refusal.detail || entry.refusal.title || say("Failed");
  if (entry.state !== "waiting") return "";
  const { stopped, again } = queue.status();
  if (entry.after && queue.entries().some((e) => e.id === entry.after && e.state !== "sent")) return say("Held");
  const force = entry.kind === "decision" ? `${say("Unforced")} ` : "";
  if (stopped === "login") return force + say("Login");
  if (stopped === "retry") return force + say("Retry", { s: again });
  return force + (stopped === "offline" || !navigator.onLine ? say("Offline") : "");
};

const acts = (entry) => {
  const made = entry.form ? keptPicture(entry, say) : [];
  const edit = editors[entry.kind];
  const mayEdit = entry.form ? isMendedHere(entry) : entry.refusal?.code !== "late";
  if (entry.state === "refused" && edit && mayEdit) made.push(button(say("Edit"), "", () => edit(entry)));
  if (entry.state === "waiting" && queue.status().stopped === "login") {
    const link = make("a", "btn btn-primary", say("Signin"));
    link.href = `/login/?next=${encodeURIComponent(location.pathname)}`;
    made.push(link);
  }
  if (entry.state === "waiting" || entry.state === "refused") {
    const back = entry.kind === "decision" && entry.state === "waiting";
    made.push(button(say(back ? "Takeback" : "Drop"), "", () => { if (back || confirm(say("Dropsure"))) queue.drop(entry.id); }));
  }
  return made;
};

const meter = (percent) => {
  const bar = make("progress");
  [bar.max, bar.value] = [100, percent];
  bar.setAttribute("aria-label", say("Sending"));
  return make("div", "outbox-meter", bar, make("span", "num small", `${percent}%`));
};

const line = (entry) => {
  const top = make("div", "top", make("b", "", entry.label), chip(entry), make("span", "num quiet small", hour(entry.made)));
  const item = make("li", "", top);
  item.dataset.entry = entry.id;
  const words = why(entry);
  if (words) item.append(make("p", "", words));
  if (queue.status().progress?.id === entry.id) item.append(meter(queue.status().progress.percent));
  const made = acts(entry);
  if (made.length) item.append(make("div", "acts", ...made));
  return item;
};

/* what arrives at once is not worth a line that pushes the page about */
const AT_ONCE = 1500; // ms
let soon = 0;
const isWorthALine = (entry) => queue.isOpen(entry) && (entry.state === "refused" || queue.status().stopped || Date.now() - entry.order > AT_ONCE);

const draw = async () => {
  const open = queue.entries().filter(isWorthALine);
  const { others } = queue.status();
  clearTimeout(soon);
  if (queue.entries().filter(queue.isOpen).length > open.length) soon = setTimeout(draw, AT_ONCE);
  box.hidden = !open.length && !others;
  $("[data-outbox-count]", box).textContent = open.length;
  $("[data-outbox-now]", box).hidden = !open.some((e) => e.state === "waiting");
  $("[data-outbox-lines]", box).replaceChildren(...open.map(line));
  const notes = [others ? say("Others", { n: others }) : "", open.length && !(await isDurable()) ? say("Fragile") : ""].filter(Boolean);
  const note = $("[data-outbox-note]", box);
  note.hidden = !notes.length;
  note.textContent = notes.join(" ");
};

queue.onChange(draw);
$("[data-outbox-now]", box).addEventListener("click", () => queue.flush());
