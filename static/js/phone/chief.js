/* The chief's queue: one card at a time, the oldest first. 批准 asks for a deliberate touch: held for 0.6 s, or tapped twice; there
   is no undo, for a decision is final once it has arrived. What has not arrived says that it is not in force. */
import { ring } from "./alert.js";
import "./frame.js";
import { why } from "./outbox.js";
import * as queue from "./queue.js";
import { $, $$, button, wordsOf } from "./words.js";

const HOLD = 600; // ms
const ARMED = 5000; // ms in which the second tap counts
const BOUNCE = 80; // ms: a finger that trembles taps once
const SETTLING = 700; // ms after a card has come up in which a touch was meant for the one before
const say = wordsOf($("#chief-words"));
const outbox = wordsOf($("[data-outbox]"));
const large = $("#large");
const refuse = $("#refuse");
const announce = $("[data-announce]");
let [current, shownAt, known, armed, held, fired] = ["", 0, null, null, 0, false];

const cards = () => $$("[data-card]", $("#queue"));
const waiting = () => cards().filter((card) => !card.hasAttribute("data-settled"));
const cardOf = (id) => $(`#card-${CSS.escape(id)}`);
const who = (card) => `${card.dataset.name} ${card.dataset.place}`;
const unsent = (id) => queue.entries().find((e) => e.kind === "decision" && e.about === id && queue.isOpen(e));

/* ── Which card stands on the screen ── */
const comeUp = (id) => {
  if (current === id) return;
  disarm();
  [current, shownAt] = [id, performance.now()];
  setTimeout(() => cards().forEach(mark), SETTLING);
};
const show = (id, focus = false) => {
  comeUp(id);
  draw();
  if (focus) { scrollTo({ top: 0 }); $("h2", cardOf(id))?.focus({ preventScroll: true }); }
};
const first = () => (waiting().find((card) => !unsent(card.dataset.card)) || waiting()[0])?.dataset.card || "";
const draw = () => {
  if (!cardOf(current)) comeUp(first());
  $("#queue").classList.add("is-one");
  cards().forEach((card) => { card.classList.toggle("is-current", card.dataset.card === current); mark(card); });
  $$("[data-show]").forEach((line) => { if (line.dataset.show === current) line.setAttribute("aria-current", "true"); else line.removeAttribute("aria-current"); });
  const number = Number($("#queue").dataset.total) || 0;
  document.title = (number ? `${say("Title", { n: number })} · ` : "") + document.title.replace(/^\(\d+\)[^·]*· /, "");
  (number ? navigator.setAppBadge?.(number) : navigator.clearAppBadge?.())?.catch(() => { /* not installed */ });
};

/* a card that has just come up takes no touch yet; a decision that has not arrived says so, with the way to take it back */
const isEarly = () => performance.now() - shownAt < SETTLING - 20;
const mark = (card) => {
  $$("[data-approve], [data-reject]", card).forEach((knob) => { knob.disabled = isEarly(); });
  const note = $("[data-unsent]", card);
  if (!note) return;
  const entry = unsent(card.dataset.card);
  note.hidden = !entry;
  const acts = $(".ask-acts", card);
  if (acts) acts.hidden = Boolean(entry) && entry.state !== "refused";
  if (!entry) return;
  note.replaceChildren(`${entry.label}: `, entry.state === "sending" ? outbox("Sending") : why(entry) || outbox("Waiting"));
  if (entry.state !== "sending") note.append(button(outbox(entry.state === "refused" ? "Drop" : "Takeback"), "btn-sm", () => queue.drop(entry.id)));
};

/* ── Deciding ── */
const decide = async (card, outcome, note = "") => {
  const earlier = unsent(card.dataset.card);
  if (earlier) await queue.drop(earlier.id);
  await queue.add({
    id: crypto.randomUUID(), kind: "decision", about: card.dataset.card, url: card.dataset.send, json: { outcome, note },
    until: card.dataset.closes, label: say(outcome === "approved" ? "Approve" : "Reject", { who: who(card) }),
  });
  navigator.vibrate?.(40);
};
const disarm = () => {
  if (!armed) return;
  const { knob, words, timer } = armed;
  clearTimeout(timer);
  knob.classList.remove("is-armed", "is-held");
  const line = $("[data-approve-words]", knob);
  if (line) line.textContent = words;
  armed = null;
};
const approve = (card) => { disarm(); decide(card, "approved"); };
const arm = (knob, card) => {
  const line = $("[data-approve-words]", knob);
  armed = { knob, words: line.textContent, at: performance.now(), timer: setTimeout(disarm, ARMED) };
  line.textContent = say("Armed", { name: card.dataset.name });
  knob.classList.add("is-armed");
  announce.textContent = `${line.textContent}. ${say("Hold")}`;
};

