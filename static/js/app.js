/* Behaviour of every page, driven by data-attributes; positions are set through the CSSOM, so the CSP needs no unsafe-inline.
   Hooks: data-clock · data-examclock · data-countdown="ISO" · data-age="ISO" · data-dialog="id" · data-dialog-close · data-once
   data-bulk (container) with data-select-all, data-select, data-selected-count, data-needs-selection · data-seats · data-fill="#id"
   data-back · data-drawer · data-theme-choice · data-live (dimmed while offline) · data-autosubmit.
   Events on body: portal:deadline (a tick of the exam clock passed), portal:resume (the page woke up or came back online).
   Response headers: X-Clock-Now (ISO, the page's clock) sets the clock; HX-Trigger {"toast": {"level","text","title"}} shows a toast. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const say = (key, values = {}) =>
    Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), document.body.dataset[`t${key}`] || "");
  const two = (n) => String(n).padStart(2, "0");

  /* ── Time: the server's clock, carried on by the monotonic one ─────────── */
  const clock = { base: Date.now(), mark: performance.now(), wall: Date.now(), behind: null };

  const setClock = (milliseconds, since = performance.now()) => {
    clock.base = milliseconds; clock.mark = since; clock.wall = Date.now() - (performance.now() - since);
  };
  const now = () => clock.base + (performance.now() - clock.mark);

  const readPageClock = () => {
    const face = $("[data-clock]") || $("[data-examclock]");
    const instant = Date.parse(face?.dataset.now || "");
    const navigation = performance.getEntriesByType("navigation")[0];
    if (!Number.isNaN(instant)) setClock(instant, navigation?.responseStart || 0);
  };
  /* Every answer carries the server's Date; the distance to the shown clock must stay what it was. */
  const checkClock = (headers, took) => {
    if (took > 2000) return; // a slow line says nothing about the time
    const told = Date.parse(headers("X-Clock-Now") || "");
    if (!Number.isNaN(told)) { setClock(told); clock.behind = null; return; }
    const served = Date.parse(headers("Date") || "");
    if (Number.isNaN(served)) return;
    const distance = now() - served;
    if (clock.behind === null) clock.behind = distance;
    else if (Math.abs(distance - clock.behind) > 3500) setClock(served + clock.behind + 500);
  };
  /* After sleep the monotonic clock may have stood still: take the device's elapsed time until the server answers. */
  const wakeUp = () => {
    const slept = Date.now() - clock.wall - (performance.now() - clock.mark);
    if (slept > 1500) setClock(now() + slept);
    document.body.dispatchEvent(new CustomEvent("portal:resume"));
    tick();
  };

  const faceOf = (milliseconds, offsetMinutes) => {
    const d = new Date(milliseconds + offsetMinutes * 60000);
    return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
  };
  /* what is left rounds up, so that 00:00 is only shown when the moment has come; an age rounds down */
  const spell = (milliseconds, round = Math.ceil) => {
    const s = Math.max(0, round(milliseconds / 1000));
    const [days, hours, minutes, seconds] = [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60, s % 60];
    if (days) return say("Days", { n: days, time: `${two(hours)}:${two(minutes)}` });
    return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${two(minutes)}:${two(seconds)}`;
  };
  const write = (element, text) => { if (element && element.textContent !== text) element.textContent = text; };
  const beijing = () => faceOf(now(), Number($("[data-clock]")?.dataset.offset || 480));

  const tick = () => {
    const instant = now();
    $$("[data-clock]").forEach((el) => write($("[data-clock-face]", el), faceOf(instant, Number(el.dataset.offset || 480))));
    $$("[data-countdown]").forEach((el) => {
      const left = Date.parse(el.dataset.countdown) - instant;
      write(el, left > 0 ? spell(left) : el.dataset.over ?? say("Over"));
      el.classList.toggle("is-over", left <= 0);
    });
    $$("[data-age]").forEach((el) => write(el, spell(instant - Date.parse(el.dataset.age), Math.floor)));
    $$("[data-examclock]").forEach(moveNeedle);
  };

  /* ── Exam clock ────────────────────────────────────────────────────────── */
  const ticksOf = (el) => $$(".ec-tick", el).map((li) => {
    const left = Number(li.dataset.left);
    const [start, end] = [Date.parse(el.dataset.start), Date.parse(el.dataset.end)];
    const at = li.dataset.at ? Date.parse(li.dataset.at) : start + ((end - start) * left) / 100;
    return { li, left, at, hard: li.classList.contains("hard") };
  }).sort((a, b) => a.at - b.at);

  const percentAt = (el, ticks, instant) => {
    const known = ticks.map(({ at, left }) => [at, left]);
    const [start, end] = [Date.parse(el.dataset.start), Date.parse(el.dataset.end)];
    if (!Number.isNaN(start) && (!known.length || start < known[0][0])) known.unshift([start, 0]);
    if (!Number.isNaN(end) && (!known.length || end > known.at(-1)[0])) known.push([end, 100]);
    if (!known.length || instant <= known[0][0]) return known[0]?.[1] ?? 0;
    for (let i = 1; i < known.length; i += 1) {
      const [[t0, p0], [t1, p1]] = [known[i - 1], known[i]];
      if (instant <= t1) return t1 === t0 ? p1 : p0 + ((p1 - p0) * (instant - t0)) / (t1 - t0);
    }
    return known.at(-1)[1];
  };

  const moveNeedle = (el) => {
    const instant = now();
    const ticks = ticksOf(el);
    const percent = percentAt(el, ticks, instant);
    $$("[data-ec-past]", el).forEach((rect) => rect.setAttribute("width", `${percent.toFixed(3)}%`));
    const needle = $("[data-ec-needle]", el);
    needle.style.left = `${Math.min(99.8, Math.max(0.2, percent))}%`;
    const next = ticks.find(({ at }) => at > instant);
    const label = $("[data-ec-left]", el);
    write(label, next ? el.dataset.needle.replace("{label}", next.li.dataset.name).replace("{left}", spell(next.at - instant)) : el.dataset.ended);
    el.classList.toggle("urgent", Boolean(next && next.hard && next.at - instant < 300000));
    needle.classList.toggle("flip", (percent / 100) * el.clientWidth + label.offsetWidth + 16 > el.clientWidth);
    const key = `${ticks.filter(({ at }) => at <= instant).length}/${el.clientWidth}/${Math.round((percent / 100) * el.clientWidth / 8)}`;
    if (el.classList.contains("is-placed") && el.dataset.key === key) return;
    const passed = el.dataset.key && el.dataset.key.split("/")[0] !== key.split("/")[0];
    el.dataset.key = key;
    placeTicks(el, ticks, next, instant, percent);
    if (passed) document.body.dispatchEvent(new CustomEvent("portal:deadline"));
  };

  /* Labels find room by rank (next, hard, last past, rest): below or above the axis, right or left of their tick; then with the time alone; else only the mark stays. */
  const placeTicks = (el, ticks, next, instant, percent) => {
    el.classList.add("is-placed");
    const width = el.clientWidth;
    const narrow = width < 600;
    const past = ticks.filter(({ at }) => at <= instant);
    const needleX = (percent / 100) * width;
    const label = $("[data-ec-left]", el).offsetWidth + 20;
    const spoken = $("[data-ec-needle]", el).classList.contains("flip") ? [needleX - label, needleX + 6] : [needleX - 6, needleX + label];
    const taken = { lower: [], upper: [spoken] };
    ticks.forEach((t) => {
      t.li.classList.remove("flip", "upper", "mute", "brief");
      t.li.style.left = `${t.left}%`;
      t.li.classList.toggle("past", t.at <= instant);
      t.li.classList.toggle("next", t === next);
      t.li.classList.toggle("ahead", t.at > instant && t !== next);
      t.rank = t === next ? 0 : t.hard ? 1 : t === past.at(-1) ? 2 : 3;
      t.size = t.li.firstElementChild.offsetWidth + 12;
      t.brief = t.li.querySelector(".ec-time").offsetWidth + 12;
      t.x = (t.left / 100) * width;
    });
    const free = (lane, from, to) => from >= 0 && to <= width && taken[lane].every(([a, b]) => to <= a || from >= b);
    /* an unseen tick's own line must not run through a label */
    const settle = (t) => {
      if (narrow && t.rank === 3) return t.li.classList.add("mute");
      const places = [["lower", false], ["lower", true], ["upper", false], ["upper", true]];
      const tries = [t.size, t.brief].flatMap((size) => places.map((place) => [size, ...place]));
      for (const [size, lane, flip] of tries) {
        const [from, to] = flip ? [t.x - size, t.x + 3] : [t.x - 1, t.x + size];
        const crossed = lane === "lower" && ticks.some((o) => o !== t && o.x > from + 2 && o.x < to - 6 && o.lane === "lower");
        if (free(lane, from, to) && !crossed) {
          t.lane = lane;
          taken[lane].push([from, to]);
          t.li.classList.toggle("flip", flip);
          t.li.classList.toggle("upper", lane === "upper");
          t.li.classList.toggle("brief", size === t.brief && size !== t.size);
          return undefined;
        }
      }
      return t.li.classList.add("mute");
    };
    [...ticks].sort((a, b) => a.rank - b.rank || a.at - b.at).forEach(settle);
  };

  /* ── Toasts ────────────────────────────────────────────────────────────── */
  const icons = { success: "circle-check", info: "info-circle", warning: "alert-triangle", error: "circle-x" };
  const sprite = () => ($("svg.icon use")?.getAttribute("href") || "").split("#")[0];
  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", "icon"); svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${sprite()}#${name}`);
    svg.append(use);
    return svg;
  };
  const make = (tag, className, ...children) => {
    const el = document.createElement(tag);
    if (className) el.className = className;
    el.append(...children);
    return el;
  };
  const toast = ({ level = "info", text = "", title = "" }) => {
    const close = make("button", "icon-btn", icon("x"));
    close.type = "button"; close.dataset.toastClose = ""; close.setAttribute("aria-label", say("Close"));
    const words = make("div", "toast-text", ...(title ? [make("b", "", title)] : []), make("span", "", text));
    const note = make("div", `toast-note toast-${level}`, icon(icons[level] || icons.info), words, close);
    if (level === "error") note.setAttribute("role", "alert");
    note.dataset.toast = "";
    const box = $("#toasts");
    $$("[data-toast]", box).filter((old) => old.textContent === note.textContent).forEach((old) => old.remove());
    box.append(note);
    leave(note);
  };
  const leave = (note) => { if (!note.classList.contains("toast-error")) setTimeout(() => note.remove(), 9000); };

  /* ── htmx: refusals, sign-in, broken line ──────────────────────────────── */
  const wordsOf = (xhr) => {
    const type = xhr.getResponseHeader("Content-Type") || "";
    if (type.includes("json")) {
      try { const p = JSON.parse(xhr.responseText); return { title: p.detail ? p.title : "", text: p.detail || p.title }; } catch { return null; }
    }
    if (!type.includes("html")) return null;
    const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
    const text = $("[data-refusal-detail]", page)?.textContent.trim();
    return text ? { title: $("[data-refusal-title]", page)?.textContent.trim(), text } : null;
  };
  const lost = (_event, words) => {
    const bar = $("[data-offline]");
    if (!bar || (!bar.hidden && !words)) return;
    write($("[data-offline-text]", bar), words || say("Offline", { time: bar.dataset.lastGood || beijing() }));
    bar.hidden = false;
    document.body.classList.add("is-offline");
  };
  const found = () => {
    const bar = $("[data-offline]");
    if (!bar) return;
    bar.dataset.lastGood = beijing();
    if (bar.hidden) return;
    bar.hidden = true;
    document.body.classList.remove("is-offline");
    toast({ level: "success", text: say("Online") });
  };
  window.portal = { toast, now, spell, setClock, lost };
  const isPoll = (detail) => (detail.requestConfig?.verb || "get") === "get";

  const sent = new WeakMap();
  document.addEventListener("htmx:beforeSend", (e) => sent.set(e.detail.xhr, performance.now()));
  document.addEventListener("htmx:beforeRequest", (e) => e.detail.elt.setAttribute("aria-busy", "true"));
  document.addEventListener("htmx:afterRequest", (e) => {
    e.detail.elt.removeAttribute("aria-busy");
    const { xhr } = e.detail;
    if (!xhr?.status) return;
    checkClock((name) => xhr.getResponseHeader(name), performance.now() - (sent.get(xhr) ?? 0));
    if (xhr.status < 500) found();
  });
  document.addEventListener("htmx:beforeSwap", (e) => {
    const { xhr } = e.detail;
    const html = (xhr.getResponseHeader("Content-Type") || "").includes("html");
    if (xhr.status === 422 && html && !xhr.responseText.includes("data-refusal")) { e.detail.shouldSwap = true; e.detail.isError = false; }
  });
  document.addEventListener("htmx:responseError", (e) => {
    const { xhr } = e.detail;
    if (xhr.status >= 500 && isPoll(e.detail)) return lost();
    const words = wordsOf(xhr) || { text: say(xhr.status === 401 ? "Login" : "Failed") };
    return toast({ level: "error", ...words });
  });
  ["htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, (e) => {
    lost();
    if (!isPoll(e.detail)) toast({ level: "error", text: say("Unsent") });
  }));
  document.addEventListener("toast", (e) => toast(e.detail || {}));
  ["htmx:afterSwap", "htmx:oobAfterSwap"].forEach((name) => document.addEventListener(name, () => dress()));

  /* ── Clicks and keys ───────────────────────────────────────────────────── */
  const drawer = (open) => {
    const button = $("[data-drawer=open]");
    if (!button) return;
    document.body.classList.toggle("drawer-is-open", open);
    button.setAttribute("aria-expanded", String(open));
    const page = $(".page");
    if (page) page.inert = open;
    if (open) ($("#sidebar [aria-current]") || $("#sidebar a"))?.focus(); else button.focus();
  };
  const onClick = {
    "[data-toast-close]": (el) => el.closest("[data-toast]").remove(),
    "[data-dialog]": (el) => { const dialog = document.getElementById(el.dataset.dialog); dialog?.showModal(); $("textarea, input:not([type=hidden]), select", dialog)?.focus(); },
    "[data-dialog-close]": (el) => el.closest("dialog").close(),
    "[data-drawer]": (el) => drawer(el.dataset.drawer === "open"),
    "[data-fill]": (el) => { const field = $(el.dataset.fill); if (field) { field.value = el.textContent.trim(); field.focus(); } },
    "[data-back]": (el, e) => { if (history.length > 1 && document.referrer.startsWith(location.origin)) { e.preventDefault(); history.back(); } },
    "[data-print]": () => window.print(),
    ".error-summary a[href^='#']": (el, e) => { const field = document.getElementById(el.getAttribute("href").slice(1)); if (field) { e.preventDefault(); field.focus(); field.scrollIntoView({ block: "center" }); } },
  };
  document.addEventListener("click", (e) => {
    if (!(e.target instanceof Element)) return;
    Object.entries(onClick).forEach(([selector, act]) => { const el = e.target.closest(selector); if (el) act(el, e); });
    if (e.target instanceof HTMLDialogElement) e.target.close();
    $$("details[data-menu][open]").forEach((menu) => { if (!menu.contains(e.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (e) => {
    const el = e.target;
    if (e.key === "Escape") {
      if (document.body.classList.contains("drawer-is-open")) drawer(false);
      $$("details[data-menu][open]").forEach((menu) => { menu.open = false; $("summary", menu).focus(); });
    }
    if (e.key === " " && el.matches?.("a[role=button]")) { e.preventDefault(); el.click(); }
    const seats = el.closest?.("[data-seats]");
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: "row", ArrowUp: "-row", Home: "first", End: "last" }[e.key];
    if (seats && step !== undefined) {
      const links = $$("a", seats);
      const row = getComputedStyle(seats).gridTemplateColumns.split(" ").length;
      const at = links.indexOf(el);
      const to = { row: at + row, "-row": at - row, first: 0, last: links.length - 1 }[step] ?? at + step;
      if (links[to]) { e.preventDefault(); links.forEach((a) => { a.tabIndex = -1; }); links[to].tabIndex = 0; links[to].focus(); }
    }
  });
  /* a form marked data-once cannot be sent twice by an impatient finger */
  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) { e.preventDefault(); return; }
    if (form.hasAttribute("hx-post")) { form.closest("dialog")?.close(); return; }
    form.dataset.sent = "1";
    $$("[type=submit], button:not([type])", form).forEach((b) => b.setAttribute("aria-busy", "true"));
  });
  document.addEventListener("change", (e) => {
    const el = e.target;
    if (el.closest("[data-theme-choice]")) window.portalTheme.choose(el.value);
    if (el.matches("[data-autosubmit], [data-autosubmit] *")) el.form?.requestSubmit();
    const bulk = el.closest("[data-bulk]");
    if (bulk && el.matches("[data-select-all]")) $$("[data-select]:not(:disabled)", bulk).forEach((box) => { box.checked = el.checked; });
    if (bulk) countSelected(bulk);
  });
  const countSelected = (bulk) => {
    const boxes = $$("[data-select]:not(:disabled)", bulk);
    const chosen = boxes.filter((box) => box.checked).length;
    $$("[data-selected-count]", bulk).forEach((el) => {
      el.dataset.none ??= el.textContent; // while nothing is chosen it keeps its own words: 全选
      write(el, chosen ? say("Selected", { n: chosen }) : el.dataset.none);
    });
    $$("[data-needs-selection]", bulk).forEach((el) => { el.disabled = chosen === 0; });
    $$("[data-select-all]", bulk).forEach((all) => { all.checked = chosen > 0 && chosen === boxes.length; all.indeterminate = chosen > 0 && chosen < boxes.length; });
  };

  /* ── Start, and again after every swap ─────────────────────────────────── */
  const dress = () => {
    $$("[data-bulk]").forEach(countSelected);
    $$("[data-seats]").forEach((seats) => {
      const links = $$("a", seats);
      if (links.some((a) => a.tabIndex === 0 && a.hasAttribute("tabindex"))) return;
      links.forEach((a, i) => { a.tabIndex = i ? -1 : 0; });
    });
    $$(".crumbs ol").forEach((trail) => {
      trail.scrollLeft = trail.scrollWidth;
      if (trail.scrollWidth > trail.clientWidth) trail.tabIndex = 0; // a trail that scrolls is reached by keyboard
    });
    $$("[data-theme-choice] input").forEach((input) => { input.checked = input.value === window.portalTheme.choice(); });
    tick();
  };
  readPageClock();
  if (document.body.classList.contains("sign-in")) window.caches?.delete("portal-room"); // nobody is signed in: the kept roster goes
  dress();
  $$("[data-toast]").forEach(leave);
  $("[data-error-summary]")?.focus();
  setInterval(tick, 500);
  addEventListener("resize", tick);
  addEventListener("beforeprint", tick);
  document.fonts?.ready.then(() => { $$("[data-examclock]").forEach((el) => { delete el.dataset.key; }); tick(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) wakeUp(); });
  addEventListener("pageshow", (e) => { if (e.persisted) { $$("[data-sent]").forEach((f) => { delete f.dataset.sent; }); wakeUp(); } });
  addEventListener("online", () => document.body.dispatchEvent(new CustomEvent("portal:resume")));
  addEventListener("offline", lost);
  found();
})();
