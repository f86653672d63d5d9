/* The service worker of the phone pages. `SHELL` ({version, files, offline}) stands before this line, put there by the portal.
   It keeps the files that pages are made of, and the room's two pages for the shift; no picture and no other page. Pages come from the
   network first, so that nobody is held on an old version; another SHELL is another worker, which takes over at once. */
"use strict";

const KEPT_SHELL = `portal-shell-${SHELL.version}`;
const KEPT_ROOM = "portal-room";
const PATIENCE = 6000; // ms that a page may take where a kept one stands ready
const HOME = /\/m\/room\/\d+\/$/;
const ROOM = /\/m\/room\/\d+\/(camera\/)?$/; // the room's pages, kept for the shift
const LIVE = /\/m\/room\/\d+\/(camera\/)?live\/$/;
const BEGINNING = /\/m\/(room\/)?$/;
const files = new Set(SHELL.files.map((file) => new URL(file, self.location).href));

self.addEventListener("install", (event) => event.waitUntil(install()));
const install = async () => {
  const shell = await caches.open(KEPT_SHELL);
  await shell.addAll(SHELL.files.map((file) => new Request(file, { cache: "no-cache" })));
  await shell.add(new Request(SHELL.offline, { credentials: "omit", cache: "no-cache" })); // without cookies: it knows nobody
  await self.skipWaiting();
};

self.addEventListener("activate", (event) => event.waitUntil(activate()));
const activate = async () => {
  const old = (await caches.keys()).filter((name) => name.startsWith("portal-shell-") && name !== KEPT_SHELL);
  await Promise.all(old.map((name) => caches.delete(name)));
  await sweep();
  await self.clients.claim();
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const { pathname } = new URL(request.url);
  if (request.mode === "navigate") event.respondWith(page(request, pathname));
  else if (LIVE.test(pathname)) event.respondWith(live(request));
  else if (files.has(request.url)) event.respondWith(file(request));
});

const file = async (request) => (await (await caches.open(KEPT_SHELL)).match(request.url)) || fetch(request);

/* ── The room's page and its middle: kept until the unit's end ── */
const keep = async (url, answer) => {
  if (!answer.headers.has("X-Kept-Until")) return;
  const room = await caches.open(KEPT_ROOM);
  await room.put(url, answer);
};
const isOver = (answer) => Date.now() >= Date.parse(answer.headers.get("X-Kept-Until"));
const sweep = async () => {
  const room = await caches.open(KEPT_ROOM);
  for (const key of await room.keys()) if (isOver(await room.match(key))) await room.delete(key);
};
const forget = () => caches.delete(KEPT_ROOM);
const isRefusal = (answer) => [401, 403, 404].includes(answer.status);

const live = async (request) => {
  const answer = await fetch(request);
  if (answer.ok && !answer.redirected) await keep(request.url.split("?")[0], answer.clone());
  else if (isRefusal(answer)) await forget();
  return answer;
};

const page = async (request, pathname) => {
  await sweep();
  const kept = await keptPage(pathname);
  try {
    const asked = fetch(request);
    if (kept) asked.catch(() => { /* the kept page was faster */ });
    const answer = await (kept ? Promise.race([asked, tooLong()]) : asked);
    if (answer.status >= 500 && kept) return kept;
    if (ROOM.test(pathname) && answer.ok) await keep(request.url.split("?")[0], answer.clone());
    if (ROOM.test(pathname) && isRefusal(answer)) await forget();
    return answer;
  } catch {
    return kept || (await caches.match(SHELL.offline)) || Response.error();
  }
};
const tooLong = () => new Promise((_, reject) => { setTimeout(() => reject(new Error("too long")), PATIENCE); });

/* The page as it was kept, with the newest middle, marked with the time of that; from the beginning, the only room. */
const keptPage = async (pathname) => {
  const room = await caches.open(KEPT_ROOM);
  const pages = (await room.keys()).filter((key) => ROOM.test(new URL(key.url).pathname));
  const key = BEGINNING.test(pathname) ? pages.findLast((found) => HOME.test(new URL(found.url).pathname)) : pages.find((found) => new URL(found.url).pathname === pathname);
  if (!key) return null;
  const [whole, middle] = [await room.match(key), await room.match(`${key.url}live/`)];
  let html = await whole.text();
  const at = (middle || whole).headers.get("X-Clock-Now") || whole.headers.get("X-Clock-Now") || "";
  if (middle) {
    const drawn = await middle.text();
    html = html.replace(/<!--live-->[\s\S]*<!--\/live-->/, () => `<!--live-->${drawn}<!--/live-->`);
  }
  html = html.replace("<html ", `<html data-kept="${at}" `);
  return new Response(html, { status: 200, headers: whole.headers });
};
