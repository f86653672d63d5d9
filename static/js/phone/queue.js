/* The outgoing queue: entries wait in the store and are sent in order, each under the id that it was given here, so that
   sending again is safe. An entry: id, user, kind, about, method, url, json | blob, after (id of the entry it belongs to), until (ISO:
   not sent from then on), label, made (ISO), order, state waiting | sending | sent | refused, refusal {title, detail, code}, answer. */
import * as store from "./store.js";
import { stamp } from "./words.js";

const WAITS = [2, 5, 10, 20, 40, 60]; // seconds between tries
const KEPT_AFTER_SENDING = 10 * 60000;
const state = { user: "", entries: [], others: 0, tries: 0, timer: 0, again: 0, stopped: "", running: false, onceMore: false, isCut: false };
const listeners = new Set();
const channel = "BroadcastChannel" in window ? new BroadcastChannel("portal-phone") : null; // other tabs of this phone

export const entries = () => state.entries;
export const status = () => ({ stopped: state.stopped, again: state.again, others: state.others });
export const onChange = (listener) => listeners.add(listener);
export const isOpen = (entry) => entry.state !== "sent";

const tell = () => listeners.forEach((listener) => listener());
const load = async () => {
  const every = await store.all();
  state.entries = every.filter((entry) => entry.user === state.user);
  state.others = every.filter((entry) => entry.user !== state.user && isOpen(entry)).length;
};
const keep = async (entry) => {
  await store.put(entry);
  await load();
  channel?.postMessage("changed");
  tell();
};

export const start = async (user) => {
  state.user = user;
  await load();
  for (const entry of state.entries) {
    if (entry.state === "sending") await store.put({ ...entry, state: "waiting" }); // a restart in the middle: the id makes it safe
    if (entry.state === "sent" && Date.now() - entry.order > KEPT_AFTER_SENDING) await store.remove(entry.id);
  }
  await load();
  tell();
  if (user) flush();
};

export const add = async (...made) => {
  for (const [place, entry] of made.entries()) {
    await store.put({ user: state.user, method: "POST", after: null, until: null, blob: null, json: null, ...entry, made: stamp(), order: Date.now() + place / 100, state: "waiting" });
  }
  await load();
  tell();
  flush();
};

/* with what belongs to it */
export const drop = async (id) => {
  for (const entry of state.entries.filter((e) => e.id === id || e.after === id)) if (entry.state !== "sending") await store.remove(entry.id);
  await load();
  channel?.postMessage("changed");
  tell();
};

export const flush = () => {
  clearTimeout(state.timer);
  state.stopped = "";
  state.again = 0;
  if (state.running) { state.onceMore = true; return; }
  state.running = true;
  const run = navigator.locks ? navigator.locks.request("portal-phone", sendAll) : sendAll(); // one tab at a time
  run.finally(() => {
    state.running = false;
    if (state.onceMore) { state.onceMore = false; flush(); }
  });
};

const later = (seconds = 0) => {
  const wait = seconds || WAITS[Math.min(state.tries, WAITS.length - 1)];
  state.tries += 1;
  state.again = wait;
  state.stopped = navigator.onLine ? "retry" : "offline";
  state.timer = setTimeout(flush, wait * 1000);
  tell();
};

const next = () => state.entries.find((entry) => {
  if (entry.state !== "waiting") return false;
  const first = entry.after && state.entries.find((e) => e.id === entry.after);
  return !first || first.state === "sent";
});

const sendAll = async () => {
  await load();
  for (let entry = next(); entry; entry = next()) {
    const verdict = await sendOne(entry);
    if (verdict !== "done") return;
  }
  state.tries = 0;
};

const csrf = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] || "";

const request = (entry) => {
  const headers = { "X-CSRFToken": csrf(), Accept: "application/json" };
  if (entry.json) headers["Content-Type"] = "application/json";
  const body = entry.json ? JSON.stringify({ ...entry.json, sent_at: stamp() }) : entry.blob;
  const signal = AbortSignal.timeout?.(entry.blob ? 180000 : 20000);
  return fetch(entry.url, { method: entry.method, headers, body, signal, redirect: "manual", credentials: "same-origin" });
};

const sendOne = async (entry) => {
  if (entry.until && window.portal.now() >= Date.parse(entry.until)) {
    await keep({ ...entry, state: "refused", refusal: { code: "late" } });
    return "done";
  }
  await keep({ ...entry, state: "sending" });
  let answer;
  try {
    answer = await request(entry);
  } catch {
    await keep({ ...entry, state: "waiting" });
    state.isCut = true;
    later();
    return "later";
  }
  state.isCut = false;
  return judge(entry, answer);
};

const judge = async (entry, answer) => {
  const isJson = (answer.headers.get("Content-Type") || "").includes("json");
  const told = isJson ? await answer.json().catch(() => ({})) : {};
  if (answer.ok) {
    await keep({ ...entry, state: "sent", json: null, blob: null, answer: told });
    document.body.dispatchEvent(new CustomEvent("portal:resume")); // the page shows what the server now has
    return "done";
  }
  const signedOut = answer.type === "opaqueredirect" || answer.status === 401 || (answer.status === 403 && !isJson);
  const retry = answer.status >= 500 || [408, 425, 429].includes(answer.status);
  if (signedOut || retry) {
    await keep({ ...entry, state: "waiting" });
    if (retry) { later(Number(answer.headers.get("Retry-After")) || 0); return "later"; }
    state.stopped = "login";
    tell();
    return "login";
  }
  const why = (told.errors || []).map((e) => e.detail).filter(Boolean).join(" ");
  await keep({ ...entry, state: "refused", refusal: { title: told.title, detail: [told.detail, why].filter(Boolean).join(" "), code: told.code, told } });
  document.body.dispatchEvent(new CustomEvent("portal:resume"));
  return "done";
};

const wake = () => { if (state.user && state.entries.some((e) => e.state === "waiting")) { state.tries = 0; flush(); } };
addEventListener("online", wake);
document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });
/* a poll that came through says that the line, or the session, is back; a server that is busy is given its time */
document.addEventListener("htmx:afterRequest", (e) => {
  if ([200, 304].includes(e.detail.xhr?.status) && !state.running && (state.isCut || state.stopped === "login")) wake();
});
channel?.addEventListener("message", async () => { await load(); tell(); });
