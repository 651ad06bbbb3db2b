/**
 * Requests that wait for their answers. Only so many are outstanding as the server takes at once,
 * so a client with much to ask is slow, but never closed.
 */

/**
 * @typedef {object} Pending
 * @property {Record<string, any>} request
 * @property {import("./room.js").Notice} [gap] what the server said is missing in the page of history that it sends
 * @property {string} answer the type that answers it
 * @property {(message: any) => void} [done]
 * @property {(error: {code: string, message: string}) => void} [failed] also when the connection is lost, unless it is asked again then
 */

export const OFFLINE = "There is no connection to the server now; try again in a moment.";
/** The types of the requests that are made again on another connection. */
const RENEWED = ["say", "tell", "reply", "join", "history"];

export class Requests {
  /** @type {Pending[]} */
  #waiting = [];
  /** @type {Pending[]} */
  #later = [];
  /** @type {Pending[]} */
  #outstanding = [];
  #window = 8;
  #number = 0;
  #send;

  /** @param {(request: object) => boolean} send */
  constructor(send) {
    this.#send = send;
  }

  /**
   * Begin on a new connection, on which `burst` lines may be outstanding (0: any number).
   * @param {number} burst
   */
  begin(burst) {
    this.abandon();
    this.#window = Math.max(1, Math.min(burst || 20, 20) - 2);
  }

  /** The connection is lost: what is not asked again on the next one has failed. */
  abandon() {
    const all = [...this.#outstanding, ...this.#waiting, ...this.#later];
    this.#waiting = [];
    this.#later = [];
    this.#outstanding = [];
    const error = { code: "lost", message: "The connection is lost; try again when it is back." };
    for (const each of all) if (!RENEWED.includes(each.request.type)) each.failed?.(error);
  }

  /**
   * Send a request when its turn comes; `background`: after all others.
   * @param {Pending} pending
   * @param {boolean} [background]
   */
  add(pending, background = false) {
    this.#number += 1;
    pending.request.nonce ||= `q${this.#number}`;
    (background ? this.#later : this.#waiting).push(pending);
    this.#pump();
  }

  /**
   * Return the oldest outstanding request of this type for `room`, if there is one.
   * @param {string} type
   * @param {string} room
   */
  outstanding(type, room) {
    return this.#outstanding.find((each) => each.request.type === type && each.request.room === room);
  }

  /**
   * Settle the request that `message` answers; return whether there was one.
   * @param {import("./protocol.js").Message} message
   */
  settle(message) {
    const nonce = "nonce" in message ? message.nonce : "";
    const at = this.#outstanding.findIndex((each) => {
      if (nonce) return each.request.nonce === nonce;
      // The answers to these carry no nonce, and come in the order of the requests.
      return each.answer === message.type && !["said", "told"].includes(each.answer);
    });
    if (at < 0) return false;
    const [pending] = this.#outstanding.splice(at, 1);
    if (message.type === "error") pending.failed?.(message);
    else pending.done?.(message);
    this.#pump();
    return true;
  }

  #pump() {
    while (this.#outstanding.length < this.#window) {
      const next = this.#waiting.shift() || this.#later.shift();
      if (!next || !this.#send(next.request)) return;
      this.#outstanding.push(next);
    }
  }
}
