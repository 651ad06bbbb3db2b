/**
 * The id of this tab, which stays the same over reloads and differs from that of every other tab.
 *
 * A duplicated tab has a copy of the session storage, so the tabs ask one another. The id of a tab
 * that was closed with unsent messages is taken over: the server then knows what it has stored.
 */

const KEY = "netchat.client";
export const OUTBOX_PREFIX = "netchat.outbox.";
/** How long other tabs have to answer, in milliseconds. */
const PATIENCE = 80;

/**
 * Return a new UUID; crypto.randomUUID is missing on plain http.
 * @returns {string}
 */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/**
 * Return the id of this tab.
 * @returns {Promise<string>}
 */
export async function claimId() {
  const channel = new BroadcastChannel("netchat.tabs");
  const own = sessionStorage.getItem(KEY);
  const orphans = Object.keys(localStorage)
    .filter((key) => key.startsWith(OUTBOX_PREFIX))
    .map((key) => key.slice(OUTBOX_PREFIX.length));
  const wanted = own ? [own, ...orphans] : orphans;
  const taken = new Set();
  if (wanted.length) {
    channel.onmessage = ({ data }) => data.has && taken.add(data.has);
    channel.postMessage({ who: true });
    await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  }
  const id = wanted.find((candidate) => !taken.has(candidate)) ?? newId();
  channel.onmessage = ({ data }) => data.who && channel.postMessage({ has: id });
  sessionStorage.setItem(KEY, id);
  return id;
}
