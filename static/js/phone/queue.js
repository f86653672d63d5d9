/* The outgoing queue: entries wait in the store and are sent in order, each under the id that it was given here, so that
   sending again is safe. An entry: id, user, kind, about, method, url, json | blob, after (id of the entry it belongs to), until (ISO:
   not sent from then on), from (ISO: not sent before), label, made (ISO), order, state waiting | sending | sent | refused | draft (is
   never sent), refusal {title, detail, code}, answer. A picture with fields: form, name, sha256 (of the blob), wall (Date.now() at the
   shutter), closes (ISO: the server takes nothing from then on; it is asked all the same, for headquarters may have reopened), page. */
import { age } from "./clock.js";
import { sha256 } from "./seal.js";
import * as store from "./store.js";
import { transfer } from "./transfer.js";
import { stamp } from "./words.js";

const WAITS = [2, 5, 10, 20, 40, 60]; // seconds between tries
const KEPT_AFTER_SENDING = 10 * 60000;
const DRAFT_KEPT = 24 * 3600000;
const [FRESH, SAME] = [10 * 60000, 5000]; // ms: a clock learnt so lately, and readings so close, need no correction
const state = { user: "", entries: [], others: 0, tries: 0, progress: null, timer: 0, again: 0, stopped: "", running: false, onceMore: false, isCut: false };
const listeners = new Set();
const channel = "BroadcastChannel" in window ? new BroadcastChannel("portal-phone") : null; // other tabs of this phone

export const entries = () => state.entries;
export const status = () => ({ stopped: state.stopped, again: state.again, others: state.others, progress: state.progress });
export const onChange = (listener) => listeners.add(listener);
export const isOpen = (entry) => !["sent", "draft"].includes(entry.state);

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
    if (entry.state === "draft" && Date.now() - entry.order > DRAFT_KEPT) await store.remove(entry.id);
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

/* what is typed and photographed but not submitted yet; returns whether it outlives a restart */
export const keepDraft = (draft) => store.put({ user: state.user, order: Date.now(), ...draft, state: "draft" });

export const dropDrafts = async (...ids) => { for (const id of ids) await store.remove(id); };

/* once more under the same id: only what succeeded is stored */
export const again = async (entry) => { await keep({ ...entry, state: "waiting", refusal: null }); flush(); };
/* a picture as another one, where the server has other bytes under its id */
export const anew = async (entry) => {
  const id = crypto.randomUUID();
  await store.remove(entry.id);
  await add({ ...entry, id, form: { ...entry.form, id }, refusal: null });
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

const isReady = (entry) => {
  if (entry.state !== "waiting" || isAhead(entry)) return false;
  const first = entry.after && state.entries.find((e) => e.id === entry.after);
  return !first || first.state === "sent";
};
export const isAhead = (entry) => Boolean(entry.from) && window.portal.now() < Date.parse(entry.from);
/* large pictures let what is small go first */
const next = () => {
  const ready = state.entries.filter(isReady);
  return ready.find((entry) => !entry.form) || ready[0];
};

const sendAll = async () => {
  await load();
  for (let entry = next(); entry; entry = next()) {
    const verdict = await sendOne(entry);
    if (verdict !== "done") return;
  }
  state.tries = 0;
  const ahead = state.entries.filter((entry) => entry.state === "waiting" && isAhead(entry));
  if (ahead.length) state.timer = setTimeout(flush, Math.min(...ahead.map((entry) => Date.parse(entry.from) - window.portal.now())) + 1000);
};

const csrf = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] || "";

/* when it is sent, on the clock that stamped the picture; none where that is the server's, for a slow line would count as skew */
const sentAt = (entry) => {
  if (!entry.wall) return null;
  const at = Date.parse(entry.form.captured_at) + (Date.now() - entry.wall);
  const isServers = Math.abs(at - window.portal.now()) < SAME && age() !== null && age() < FRESH;
  return isServers ? null : new Date(at).toISOString();
};
const onProgress = (entry) => (percent) => { state.progress = { id: entry.id, percent }; tell(); };

const request = async (entry) => {
  const headers = { "X-CSRFToken": csrf(), Accept: "application/json" };
  if (entry.form) {
    if (await sha256(entry.blob).catch(() => "") !== entry.sha256) return unlike("damaged");
    try {
      return await transfer(entry.url, { headers, fields: { ...entry.form, sent_at: sentAt(entry) }, blob: entry.blob, name: entry.name }, onProgress(entry));
    } finally { state.progress = null; }
  }
  if (entry.json) headers["Content-Type"] = "application/json";
  const body = entry.json ? JSON.stringify({ ...entry.json, sent_at: stamp() }) : entry.blob;
  const signal = AbortSignal.timeout?.(entry.blob ? 180000 : 20000);
  return fetch(entry.url, { method: entry.method, headers, body, signal, redirect: "manual", credentials: "same-origin" });
};

/* the picture is not the one that was taken: on the phone, or as the server has it */
const unlike = (code) => new Response(JSON.stringify({ code }), { status: 409, headers: { "Content-Type": "application/problem+json" } });

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
  if (answer.ok && entry.sha256 && told.sha256 !== entry.sha256) return judge(entry, unlike("differs"));
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
