/* The server's clock as the last contact taught it: the page's offset, and how long ago that was. */
const [CLOCK, LEARNT] = ["portal-clock", "portal-clock-learnt"];
export const remembered = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
export const remember = (key, value) => { try { if (value === null) localStorage.removeItem(key); else localStorage.setItem(key, value); } catch { /* a private window */ } };

export const learn = () => {
  remember(CLOCK, String(window.portal.now() - Date.now()));
  remember(LEARNT, String(Date.now()));
};
export const recall = () => {
  const offset = Number(remembered(CLOCK));
  if (offset) window.portal.setClock(Date.now() + offset);
};
/* ms since the last contact; null: there was none */
export const age = () => {
  const at = Number(remembered(LEARNT));
  return at ? Math.max(0, Date.now() - at) : null;
};
