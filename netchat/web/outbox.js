/** What was said and is not stored yet: kept over reloads, and sent until the server has it. */

import { OUTBOX_PREFIX, newId } from "./identity.js";

/** How many messages may be on their way at once. */
const WINDOW = 16;
const RETRY = { storage: 3000, "too-fast": 1000 };

/**
 * A message: in a room, or to a participant. `error` is why the server has refused it.
 * @typedef {{nonce: string, type: "say" | "tell", room?: string, to?: string, text: string,
 *   action?: boolean, time: number, error?: string}} Unstored
 */

export class Outbox {
  /**
   * @param {string} client the id of this tab
   * @param {(message: object) => boolean} send
   * @param {() => void} onChange
   */
  constructor(client, send, onChange) {
    this.key = OUTBOX_PREFIX + client;
    this.send = send;
    this.onChange = onChange;
    this.window = WINDOW;
    this.online = false;
    this.paused = false;
    /** @type {Set<string>} */
    this.inFlight = new Set();
    /** @type {Unstored[]} */
    this.messages = JSON.parse(localStorage.getItem(this.key) ?? "[]");
  }

  /** @param {Omit<Unstored, "nonce" | "time">} message */
  put(message) {
    this.messages.push({ ...message, nonce: newId(), time: Date.now() });
    this.save();
    this.pump();
  }

  /**
   * Start to send over a new connection, or stop.
   * @param {boolean} online
   */
  setOnline(online) {
    this.online = online;
    this.paused = false;
    this.inFlight.clear();
    this.pump();
  }

  /**
   * Forget a message: it is stored, or taken back.
   * @param {string} nonce
   * @returns {Unstored | undefined}
   */
  remove(nonce) {
    const found = this.messages.find((message) => message.nonce === nonce);
    if (!found) return undefined;
    this.messages.splice(this.messages.indexOf(found), 1);
    this.inFlight.delete(nonce);
    this.save();
    this.pump();
    return found;
  }

  /**
   * Take a refusal; return whether it is of a message of this outbox.
   * @param {{code: string, message: string, nonce?: string}} error
   */
  refuse(error) {
    const found = this.messages.find((message) => message.nonce === error.nonce);
    if (!found) return false;
    this.inFlight.delete(found.nonce);
    const wait = RETRY[/** @type {keyof RETRY} */ (error.code)];
    if (wait) {
      this.paused = true;
      setTimeout(() => {
        this.paused = false;
        this.pump();
      }, wait);
    } else found.error = error.message;
    this.save();
    return true;
  }

  /** Send what may be sent. */
  pump() {
    if (!this.online || this.paused) return;
    for (const message of this.messages) {
      if (this.inFlight.size >= this.window) return;
      if (message.error || this.inFlight.has(message.nonce)) continue;
      const { time: _, ...request } = message;
      if (!this.send(request)) return;
      this.inFlight.add(message.nonce);
    }
  }

  save() {
    try {
      if (this.messages.length) localStorage.setItem(this.key, JSON.stringify(this.messages));
      else localStorage.removeItem(this.key);
    } catch {
      // The storage is full or forbidden; the messages are still in memory.
    }
    this.onChange();
  }
}
