/* The grid of a roster (templates/proctors/_grid.html): arrow keys between places, Enter for who is free, Delete, Ctrl+Z,
   names dragged onto places. In a free unit an act is sent at once; in others it goes into the tray, which is sent as one
   request. The tray is kept for this tab until it is sent. Answers are swapped in by their ids; focus stays where it was. */
(() => {
  "use strict";
  const grid = document.querySelector("[data-roster]");
  if (!grid?.querySelector("[data-grid]")) return;
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = grid.dataset;
  const table = $("[data-grid]", grid);
  const heads = $$("thead [data-unit]", table);
  const [picker, tray, swapper] = [$("#rg-picker"), $("#roster-tray"), $("#rg-swap")];
  const kept = `roster:${words.plan}:${words.site}`;
  const fill = (text, values) => Object.entries(values).reduce((out, [name, value]) => out.replace(`{${name}}`, value), text);

  /* ── Places and the one that has the focus ─────────────────────────────── */
  const slots = () => $$(".rg-slot", table);
  const headOf = (slot) => heads[slot.closest("td").cellIndex - 1];
  const roomOf = (slot) => slot.closest("[data-room]").dataset.room;
  const nameOf = (slot) => (slot.dataset.who ? $(".rg-name", slot).textContent : words.tNobody);
  const labelOf = (slot) => {
    const said = (id) => document.getElementById(id)?.textContent.trim() || "";
    const [unit, room, place] = slot.getAttribute("aria-labelledby").split(" ");
    return { unit: said(unit), room: said(room), place: said(place) };
  };
  let current = null; // the id of the place that the keyboard is on

  const stand = (slot, focus = true) => {
    if (!slot) return;
    const before = document.getElementById(current);
    if (before) before.tabIndex = -1;
    slot.tabIndex = 0;
    current = slot.id;
    if (focus) slot.focus();
  };
  const shown = (slot) => slot && slot.offsetParent !== null;
  const step = (slot, rows, columns) => {
    const cell = slot.closest("td");
    if (columns) {
      for (let td = cell; (td = columns > 0 ? td.nextElementSibling : td.previousElementSibling) && td.tagName === "TD";) {
        const there = $(`[data-place=${slot.dataset.place}]`, td);
        if (shown(there)) return there;
      }
      return null;
    }
    const inColumn = slots().filter((each) => each.closest("td").cellIndex === cell.cellIndex && shown(each));
    return inColumn[inColumn.indexOf(slot) + rows];
  };

  /* ── The tray ──────────────────────────────────────────────────────────── */
  let pieces = [];
  try { pieces = JSON.parse(sessionStorage.getItem(kept) || "[]"); } catch { pieces = []; }
  const keep = () => { if (pieces.length) sessionStorage.setItem(kept, JSON.stringify(pieces)); else sessionStorage.removeItem(kept); };
  const el = (tag, attributes, ...children) => {
    const made = Object.assign(document.createElement(tag), attributes);
    made.append(...children);
    return made;
  };
  const drawTray = () => {
    $$(".rg-planned", table).forEach((mark) => mark.remove());
    pieces.forEach((piece) => {
      const slot = document.getElementById(piece.slot);
      slot?.append(el("small", { className: "rg-mark rg-planned", textContent: piece.incoming ? fill(words.tPlanned, { name: piece.to }) : words.tRemoved }));
    });
    if (!tray) return;
    tray.hidden = pieces.length === 0;
    $("[data-tray-count]", tray).textContent = pieces.length;
    $("[data-tray-list]", tray).replaceChildren(...pieces.map((piece) => {
      const drop = el("button", { type: "button", className: "btn btn-sm", textContent: words.tDrop });
      drop.addEventListener("click", () => { pieces = pieces.filter((other) => other !== piece && !(piece.pair && other.pair === piece.pair)); changedTray(); });
      const line = fill(words.tLine, { ...piece.label, from: piece.from, to: piece.incoming ? piece.to : words.tNobody });
      const value = [piece.room, piece.position, piece.outgoing, piece.incoming].join(":");
      const tied = piece.pair ? [el("small", { className: "rg-mark rg-planned", textContent: words.tTogether })] : [];
      return el("li", {}, el("span", { textContent: line }), ...tied, el("input", { type: "hidden", name: "piece", value }), drop);
    }));
  };
  const newId = () => { if (tray) $("[name=id]", tray).value = crypto.randomUUID(); };
  const changedTray = () => { newId(); keep(); drawTray(); };
  /* Legs are places with who shall stand there: one, or the two of a swap or a move, which go together. */
  const collect = (legs) => {
    const touched = legs.map(({ slot }) => slot.id);
    const pairs = pieces.filter((piece) => piece.pair && touched.includes(piece.slot)).map((piece) => piece.pair);
    pieces = pieces.filter((piece) => !touched.includes(piece.slot) && !pairs.includes(piece.pair));
    const pair = legs.length > 1 ? crypto.randomUUID() : "";
    legs.filter(({ slot, incoming }) => incoming !== slot.dataset.who).forEach(({ slot, incoming, name }) => {
      pieces.push({ slot: slot.id, room: roomOf(slot), position: slot.dataset.place, outgoing: slot.dataset.who, incoming,
        from: nameOf(slot), to: name, label: labelOf(slot), pair });
    });
    changedTray();
  };

  /* ── Acts ──────────────────────────────────────────────────────────────── */
  /* One after the other, each with what stands when its turn comes: of two requests of one element htmx would drop one. */
  let queue = Promise.resolve();
  const post = (url, values) => {
    const send = () => window.htmx.ajax("POST", url, { source: grid, swap: "none", values: { id: crypto.randomUUID(), ...values() } });
    const settled = () => new Promise((done) => { setTimeout(done, 40); });
    queue = queue.then(send).then(settled).catch(() => undefined);
    return queue;
  };
  let last = []; // the act that was sent last: ids of places, who shall stand there
  const act = (legs) => {
    const head = headOf(legs[0].slot);
    if (head.dataset.gesture === "closed") return refuse(head);
    if (head.dataset.gesture === "collect") return collect(legs);
    legs.forEach(({ slot }) => slot.setAttribute("aria-busy", "true"));
    const sent = legs.map(({ slot, incoming, name }) => ({ id: slot.id, incoming, name }));
    last = sent;
    const values = ({ id, incoming }) => {
      const slot = document.getElementById(id);
      return { room: roomOf(slot), position: slot.dataset.place, outgoing: slot.dataset.who, incoming };
    };
    return post(words.placeUrl, () => ({ ...values(sent[0]), ...(sent[1] ? { also: Object.values(values(sent[1])).join(":") } : {}) }))
      .finally(() => sent.forEach(({ id }) => document.getElementById(id)?.removeAttribute("aria-busy")));
  };
  const standingIn = (slot, who) => slots().find((each) => who && each !== slot && each.dataset.who === who && headOf(each) === headOf(slot));
  const swap = (slot, from, stays = true) => act([
    { slot, incoming: from.dataset.who, name: nameOf(from) },
    { slot: from, incoming: stays ? slot.dataset.who : "", name: stays && slot.dataset.who ? nameOf(slot) : "" },
  ]);
  /* Who stands elsewhere in that unit swaps with whoever stands here, or moves to an empty place. */
  const put = (slot, incoming, name) => {
    if (incoming === slot.dataset.who) return undefined;
    const from = standingIn(slot, incoming);
    return from ? swap(slot, from) : act([{ slot, incoming, name }]);
  };
  const refuse = (head) => { if (head.dataset.why) window.portal.toast({ level: "warning", text: head.dataset.why }); };
  const undo = () => { const button = $("[data-undo]", grid); if (button) post(words.undoUrl, () => ({ change: button.dataset.undo })); };

  /* ── Who is free: a list that is typed into ────────────────────────────── */
  let asked = null; // the place that the list is for
  const options = () => $$("#rg-choices [role=option]:not([hidden])", picker);
  const pickable = () => options().filter((option) => option.dataset.pick);
  const active = () => $("#rg-choices [aria-selected=true]", picker);
  const point = (option) => {
    $$("#rg-choices [aria-selected=true]", picker).forEach((other) => other.setAttribute("aria-selected", "false"));
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) $("#rg-type").setAttribute("aria-activedescendant", option.id); else $("#rg-type").removeAttribute("aria-activedescendant");
  };
  const narrow = () => {
    const typed = $("#rg-type").value.trim().toLowerCase();
    $$("#rg-choices [role=option]", picker).forEach((option) => { option.hidden = !(option.dataset.name || "").toLowerCase().includes(typed); });
    point(pickable()[0]);
  };
  const open = async (slot, typed = "") => {
    const head = headOf(slot);
    if (!picker || head.dataset.gesture === "closed") return refuse(head);
    asked = slot.id;
    const { unit, room, place } = labelOf(slot);
    $("#rg-picker-title").textContent = `${unit} · ${room} · ${place}`;
    $("[data-remove]", picker).hidden = !slot.dataset.who;
    $("[data-form-link]", picker).href = slot.href;
    $("#rg-choices").replaceChildren(...[1, 2, 3].map(() => el("li", { className: "skeleton", role: "option", ariaDisabled: "true", ariaSelected: "false" })));
    $("#rg-type").value = typed;
    picker.showModal();
    $("#rg-type").focus();
    const values = { room: roomOf(slot), position: slot.dataset.place, outgoing: slot.dataset.who };
    await window.htmx.ajax("GET", words.choicesUrl, { source: picker, target: "#rg-choices", swap: "innerHTML", values });
    return narrow();
  };
  const take = (option) => {
    const slot = document.getElementById(asked);
    picker.close();
    if (slot && option?.dataset.pick) put(slot, option.dataset.pick, option.dataset.said);
  };

  let met = []; // the ids of the place that somebody was dropped on, and of the one where they stand
  const meet = (slot, from) => {
    met = [slot.id, from.id];
    const [here, there] = [labelOf(slot), labelOf(from)];
    $("#rg-swap-title").textContent = `${here.unit} · ${here.room} · ${here.place}`;
    $("[data-said]", swapper).textContent = fill(words.tMeet, { name: nameOf(from), room: there.room, place: there.place, other: nameOf(slot) });
    swapper.showModal();
    $("[data-swap]", swapper).focus();
  };
  const settle = (stays) => {
    const [slot, from] = met.map((id) => document.getElementById(id));
    swapper.close();
    if (slot && from) swap(slot, from, stays);
  };
  if (swapper) {
    $("[data-swap]", swapper).addEventListener("click", () => settle(true));
    $("[data-replace]", swapper).addEventListener("click", () => settle(false));
    swapper.addEventListener("close", () => document.getElementById(met[0])?.focus());
  }

  if (picker) {
    $("#rg-type").addEventListener("input", narrow);
    $("#rg-type").addEventListener("keydown", (e) => {
      const free = pickable();
      const at = free.indexOf(active());
      if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); point(free[Math.max(0, Math.min(free.length - 1, at + (e.key === "ArrowDown" ? 1 : -1)))]); }
      if (e.key === "Enter") { e.preventDefault(); if (active()) take(active()); }
    });
    $("#rg-choices").addEventListener("click", (e) => { const option = e.target.closest("[data-pick]"); if (option) take(option); });
    $("[data-remove]", picker).addEventListener("click", () => { const slot = document.getElementById(asked); picker.close(); if (slot) put(slot, "", ""); });
    picker.addEventListener("close", () => document.getElementById(asked)?.focus());
  }

  table.addEventListener("keydown", (e) => {
    const slot = e.target.closest(".rg-slot");
    if (!slot) return;
    const ways = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[e.key];
    if (ways) { e.preventDefault(); stand(step(slot, ...ways)); return; }
    if (e.key === "Home" || e.key === "End") {
      const row = $$(`[data-place=${slot.dataset.place}]`, slot.closest("tr")).filter(shown);
      e.preventDefault(); stand(e.key === "Home" ? row[0] : row.at(-1)); return;
    }
    if (e.key === "Enter" || e.key === " ") { e.preventDefault(); open(slot); return; }
    if (e.key === "Delete" || e.key === "Backspace") { e.preventDefault(); put(slot, "", ""); return; }
    if (e.key.length === 1 && !e.ctrlKey && !e.metaKey && !e.altKey) { e.preventDefault(); open(slot, e.key); }
  });
  table.addEventListener("click", (e) => {
    const slot = e.target.closest(".rg-slot");
    if (!slot || e.ctrlKey || e.metaKey || e.shiftKey) return; // a new tab has the form
    e.preventDefault(); stand(slot); open(slot);
  });
  table.addEventListener("focusin", (e) => { const slot = e.target.closest(".rg-slot"); if (slot) stand(slot, false); });
  grid.addEventListener("click", (e) => { if (e.target.closest("[data-undo]")) undo(); });
  document.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "z" && !e.shiftKey && !e.target.matches("input, textarea") && $("[data-undo]", grid)) { e.preventDefault(); undo(); }
  });

  /* ── Dragging ──────────────────────────────────────────────────────────── */
  let dragged = null;
  document.addEventListener("dragstart", (e) => {
    const person = e.target.closest?.("[data-person]");
    const slot = e.target.closest?.(".rg-slot[data-who]:not([data-who=''])");
    if (person) dragged = { pk: person.dataset.person, name: person.dataset.name };
    else if (slot) dragged = { pk: slot.dataset.who, name: nameOf(slot) };
    if (dragged) { e.dataTransfer.setData("text/plain", dragged.name); e.dataTransfer.effectAllowed = "copy"; }
  });
  document.addEventListener("dragend", () => { dragged = null; $$(".is-over", table).forEach((slot) => slot.classList.remove("is-over")); });
  table.addEventListener("dragover", (e) => {
    const slot = e.target.closest(".rg-slot");
    $$(".is-over", table).forEach((other) => other.classList.toggle("is-over", other === slot));
    if (!slot || !dragged || headOf(slot).dataset.gesture === "closed") return;
    e.preventDefault(); slot.classList.add("is-over");
  });
  table.addEventListener("drop", (e) => {
    const slot = e.target.closest(".rg-slot");
    if (!slot || !dragged) return;
    e.preventDefault(); stand(slot);
    const from = standingIn(slot, dragged.pk);
    if (from && slot.dataset.who && slot.dataset.who !== dragged.pk && headOf(slot).dataset.gesture !== "closed") meet(slot, from);
    else put(slot, dragged.pk, dragged.name);
  });

  /* ── The list beside it, the tray's buttons, answers ───────────────────── */
  $("#rg-find")?.addEventListener("input", (e) => {
    const typed = e.target.value.trim().toLowerCase();
    $$("[data-person]", grid).forEach((person) => { person.hidden = !person.dataset.name.toLowerCase().includes(typed); });
  });
  $("[data-tray-clear]", grid)?.addEventListener("click", () => { pieces = []; changedTray(); });
  document.body.addEventListener("roster-sent", () => { pieces = []; $("#tray-reason").value = ""; changedTray(); });
  document.body.addEventListener("roster-needs-request", () => { // the free window has ended while the page stood open
    const legs = last.map(({ id, ...more }) => ({ slot: document.getElementById(id), ...more })).filter(({ slot }) => slot);
    if (!legs.length) return;
    headOf(legs[0].slot).dataset.gesture = "collect";
    collect(legs);
  });
  const countRooms = () => {
    const [all, short] = [$$(".rg-cell", table).length, $$(".rg-cell.is-short", table).length];
    const lacking = $("[data-short-rooms]", grid);
    lacking.textContent = short; lacking.parentElement.hidden = short === 0;
    $("[data-full-rooms]", grid).textContent = all - short;
  };
  /* What is swapped in keeps its old attributes until it has settled: then the place is counted and can be reached again. */
  const drawn = () => {
    const slot = document.getElementById(current);
    if (slot) slot.tabIndex = 0;
    if (slot && document.activeElement === document.body && !picker?.open) slot.focus({ preventScroll: true });
    countRooms();
    drawTray();
  };
  ["htmx:oobAfterSwap", "htmx:afterSettle"].forEach((name) => document.body.addEventListener(name, drawn));

  if (tray && !$("[name=id]", tray).value) newId();
  drawTray();
  stand($(".is-chosen .rg-slot", table) || slots()[0], false);
  $("thead .is-chosen", table)?.scrollIntoView({ block: "nearest", inline: "center" });
})();
