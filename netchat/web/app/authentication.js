/**
 * Proves that a name is the user's when the server asks: by the key of this browser if there is one
 * for the name, else by a password, which is kept in memory for the next connections.
 *
 * Emits `wanted` ({name, error}) when a person has to type a password.
 */

import { Emitter } from "./emitter.js";
import { keyOf, rememberName, forgetName } from "./keystore.js";
import { Scram } from "./scram.js";
import { signedProof } from "./signing.js";
import { fold } from "./text.js";

export class Authentication extends Emitter {
  #chat;
  /** @type {import("./protocol.js").Challenge | null} */
  #challenge = null;
  /** @type {"" | "key" | "password"} what the last answer was */
  #tried = "";
  #keyFailed = false;
  /** Of the name that it is for, folded. */
  #password = { name: "", text: "" };
  /** @type {Scram | null} */
  #scram = null;

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
      return true;
    }
    if (message.code !== "bad-auth" || !this.#tried) return false;
    this.#refused(message.message);
    return true;
  }

  /** The name is granted. @param {boolean} isProved */
  succeeded(isProved) {
    if (isProved && this.#tried === "key" && this.#challenge) void rememberName(this.#challenge.journal, this.#chat.me);
    this.#end();
  }

  /** The connection is lost: the next one has a challenge of its own. */
  lost() {
    this.#end();
  }

  /** Try a password that the user has typed. @param {string} text */
  answer(text) {
    this.#password = { name: fold(this.#chat.me), text };
    if (this.#challenge && this.#chat.socket.state === "open") void this.#prove();
    else this.#chat.login(this.#chat.me); // The server has waited long enough, and asks again.
  }

  /** The user has no password for the name. */
  cancel() {
    const message = `${this.#chat.me} belongs to somebody; join with another name.`;
    this.#chat.emit("refused", { type: "error", code: "name-taken", message });
  }

  #end() {
    this.#challenge = this.#scram = null;
    this.#tried = "";
  }

  async #prove() {
    const challenge = this.#challenge;
    if (!challenge) return;
    const key = this.#keyFailed || !challenge.methods.includes("key") ? null : await keyOf(challenge.journal);
    if (challenge !== this.#challenge) return;
    if (key?.names.includes(fold(challenge.name))) {
      const proof = await signedProof(key.seed, challenge, this.#chat.client);
      if (challenge !== this.#challenge) return;
      this.#tried = "key";
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
    if (methods.includes("scram")) {
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
      if (scram === this.#scram) this.#refused(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {string} message */
  #refused(message) {
    const challenge = this.#challenge;
    this.#scram = null;
    if (this.#tried === "key") {
      this.#keyFailed = true;
      if (challenge) void forgetName(challenge.journal, challenge.name);
      void this.#prove();
    } else {
      this.#password = { name: "", text: "" };
      if (challenge) this.#want(challenge, message);
    }
  }

  /**
   * @param {import("./protocol.js").Challenge} challenge
   * @param {string} error
   */
  #want({ name, methods }, error) {
    this.#chat.socket.persists = false; // A person has to answer first.
    if (methods.includes("password") || methods.includes("scram")) {
      this.emit("wanted", { name, error });
      return;
    }
    const message = `${name} belongs to somebody, and this browser has no key for it; join with another name.`;
    this.#chat.emit("refused", { type: "error", code: "name-taken", message });
  }
}
