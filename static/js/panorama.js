/* Marks on a picture of the room, by tap, by mouse and by keyboard, for the evidence page and the phone's camera.
   Hooks inside the form: data-preview, data-rings, data-shot-help, data-undo, data-zoom, data-unmarked, [data-mark-rows=owed|others] >
   li[data-sitting][data-owed] with data-place, data-unmark, data-mark-no, data-row-cause; dialog[data-mark-pick]. Words in data-t-… of the form. */
import { $, $$, make, wordsOf } from "./phone/words.js";

const [STEP, LEAP] = [0.01, 0.05]; // of the picture, for arrow keys; the second with Shift
const FUTURE = 120000; // ms that a capture may lie ahead of the server's clock
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const within = (value) => Math.round(Math.min(1, Math.max(0, value)) * 10000) / 10000;

/* whether a picture taken at `at` (ms, the page's clock) needs no reason; `frame` carries data-on-time-from and -until */
export const isOnTime = (at, frame) => at >= Date.parse(frame.dataset.onTimeFrom) && at < Date.parse(frame.dataset.onTimeUntil) && at <= window.portal.now() + FUTURE;

/* ready sentences: a touch writes one into the reason, where it may be changed */
export const offerSentences = (form, reason) => form.addEventListener("click", (e) => {
  const words = e.target.closest("[data-say]")?.dataset.say;
  if (!words || reason.value.includes(words)) return;
  reason.value = [reason.value.trim(), words].filter(Boolean).join("；");
  reason.dispatchEvent(new Event("input", { bubbles: true }));
});

