/* Pages that are kept for the shift. The first visit is not the worker's yet: they are kept from here, at the latest after a poll that came through. */
const ROOM = "portal-room";

export const keepPage = async (page) => {
  const answer = await fetch(page);
  if (!answer.ok || !answer.headers.has("X-Kept-Until")) return;
  const room = await caches.open(ROOM);
  await room.put(page, answer);
  await room.delete(`${page}live/`); // an older middle
};

/* once each, as long as this one is not itself a page that was kept */
export const keepPages = (...pages) => {
  const workers = navigator.serviceWorker;
  let keeping = null;
  const keepAll = async () => {
    const room = await caches.open(ROOM);
    for (const page of pages) if (!(await room.match(page))) await keepPage(page);
  };
  const tryToKeep = () => {
    if (keeping || !workers?.controller || document.documentElement.dataset.kept) return;
    keeping = keepAll().catch(() => { /* offline, or nothing is kept here */ }).finally(() => { keeping = null; });
  };
  workers?.ready.then(tryToKeep);
  workers?.addEventListener("controllerchange", tryToKeep);
  document.addEventListener("htmx:afterRequest", (e) => { if ([200, 304].includes(e.detail.xhr?.status)) tryToKeep(); });
};
