/** What the user says: through the outbox to the server, until it is stored. */

import { byteLength } from "./text.js";

/** @typedef {import("./room.js").Room} Room */

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
   */
  say(room, text, action = false) {
    this.#chat.outbox.add(room, text, action);
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
      const { nonce, text } = item;
      /** @type {Record<string, any>} */
      const request = item.talk ? { type: "tell", to: item.name, text, nonce } : { type: "say", room: item.name, text, nonce };
      if (item.action) request.action = true;
      /** @param {{message: string}} error */
      const failed = (error) => {
        item.sent = item.tried = false;
        item.error = error.message;
        this.#chat.outbox.save();
        const isShown = item.room === this.#chat.current?.key;
        this.#chat.emit(isShown ? "refusal" : "problem", error.message);
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