export const panorama = (form, dialog, changed = () => { /* nobody asks */ }) => {
  const say = wordsOf(form);
  const [preview, rings, help, undo, zoom] = ["preview", "rings", "shot-help", "undo", "zoom"].map((hook) => $(`[data-${hook}]`, form));
  const marks = new Map(); // sitting → {x, y}, in the order they were set
  const before = []; // what stood before each change
  let tapped = null;
  let armed = null;

  const rows = () => $$("[data-sitting]", form);
  const rowOf = (sitting) => rows().find((row) => row.dataset.sitting === String(sitting));
  const box = (row) => $("[name=in_picture]", row);
  const isNamed = (row) => marks.has(row.dataset.sitting) || box(row).checked;
  const nameOf = (row) => `${row.dataset.name} · ${row.dataset.seat}`;
  const missing = () => rows().filter((row) => row.hasAttribute("data-owed") && !isNamed(row));

  /* ── Drawing ── */
  const newRing = (sitting) => {
    const ring = make("button", "ring", make("b"));
    ring.type = "button";
    ring.dataset.ring = sitting;
    ring.setAttribute("aria-label", say("Ring", { name: rowOf(sitting).dataset.name }));
    rings.append(ring);
    return ring;
  };
  const ringOf = (sitting) => $(`[data-ring="${sitting}"]`, rings) || newRing(sitting);
  const draw = () => {
    $$("[data-ring]", rings).forEach((ring) => { if (!marks.has(ring.dataset.ring)) ring.remove(); });
    [...marks].forEach(([sitting, { x, y }], place) => {
      const ring = ringOf(sitting);
      $("b", ring).textContent = $("[data-mark-no]", rowOf(sitting)).textContent = place + 1;
      ring.classList.toggle("low", y > 0.82);
      [ring.style.left, ring.style.top] = [`${x * 100}%`, `${y * 100}%`];
    });
    rows().forEach((row) => {
      const marked = marks.has(row.dataset.sitting);
      $("[data-mark-no]", row).hidden = $("[data-unmark]", row).hidden = !marked;
      $(".check", row).hidden = marked;
      $("[data-place]", row).setAttribute("aria-pressed", String(armed === row));
    });
    undo.hidden = !before.length;
    help.textContent = armed ? say("Armed", { name: nameOf(armed) }) : say("Tap");
    tellMissing();
    changed();
  };
  const tellMissing = () => {
    const line = $("[data-unmarked]", form);
    const left = missing();
    line.hidden = !rows().some((row) => row.hasAttribute("data-owed"));
    line.classList.toggle("all", !left.length);
    const names = left.map(nameOf).join(document.documentElement.lang.startsWith("en") ? ", " : "、");
    line.textContent = left.length ? say("Unmarked", { n: left.length, names }) : say("All");
  };

  /* ── Setting, moving, taking away ── */
  const remember = () => before.push(new Map(marks));
  const set = (row, at) => {
    remember();
    box(row).checked = false;
    marks.set(row.dataset.sitting, at);
    armed = null;
    draw();
  };
  const unmark = (row) => { remember(); marks.delete(row.dataset.sitting); draw(); };
  const hasPicture = () => Boolean(preview.getAttribute("src"));
  const place = (row, byKeyboard) => {
    if (!hasPicture()) { window.portal.toast({ level: "info", text: say("First") }); return; }
    if (byKeyboard) {
      if (!marks.has(row.dataset.sitting)) set(row, { x: 0.5, y: 0.5 });
      ringOf(row.dataset.sitting).focus();
      return;
    }
    armed = armed === row ? null : row;
    draw();
    if (armed) preview.scrollIntoView({ block: "center", behavior: "smooth" });
  };
  const pick = (row) => {
    const knob = make("button", "btn", nameOf(row));
    knob.type = "button";
    knob.addEventListener("click", () => { dialog.close(); set(row, tapped); });
    return knob;
  };
  const ask = () => {
    const open = rows().filter((row) => row.hasAttribute("data-owed") && !marks.has(row.dataset.sitting));
    const others = rows().filter((row) => !open.includes(row));
    $("[data-pick-owed]", dialog).replaceChildren(...open.map(pick));
    $("[data-pick-others]", dialog).replaceChildren(...others.map(pick));
    $("[data-pick-more]", dialog).open = !open.length;
    $("[data-pick-more]", dialog).hidden = !others.length;
    dialog.showModal();
  };
  preview.addEventListener("click", (e) => {
    const frame = preview.getBoundingClientRect();
    tapped = { x: within((e.clientX - frame.left) / frame.width), y: within((e.clientY - frame.top) / frame.height) };
    if (armed) set(armed, tapped); else ask();
  });
  form.addEventListener("click", (e) => {
    const row = e.target.closest("[data-sitting]");
    if (row && e.target.closest("[data-unmark]")) unmark(row);
    if (row && e.target.closest("[data-place]")) place(row, e.detail === 0);
  });
  form.addEventListener("change", (e) => { if (e.target.name === "in_picture") draw(); });
  rings.addEventListener("keydown", (e) => {
    const sitting = e.target.closest("[data-ring]")?.dataset.ring;
    if (!sitting) return;
    const way = ARROWS[e.key];
    if (way) {
      const [by, { x, y }] = [e.shiftKey ? LEAP : STEP, marks.get(sitting)];
      marks.set(sitting, { x: within(x + way[0] * by), y: within(y + way[1] * by) });
      draw();
      ringOf(sitting).scrollIntoView({ block: "nearest", inline: "nearest" });
    } else if (["Delete", "Backspace"].includes(e.key)) unmark(rowOf(sitting));
    else if (!["Enter", "Escape"].includes(e.key)) return;
    e.preventDefault();
    if (!way) $("[data-place]", rowOf(sitting)).focus();
  });
  undo.addEventListener("click", () => {
    const last = before.pop();
    marks.clear();
    last?.forEach((at, sitting) => marks.set(sitting, at));
    draw();
  });
  zoom.addEventListener("click", () => {
    const shot = preview.closest("[data-shot]");
    const isZoomed = shot.classList.toggle("zoomed");
    zoom.setAttribute("aria-pressed", String(isZoomed));
    if (isZoomed) shot.scrollTo({ left: shot.scrollWidth / 5, top: shot.scrollHeight / 5 });
  });

  /* ── Who owes changes while the page stands open ── */
  const bySeat = (list) => list.append(...[...list.children].sort((a, b) => (a.dataset.seat || "").localeCompare(b.dataset.seat || "", undefined, { numeric: true })));
  const follow = (live) => {
    const owing = new Map($$("[data-owes]", live).map((line) => [line.dataset.owes, line]));
    const moved = rows().filter((row) => owing.has(row.dataset.sitting) !== row.hasAttribute("data-owed"));
    moved.forEach((row) => {
      const line = owing.get(row.dataset.sitting);
      row.toggleAttribute("data-owed", Boolean(line));
      $("[data-row-cause]", row).replaceChildren(...(line ? $("[data-cause]", line).cloneNode(true).childNodes : []));
      $(`[data-mark-rows=${line ? "owed" : "others"}]`, form).append(row);
    });
    if (moved.length) ["owed", "others"].forEach((list) => bySeat($(`[data-mark-rows=${list}]`, form)));
    $("[data-none-owed]", form).hidden = owing.size > 0;
    draw();
  };

  const value = () => [...marks].map(([sitting, { x, y }]) => ({ sitting: Number(sitting), x, y }));
  const load = (given) => {
    marks.clear();
    before.length = 0;
    given.forEach(({ sitting, x, y }) => { if (x !== null && rowOf(sitting)) marks.set(String(sitting), { x, y }); });
    armed = null;
    draw();
  };
  return { value, load, follow, missing, clear: () => load([]) };
};
