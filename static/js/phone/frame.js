/* What every phone page does: the worker that keeps it, the clock learnt from the server, a page that was kept says so,
   what a sign-out takes away, the way to the home screen. */
import { learn, recall, remember, remembered } from "./clock.js";
import "./outbox.js";
import * as queue from "./queue.js";
import { $, $$, hour, wordsOf } from "./words.js";

const frame = $("#phone");
const say = wordsOf(frame);
const [USER, KEPT] = ["portal-user", "portal-room"];

/* ── The clock: a page that was kept goes by the offset that the last contact taught ── */
const asOf = document.documentElement.dataset.kept;
if (asOf) {
  recall();
  window.portal.lost(null, say("Kept", { time: hour(asOf) }));
  addEventListener("load", () => document.body.dispatchEvent(new CustomEvent("portal:resume"))); // perhaps the line is back
} else if (navigator.onLine) learn();
document.addEventListener("htmx:afterRequest", (e) => { if ([200, 304].includes(e.detail.xhr?.status)) learn(); });

/* a poll that ends on the sign-in page: go there; what is typed is kept */
document.addEventListener("htmx:beforeSwap", (e) => {
  if (!new URL(e.detail.xhr.responseURL || location.href).pathname.endsWith("/login/")) return;
  e.detail.shouldSwap = false;
  location.assign(`/login/?next=${encodeURIComponent(location.pathname)}`);
});

/* ── Whose phone it is ── */
const user = frame.dataset.user || (location.pathname.endsWith("/offline/") || asOf ? remembered(USER) || "" : "");
if (frame.dataset.user) remember(USER, user);
queue.start(user);

document.addEventListener("submit", (e) => {
  if (!e.target.action?.endsWith("/logout/")) return;
  const open = queue.entries().filter(queue.isOpen).length;
  if (open && !confirm(say("Leave", { n: open }))) { e.preventDefault(); return; }
  remember(USER, null);
  try { sessionStorage.clear(); } catch { /* nothing was kept */ }
  window.caches?.delete(KEPT);
});

/* ── The worker: a new one takes over at once, and the next page is the new one ── */
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register(frame.dataset.worker, { scope: frame.dataset.scope, updateViaCache: "none" }).then((found) => found.update()).catch(() => { /* offline, or switched off: the page works without */ });
}

/* ── To the home screen ── */
addEventListener("beforeinstallprompt", (e) => {
  const install = $("[data-install]");
  if (!install) return;
  e.preventDefault();
  install.hidden = false;
  install.addEventListener("click", () => e.prompt(), { once: true });
});
if (matchMedia("(display-mode: standalone)").matches) $$(".phone-install").forEach((panel) => { panel.hidden = true; });
