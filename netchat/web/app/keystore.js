/**
 * The key of this browser, by which it proves that a name is the user's: one per server, which its
 * journal stands for, in IndexedDB. The secret never leaves the browser.
 */

import { fold } from "./text.js";

const DATABASE = "netchat";
const KEYS = "keys";

/** @typedef {{journal: string, seed: Uint8Array, names: string[]}} Key `names` are folded */

/** @returns {Promise<IDBDatabase>} */
function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(KEYS, { keyPath: "journal" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

/**
 * Return the key for a server; null if there is none, or if the browser keeps nothing.
 * @param {string} journal
 * @returns {Promise<Key | null>}
 */
export async function keyOf(journal) {
  try {
    return await change(journal, () => null);
  } catch {
    return null;
  }
}

/**
 * Return the key for a server; a new one if there is none. Raises if the browser keeps nothing.
 * @param {string} journal
 * @returns {Promise<Key>}
 */
export async function keyFor(journal) {
  const made = { journal, seed: crypto.getRandomValues(new Uint8Array(32)), names: [] };
  return /** @type {Key} */ (await change(journal, (key) => (key ? null : made)));
}

/**
 * Remember that the key for a server proves this name.
 * @param {string} journal
 * @param {string} name
 */
export async function rememberName(journal, name) {
  await change(journal, (key) => (key ? { ...key, names: [...new Set([...key.names, fold(name)])] } : null));
}

/**
 * Forget that the key for a server proves this name.
 * @param {string} journal
 * @param {string} name
 */
export async function forgetName(journal, name) {
  await change(journal, (key) => (key ? { ...key, names: key.names.filter((each) => each !== fold(name)) } : null));
}

/**
 * Replace the key for a server by what `next` makes of it (null: leave it), in one transaction, so
 * that two tabs never make two. Return the key that is there then.
 * @param {string} journal
 * @param {(key: Key | null) => Key | null} next
 * @returns {Promise<Key | null>}
 */
async function change(journal, next) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(KEYS, "readwrite", { durability: "strict" });
      const keys = transaction.objectStore(KEYS);
      /** @type {Key | null} */
      let result = null;
      const found = keys.get(journal);
      found.onsuccess = () => {
        const before = found.result || null;
        const after = next(before);
        if (after) keys.put(after);
        result = after || before;
      };
      transaction.oncomplete = () => resolve(result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}
