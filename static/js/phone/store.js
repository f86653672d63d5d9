/* What waits on this phone, kept over reload and restart: one IndexedDB store of entries by their id. */
const [NAME, ENTRIES] = ["portal-phone", "entries"];

const open = () => new Promise((resolve, reject) => {
  const asked = indexedDB.open(NAME, 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore(ENTRIES, { keyPath: "id" });
  asked.onsuccess = () => {
    asked.result.onversionchange = () => asked.result.close();
    resolve(asked.result);
  };
  asked.onerror = () => reject(asked.error);
});

/* what can't be kept (a private window, a full phone): in memory, for as long as the page is open */
const memory = new Map();
const database = open().catch(() => null);

const work = async (mode, act) => {
  const kept = await database;
  if (!kept) return undefined;
  return new Promise((resolve, reject) => {
    const transaction = kept.transaction(ENTRIES, mode);
    const asked = act(transaction.objectStore(ENTRIES));
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });
};

export const isDurable = async () => (await database) !== null;
export const isFragile = (id) => memory.has(id);

export const all = async () => {
  const kept = ((await work("readonly", (store) => store.getAll())) || []).filter((entry) => !memory.has(entry.id));
  return [...kept, ...memory.values()].sort((a, b) => a.order - b.order);
};

/* whether it is kept over a restart: not in a private window, nor when the phone is full */
export const put = async (entry) => {
  if (await isDurable()) {
    try {
      await work("readwrite", (store) => store.put(entry));
      memory.delete(entry.id);
      return true;
    } catch { /* no room: it stays in memory for as long as the page is open */ }
  }
  memory.set(entry.id, entry);
  return false;
};

export const remove = async (id) => {
  memory.delete(id);
  await work("readwrite", (store) => store.delete(id));
};
