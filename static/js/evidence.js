/* 应急材料: preview, tap to mark, names, capture time, sending with progress and retry. Without it the plain form works.
   Hooks inside form[data-evidence]: data-shot, data-preview, data-rings, data-mark-rows > li[data-sitting][data-owed], data-unmark,
   data-unmarked, data-lateness, data-errors="field", data-progress, data-send; dialog[data-mark-pick]. */
(() => {
  "use strict";
  /* marks of the pictures that were sent stand where they were set; positions go through the CSSOM */
  const setRings = () => document.querySelectorAll(".ring[data-x]").forEach((ring) => {
    ring.style.left = `${ring.dataset.x * 100}%`;
    ring.style.top = `${ring.dataset.y * 100}%`;
  });
  setRings();
  document.addEventListener("htmx:afterSwap", setRings);

  const form = document.querySelector("form[data-evidence]");
  if (!form) return;
  const $ = (selector, root = form) => root.querySelector(selector);
  const $$ = (selector, root = form) => [...root.querySelectorAll(selector)];
  const say = (key, values = {}) => Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), form.dataset[`t${key}`] || "");
  const photo = form.elements.photo;
  const captured = form.elements.captured_at;
  const dialog = document.querySelector("[data-mark-pick]");
  const rows = $$("[data-sitting]");
  const marks = new Map(); // sitting → {x, y}, in the order they were set
  let tapped = null;
  form.classList.add("has-script");

  /* ── Marks ─────────────────────────────────────────────────────────────── */
  const rowOf = (sitting) => rows.find((row) => row.dataset.sitting === String(sitting));
  const isNamed = (row) => marks.has(row.dataset.sitting) || $("[name=in_picture]", row).checked;
  const nameOf = (row) => `${row.dataset.name} · ${row.dataset.seat}`;

  const draw = () => {
    const rings = $("[data-rings]");
    rings.replaceChildren();
    let number = 0;
    rows.forEach((row) => {
      const marked = marks.has(row.dataset.sitting);
      $("[data-mark-no]", row).hidden = !marked;
      $("[data-unmark]", row).hidden = !marked;
      $(".check", row).hidden = marked;
    });
    marks.forEach(({ x, y }, sitting) => {
      number += 1;
      $("[data-mark-no]", rowOf(sitting)).textContent = number;
      const ring = document.createElement("div");
      const label = document.createElement("b");
      ring.className = y > 0.82 ? "ring low" : "ring";
      label.textContent = number;
      ring.append(label);
      ring.style.left = `${x * 100}%`;
      ring.style.top = `${y * 100}%`;
      rings.append(ring);
    });
    form.elements.marks.value = JSON.stringify([...marks].map(([sitting, { x, y }]) => ({ sitting: Number(sitting), x, y })));
    const missing = rows.filter((row) => row.hasAttribute("data-owed") && !isNamed(row));
    const line = $("[data-unmarked]");
    const owes = rows.some((row) => row.hasAttribute("data-owed"));
    line.hidden = !owes;
    line.classList.toggle("all", !missing.length);
    line.textContent = missing.length ? say("Unmarked", { n: missing.length, names: missing.map(nameOf).join(document.documentElement.lang.startsWith("en") ? ", " : "、") }) : say("All");
  };

  const unmark = (row) => { marks.delete(row.dataset.sitting); draw(); };
  const choose = (row) => {
    marks.delete(row.dataset.sitting);
    $("[name=in_picture]", row).checked = false;
    marks.set(row.dataset.sitting, tapped);
    dialog.close();
    draw();
  };
  const button = (row) => {
    const el = document.createElement("button");
    el.type = "button";
    el.className = "btn";
    el.textContent = nameOf(row);
    el.addEventListener("click", () => choose(row));
    return el;
  };
  const ask = () => {
    const open = rows.filter((row) => row.hasAttribute("data-owed") && !marks.has(row.dataset.sitting));
    const others = rows.filter((row) => !open.includes(row));
    $("[data-pick-owed]", dialog).replaceChildren(...open.map(button));
    $("[data-pick-others]", dialog).replaceChildren(...others.map(button));
    $("[data-pick-more]", dialog).open = !open.length;
    $("[data-pick-more]", dialog).hidden = !others.length;
    dialog.showModal();
  };
  $("[data-preview]").addEventListener("click", (e) => {
    const box = e.target.getBoundingClientRect();
    const within = (value) => Math.round(Math.min(1, Math.max(0, value)) * 10000) / 10000;
    tapped = { x: within((e.clientX - box.left) / box.width), y: within((e.clientY - box.top) / box.height) };
    ask();
  });
  form.addEventListener("click", (e) => { const el = e.target.closest("[data-unmark]"); if (el) unmark(el.closest("[data-sitting]")); });
  form.addEventListener("change", (e) => { if (e.target.name === "in_picture") draw(); });

  /* ── The picture and when it was taken ─────────────────────────────────── */
  const local = (milliseconds) => new Date(milliseconds + 8 * 3600000).toISOString().slice(0, 19);
  const judge = () => {
    const at = captured.value ? Date.parse(`${captured.value}+08:00`) : NaN;
    const onTime = at >= Date.parse(form.dataset.onTimeFrom) && at < Date.parse(form.dataset.onTimeUntil) && at <= window.portal.now() + 120000;
    const field = $("[data-lateness]");
    field.hidden = onTime || (!photo.files.length && !field.hasAttribute("data-keep"));
  };
  photo.addEventListener("change", () => {
    const file = photo.files[0];
    $("[data-shot]").hidden = $("[data-shot-help]").hidden = !file;
    $("[data-shot-empty]").hidden = Boolean(file);
    if (marks.size) { marks.clear(); window.portal.toast({ level: "info", text: say("Retake") }); }
    draw();
    if (file) {
      const preview = $("[data-preview]");
      if (preview.src) URL.revokeObjectURL(preview.src);
      preview.src = URL.createObjectURL(file);
      $("[data-shot-label]").lastChild.textContent = $("[data-shot-label]").dataset.tAgain;
      /* the file's time is the phone's; the page's clock is the plan's */
      captured.value = local(file.lastModified + (window.portal.now() - Date.now()));
    }
    judge();
  });
  captured.addEventListener("input", judge);
  const gallery = $("[data-gallery]");
  gallery.hidden = !matchMedia("(pointer: coarse)").matches;
  gallery.addEventListener("click", () => {
    photo.removeAttribute("capture");
    photo.click();
    photo.setAttribute("capture", "environment");
  });

  /* ── Sending: the same id again is the same answer, so a retry is safe ──── */
  const waits = [2, 5, 10, 20, 30];
  let tries = 0;
  const progress = (words, percent) => {
    const box = $("[data-progress]");
    box.hidden = words === null;
    if (words === null) return;
    $("[data-progress-words]").textContent = words;
    $("progress", box).value = percent;
  };
  const busy = (on) => { const send = $("[data-send]"); send.disabled = on; send.toggleAttribute("aria-busy", on); };
  const showErrors = (errors) => {
    $$("[data-errors]").forEach((slot) => slot.replaceChildren());
    Object.entries(errors).forEach(([name, sentences]) => {
      const slot = $(`[data-errors="${name}"]`) || $('[data-errors="__all__"]');
      const list = document.createElement("ul");
      list.className = "errorlist";
      list.append(...sentences.map((text) => { const li = document.createElement("li"); li.textContent = text; return li; }));
      slot.append(list);
      slot.closest(".field")?.classList.add("has-error");
    });
    if (errors.lateness_reason) $("[data-lateness]").hidden = false;
    const first = $(".errorlist");
    first?.scrollIntoView({ block: "center" });
    (first?.closest(".field")?.querySelector("textarea, input:not([type=file], [type=checkbox])"))?.focus();
    window.portal.toast({ level: "error", text: say("Fix") });
  };
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
      return showErrors(xhr.response?.errors || { __all__: [document.body.dataset.tFailed] });
    });
    xhr.timeout = 180000;
    xhr.send(new FormData(form));
  };
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    if ($("[data-send]").disabled) return;
    tries = 0;
    busy(true);
    progress(say("Sending", { percent: 0 }), 0);
    send();
  });

  try { JSON.parse(form.elements.marks.value || "[]").forEach(({ sitting, x, y }) => { if (rowOf(sitting)) marks.set(String(sitting), { x, y }); }); } catch { /* nothing was marked */ }
  draw();
  judge();
})();
