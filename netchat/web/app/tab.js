/**
 * Which `client` this tab is. Each tab has one of its own, so that two tabs do not take over from
 * each other. A new tab goes on as the client of one that was closed, with its outbox and drafts.
 */

import { randomId, store, stored, storedKeys } from "./storage.js";

const ALIVE = "tab.";
const BEAT = 2000;
/** Milliseconds without a sign after which a tab counts as gone; background timers run once a minute. */
const GONE = 90000;
const ANSWER = 150;
const DAY = 86400000;

const page = randomId();
const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("netchat");

/**
 * Return the client of this tab.
 * @returns {Promise<string>}
 */
export async function claimClient() {
  tidy();
  const own = stored("tab", "client", "");
  const left = ["outbox.", "draft."].flatMap((kind) => storedKeys("browser", kind).map((key) => key.slice(kind.length)));
  const candidates = own ? [own] : left;
  let client = "";
  for (const candidate of candidates) {
    if (!client && (await isFree(candidate))) client = candidate;
  }
  client = client || randomId();
  store("tab", "client", client);
  keep(client);
  return client;
}

/** Remove the signs of tabs that went without a word, as in a crash. */
function tidy() {
  for (const key of storedKeys("browser", ALIVE)) {
    if (Date.now() - stored("browser", key, { time: 0 }).time > DAY) store("browser", key, null);
  }
}

/**
 * Return whether no other tab is `client`.
 * @param {string} client
 * @returns {Promise<boolean>}
 */
function isFree(client) {
  const mark = stored("browser", ALIVE + client, { page: "", time: 0 });
  if (!mark.page || Date.now() - mark.time > GONE) return Promise.resolve(true);
  if (!channel) return Promise.resolve(false);
  return new Promise((resolve) => {
    /** @param {MessageEvent} message */
    const listen = (message) => {
      if (message.data.client === client && message.data.taken) done(false);
    };
    const timer = setTimeout(() => done(true), ANSWER);
    /** @param {boolean} free */
    function done(free) {
      clearTimeout(timer);
      channel?.removeEventListener("message", listen);
      resolve(free);
    }
    channel.addEventListener("message", listen);
    channel.postMessage({ client, page });
  });
}

/**
 * Tell other tabs from now on that this one is `client`.
 * @param {string} client
 */
function keep(client) {
  const beat = () => store("browser", ALIVE + client, { page, time: Date.now() });
  beat();
  setInterval(beat, BEAT);
  addEventListener("pagehide", () => store("browser", ALIVE + client, null));
  addEventListener("pageshow", beat);
  channel?.addEventListener("message", (message) => {
    if (message.data.client === client && !message.data.taken && message.data.page !== page) {
      channel.postMessage({ client, taken: true });
    }
  });
}