document.addEventListener("pointerdown", (e) => {
  const knob = e.target.closest?.("[data-approve]");
  if (!knob || knob.disabled) return;
  fired = false;
  knob.classList.add("is-held");
  held = setTimeout(() => { fired = true; knob.classList.remove("is-held"); approve(knob.closest("[data-card]")); }, HOLD);
});
["pointerup", "pointercancel", "pointerout"].forEach((name) => document.addEventListener(name, (e) => {
  if (name === "pointerout" && e.relatedTarget && e.target.closest?.("[data-approve]")?.contains(e.relatedTarget)) return;
  clearTimeout(held);
  if (name === "pointerup") setTimeout(() => { fired = false; }, 400); // the click of this touch has come by then
  $$(".is-held").forEach((knob) => knob.classList.remove("is-held"));
}));
document.addEventListener("contextmenu", (e) => { if (e.target.closest?.("[data-approve]")) e.preventDefault(); });

const onClick = {
  "[data-approve]": (knob) => {
    if (fired) { fired = false; return; }
    const card = knob.closest("[data-card]");
    if (armed?.knob !== knob) { disarm(); arm(knob, card); } else if (performance.now() - armed.at > BOUNCE) approve(card);
  },
  "[data-reject]": (knob) => {
    const card = knob.closest("[data-card]");
    if (refuse.dataset.card !== card.dataset.card) $("textarea", refuse).value = "";
    refuse.dataset.card = card.dataset.card;
    $("[data-refuse-who]", refuse).textContent = `: ${who(card)}`;
    refuse.showModal(); // the keyboard stays away: a ready sentence is one tap
  },
  "[data-show]": (line) => show(line.dataset.show, true),
  "[data-next]": () => { current = ""; show(first(), true); },
  "[data-enlarge]": (face) => {
    $("[data-large]").src = $("img", face).src;
    $("[data-large]").alt = $("[data-large-words]").textContent = $("img", face).alt;
    large.showModal();
  },
};
document.addEventListener("click", (e) => Object.entries(onClick).forEach(([selector, act]) => { const found = e.target.closest?.(selector); if (found) act(found); }));
$("[data-refuse]").addEventListener("submit", (e) => {
  const card = cardOf(refuse.dataset.card);
  if (!card?.dataset.send) { e.preventDefault(); refuse.close(); return; } // settled meanwhile: the card says by whom
  decide(card, "rejected", $("textarea", refuse).value.trim());
  $("textarea", refuse).value = "";
});

/* ── Live ── */
document.addEventListener("htmx:configRequest", (e) => { if (e.detail.elt.id === "queue" && current) e.detail.parameters.card = current; });
const tellNew = () => {
  const here = waiting();
  const fresh = known && here.filter((card) => !known.has(card.dataset.card));
  known = new Set(here.map((card) => card.dataset.card));
  if (!fresh?.length) return;
  announce.textContent = say("New", { who: fresh.map(who).join(", ") });
  ring();
};
document.addEventListener("htmx:afterSwap", (e) => { if (e.detail.target.id === "queue") { tellNew(); draw(); } });

/* what became of the decisions made here: arrived, on to the next; the first decision was another's, the card says whose */
const OTHERS = ["already_decided", "expired"];
let passed = null;
const follow = () => queue.entries().filter((e) => e.kind === "decision").forEach((entry) => {
  const stuck = entry.state === "waiting" && queue.status().stopped;
  const key = `${entry.id} ${stuck ? "stuck" : entry.state}`;
  if (passed.has(key) || !(stuck || entry.state === "sent" || entry.state === "refused")) return;
  passed.add(key);
  if (entry.state === "sent" && entry.answer) { window.portal.toast({ level: "success", text: `${entry.label} · ${outbox("Sent")}` }); }
  if (entry.state === "refused" && OTHERS.includes(entry.refusal.code)) {
    window.portal.toast({ level: "warning", title: entry.label, text: entry.refusal.detail });
    queue.drop(entry.id);
  } else if (current === entry.about && entry.state !== "refused") advance(entry.about);
});
const advance = (id) => {
  const ahead = waiting().find((card) => card.dataset.card !== id && !unsent(card.dataset.card));
  if (ahead) show(ahead.dataset.card, true);
};
queue.onChange(() => {
  passed ??= new Set(queue.entries().filter((e) => e.state === "sent").map((e) => `${e.id} sent`)); // told before the reload
  follow();
  draw();
});
tellNew();
show(first());
