/**
 * Proves that a name is the user's when the server asks: by the key of this browser if there is one
 * for the name, else by a password, which is kept in memory for the next connections. Where only
 * members come in, makes a free name the user's by an invitation.
 *
 * Emits `wanted` ({name, methods, error}) when a person has to type a password, and `invited` ({name,
 * error}) when they need an invitation.
 */

import { Emitter } from "./emitter.js";
import { earlyKeyOf, keyOf, newSeed, putEarly, putKey, settleKey } from "./keystore.js";
import { Scram } from "./scram.js";
import { publicKey, signedProof } from "./signing.js";
import { fold } from "./text.js";

/** A one-time word of an operator, as `7ZK2-9QF0-M4TD-XW3H`: it is sent as it is, also where a password is not. */
const WORD = /^\s*(?:[0-9a-z]-?){16}\s*$/i;

export class Authentication extends Emitter {
  #chat;
  /** @type {import("./protocol.js").Challenge | null} */
  #challenge = null;
  /** @type {"" | "key" | "password" | "own"} what the last answer was */
  #tried = "";
  #keyFailed = false;
  /** The key that was tried last, if it was stored before the name was the user's. @type {Uint8Array | null} */
  #early = null;
  /** Of the name that it is for, folded. */
  #password = { name: "", text: "" };
  /** @type {Scram | null} */
  #scram = null;
  /** What makes the name the user's, and the key in it if there is one. @type {{request: object, seed: Uint8Array | null} | null} */
  #own = null;

  /** @param {import("./conversation.js").Conversation} chat */
  constructor(chat) {
    super();
    this.#chat = chat;
  }

  /**
   * Take a message that came before the welcome if it is about a proof; return whether it was.
   * @param {import("./protocol.js").Message} message
   */
  take(message) {
    if (message.type === "auth-step") {
      void this.#step(message.data);
      return true;
    }
    if (message.type !== "error") return false;
    if (message.code === "auth-required" && message.challenge) {
      this.#challenge = message.challenge;
      this.#keyFailed = false;
      void this.#prove();
    } else if (message.code === "bad-invitation" || this.#tried === "own") {
      this.#uninvited(message);
    } else if (this.#tried && this.#challenge) {
      this.#refused(message.message);
    } else return false;
    return true;
  }

  /** The name is granted. */
  succeeded() {
    const seed = this.#tried === "own" ? this.#own?.seed : this.#tried === "key" ? this.#early : null;
    if (seed) settleKey(this.#chat.journal, this.#chat.me, seed).catch(() => this.emit("unkept"));
    this.#own = null;
    this.lost();
  }

  /** The connection is lost: the next one has a challenge of its own. */
  lost() {
    this.#challenge = this.#scram = null;
    this.#tried = "";
  }

  /** Try a password that the user has typed. @param {string} text */
  answer(text) {
    this.#password = { name: fold(this.#chat.me), text };
    if (this.#challenge && this.#chat.socket.state === "open") void this.#prove();
    else this.#chat.login(this.#chat.me); // The server has waited long enough, and asks again.
  }

  /**
   * Make the name the user's by an invitation, with a password, or without one by a key.
   * @param {{invitation: string, label: string, password?: string}} proof
   */
  async own(proof) {
    const seed = proof.password ? null : newSeed();
    const key = seed ? { key: await publicKey(seed) } : {};
    // A browser that keeps nothing is found out when the name is granted.
    if (seed) await putEarly(this.#chat.me, seed).catch(() => undefined);
    this.#own = { request: { type: "own", ...proof, ...key }, seed };
    this.#tried = "";
    this.#chat.login(this.#chat.me);
  }

  /** The user has no proof for the name. @param {string} message */
  cancel(message) {
    this.#own = null;
    this.#chat.emit("refused", { type: "error", code: "name-taken", message });
  }

  /**
   * The user writes their name in another way, under which the key is found from now on.
   * @param {string} name
   * @param {string} to
   */
  async renamed(name, to) {
    const { journal } = this.#chat;
    const seed = this.#chat.rights.account && fold(name) !== fold(to) ? await keyOf(journal, name) : null;
    if (seed) await putKey(journal, to, seed);
  }

  async #prove() {
    const challenge = this.#challenge;
    if (!challenge) return;
    const usesKey = !this.#keyFailed && challenge.methods.includes("key");
    const settled = usesKey ? await keyOf(challenge.journal, challenge.name) : null;
    const early = usesKey && !settled ? await earlyKeyOf(challenge.name) : null;
    const seed = settled || early;
    const proof = seed && (await signedProof(seed, challenge, this.#chat.client));
    if (challenge !== this.#challenge) return;
    if (proof) {
      this.#tried = "key";
      this.#early = early;
      this.#chat.socket.send(proof);
    } else if (this.#password.text && this.#password.name === fold(this.#chat.me)) {
      this.#sendPassword(challenge);
    } else {
      this.#want(challenge, "");
    }
  }

  /** @param {import("./protocol.js").Challenge} challenge */
  #sendPassword({ methods, name }) {
    this.#tried = "password";
    const { text } = this.#password;
    if (methods.includes("scram") && !WORD.test(text)) {
      this.#scram = new Scram(name, text);
      this.#chat.socket.send({ type: "auth", method: "scram", data: this.#scram.first() });
    } else {
      this.#chat.socket.send({ type: "auth", method: "password", password: text });
    }
  }

  /** @param {string} data */
  async #step(data) {
    const scram = this.#scram;
    if (!scram) return;
    try {
      const answer = await scram.answer(data);
      if (scram === this.#scram && answer) this.#chat.socket.send({ type: "auth", method: "scram", data: answer });
    } catch (error) {
      if (scram !== this.#scram) return;
      this.#chat.socket.stop();
      this.#refused(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {string} message */
  #refused(message) {
    const challenge = /** @type {import("./protocol.js").Challenge} */ (this.#challenge);
    this.#scram = null;
    if (this.#tried === "key") {
      this.#keyFailed = true;
      void this.#prove();
    } else {
      this.#password = { name: "", text: "" };
      this.#want(challenge, message);
    }
  }

  /** @param {import("./protocol.js").Refusal} refusal */
  #uninvited({ message }) {
    const isFirst = this.#tried !== "own";
    if (isFirst && this.#own) {
      this.#tried = "own";
      this.#chat.socket.send(this.#own.request);
      return;
    }
    this.#own = null;
    this.#tried = "";
    this.#chat.socket.persists = false;
    this.emit("invited", { name: this.#chat.me, error: isFirst ? "" : message });
  }

  /**
   * @param {import("./protocol.js").Challenge} challenge
   * @param {string} error
   */
  #want({ name, methods }, error) {
    this.#chat.socket.persists = false; // A person has to answer first.
    this.emit("wanted", { name, methods, error });
  }
}
