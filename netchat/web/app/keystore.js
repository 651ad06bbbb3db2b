/**
 * The keys by which this browser proves that a name is the user's: one for each name on each server,
 * which its journal stands for, in IndexedDB. The secrets never leave the browser.
 */

import { fold } from "./text.js";

const DATABASE = "netchat";
const KEYS = "keys";

/** @returns {Promise<IDBDatabase>} */
function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(KEYS);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

/** Return a new secret key (RFC 8032), which is not stored yet. */
export function newSeed() {
  return crypto.getRandomValues(new Uint8Array(32));
}

/**
 * Return the key for a name on a server; null if there is none, or if the browser keeps nothing.
 * @param {string} journal
 * @param {string} name
 * @returns {Promise<Uint8Array | null>}
 */
export async function keyOf(journal, name) {
  try {
    return await stored(journal, name, null, false);
  } catch {
    return null;
  }
}

/**
 * Return the key for a name on a server; a new one if there is none. Raises if the browser keeps nothing.
 * @param {string} journal
 * @param {string} name
 * @returns {Promise<Uint8Array>}
 */
export async function keyFor(journal, name) {
  return /** @type {Uint8Array} */ (await stored(journal, name, newSeed(), false));
}

/**
 * Store the key for a name on a server; any that was there is replaced.
 * @param {string} journal
 * @param {string} name
 * @param {Uint8Array} seed
 */
export async function putKey(journal, name, seed) {
  await stored(journal, name, seed, true);
}

/**
 * Store a key for a name before the server makes the name the user's by it: a page that is closed before the answer
 * comes has the only key. Which journal that server has is not known yet.
 * @param {string} name
 * @param {Uint8Array} seed
 */
export async function putEarly(name, seed) {
  await stored("", name, seed, true);
}

/**
 * Return the key that was stored early for a name, or null.
 * @param {string} name
 */
export function earlyKeyOf(name) {
  return keyOf("", name);
}

/**
 * Store the key for a name on a server, which takes it; it is no early one any more.
 * @param {string} journal
 * @param {string} name
 * @param {Uint8Array} seed
 */
export async function settleKey(journal, name, seed) {
  await putKey(journal, name, seed);
  await stored("", name, null, true);
}

/**
 * Store a key unless there is one, in one transaction, so that two tabs never make two.
 * @param {string} journal
 * @param {string} name
 * @param {Uint8Array | null} seed null: store none, and remove any that is to be replaced
 * @param {boolean} replaces
 * @returns {Promise<Uint8Array | null>} the key that is there then
 */
async function stored(journal, name, seed, replaces) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(KEYS, "readwrite", { durability: "strict" });
      const keys = transaction.objectStore(KEYS);
      const place = [journal, fold(name)];
      /** @type {Uint8Array | null} */
      let result = null;
      const found = keys.get(place);
      found.onsuccess = () => {
        result = found.result || null;
        if (result && !replaces) return;
        if (!seed && replaces) keys.delete(place);
        if (!seed) return;
        result = seed;
        keys.put(seed, place);
      };
      transaction.oncomplete = () => resolve(result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}
