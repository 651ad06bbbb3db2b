/** What the browser keeps, as JSON; a browser that keeps nothing loses nothing but comfort. */

const PREFIX = "netchat.";

/** @typedef {"tab" | "browser"} Area the tab alone (over a reload), or all tabs */

/**
 * @param {Area} area
 * @returns {Storage | null}
 */
function areaOf(area) {
  try {
    return area === "tab" ? sessionStorage : localStorage;
  } catch {
    return null; // Forbidden by the settings of the browser.
  }
}

/**
 * Return what was stored under `key`, or `otherwise`.
 * @template T
 * @param {Area} area
 * @param {string} key
 * @param {T} otherwise
 * @returns {T}
 */
export function stored(area, key, otherwise) {
  try {
    const text = areaOf(area)?.getItem(PREFIX + key);
    return text ? JSON.parse(text) : otherwise;
  } catch {
    return otherwise;
  }
}

/**
 * Store `value` under `key`; null removes it.
 * @param {Area} area
 * @param {string} key
 * @param {any} value
 */
export function store(area, key, value) {
  try {
    if (value === null) areaOf(area)?.removeItem(PREFIX + key);
    else areaOf(area)?.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Full or forbidden: the page works on without it.
  }
}

/**
 * Return the keys in `area` that begin with `start`, without our prefix.
 * @param {Area} area
 * @param {string} start
 * @returns {string[]}
 */
export function storedKeys(area, start) {
  try {
    return Object.keys(areaOf(area) || {})
      .filter((key) => key.startsWith(PREFIX + start))
      .map((key) => key.slice(PREFIX.length));
  } catch {
    return [];
  }
}

/** Return a random UUID; `crypto.randomUUID` is missing on plain http. */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
