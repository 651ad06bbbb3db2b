/**
 * What was said and is not stored yet, kept over a reload. A message leaves it when the server has
 * acknowledged its nonce; said again with the same nonce, it is stored once.
 */

import { randomId, store, stored } from "./storage.js";

/**
 * @typedef {object} Unsent
 * @property {string} nonce
 * @property {string} room the key of the room or talk
 * @property {string} name its name
 * @property {boolean} talk
 * @property {string} text
 * @property {boolean} action
 * @property {string} [reply] the name under which somebody has written last, whom it answers
 * @property {number} time
 * @property {boolean} sent it is on its way, so whether it is stored cannot be known
 * @property {boolean} tried it may be stored: it was sent, and the answer is not known
 * @property {string} error why it was refused, in a sentence
 */

export class Outbox {
  /** @type {Unsent[]} */
  items;
  #key;

  /** @param {string} client */
  constructor(client) {
    this.#key = `outbox.${client}`;
    this.items = stored("browser", this.#key, []);
    for (const item of this.items) item.sent = false; // By another connection, if at all.
  }

  /**
   * Add a message.
   * @param {{key: string, name: string, isTalk: boolean}} room
   * @param {string} text
   * @param {boolean} action
   * @param {string} reply
   */
  add(room, text, action, reply) {
    const { key, name, isTalk: talk } = room;
    this.items.push({ nonce: randomId(), room: key, name, talk, text, action, reply, time: Date.now(), sent: false, tried: false, error: "" });
    this.save();
  }

  /**
   * Return what waits for the room with this key.
   * @param {string} key
   */
  in(key) {
    return this.items.filter((item) => item.room === key);
  }

  /** @param {string} nonce */
  find(nonce) {
    return this.items.find((item) => item.nonce === nonce);
  }

  /**
   * What waits for the talk with this key goes to somebody who has another name now.
   * @param {string} key
   * @param {{key: string, name: string}} room
   */
  move(key, room) {
    for (const item of this.in(key)) Object.assign(item, { room: room.key, name: room.name });
    this.save();
  }

  /**
   * Remove and return a message.
   * @param {string} nonce
   */
  remove(nonce) {
    const item = this.find(nonce);
    this.items = this.items.filter((each) => each !== item);
    this.save();
    return item;
  }

  /** The connection is lost: what was on its way has to be said again. */
  reset() {
    for (const item of this.items) item.sent = false;
    this.save();
  }

  save() {
    store("browser", this.#key, this.items.length ? this.items : null);
  }
}
