/** What the user says: through the outbox to the server, until it is stored. */

import { byteLength } from "./text.js";

/** @typedef {import("./room.js").Room} Room */

const NO_REPLY = "This server is too old for /reply, so nothing was sent; use /msg NAME TEXT.";

/**
 * @param {import("./outbox.js").Unsent} item
 * @returns {Record<string, any>}
 */
function requestFor({ name, talk, text, action, reply, nonce }) {
  if (reply) return { type: "reply", to: reply, text, nonce };
  if (talk) return { type: "tell", to: name, text, nonce };
  return { type: "say", room: name, text, nonce, ...(action ? { action } : {}) };
}

export class Delivery {
  #chat;

  /** @param {import("./conversation.js").Conversation} chat */
  constructor(chat) {
    this.#chat = chat;
  }

  /**
   * Say something; it waits in the outbox until it is stored.
   * @param {Room} room
   * @param {string} text on one line
   * @param {boolean} [action]
   * @param {string} [reply] the name under which somebody has written last, whom it answers
   */
  say(room, text, action = false, reply = "") {
    this.#chat.outbox.add(room, text, action, reply);
    room.marker = null;
    this.deliver();
    this.#chat.emit("room", room);
  }

  /** Say again what was refused. @param {string} nonce */
  retry(nonce) {
    const item = this.#chat.outbox.find(nonce);
    if (item) item.error = "";
    this.deliver();
    if (this.#chat.current) this.#chat.emit("room", this.#chat.current);
  }

  /** Send what waits, to the rooms that we are in. */
  deliver() {
    if (!this.#chat.online) return;
    for (const item of this.#chat.outbox.items) {
      const room = this.#chat.rooms.get(item.room);
      if (item.sent || item.error || !(item.talk || room?.joined)) continue;
      const { line: limit } = this.#chat.limits;
      if (limit && byteLength(item.text) > limit) {
        item.error = "That is too long for one message.";
        continue;
      }
      item.sent = item.tried = true;
      const request = requestFor(item);
      /** @param {{code: string, message: string}} error */
      const failed = (error) => {
        item.sent = item.tried = false;
        item.error = item.reply && error.code === "unknown-type" ? NO_REPLY : error.message;
        this.#chat.outbox.save();
        const isShown = item.room === this.#chat.current?.key;
        this.#chat.emit(isShown ? "refusal" : "problem", item.error);
        if (this.#chat.current) this.#chat.emit("room", this.#chat.current);
      };
      this.#chat.requests.add({ request, answer: item.talk ? "told" : "said", failed });
    }
    this.#chat.outbox.save();
  }

  /** A message of ours is stored. @param {string} nonce */
  stored(nonce) {
    const item = this.#chat.outbox.remove(nonce);
    if (item) this.#chat.emit("settled", item);
  }
}
