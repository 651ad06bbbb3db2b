/** SCRAM-SHA-256 (RFC 5802, RFC 7677), the side of the client, without channel binding. */

import { hex } from "./signing.js";

const HASHES = "./vendor/noble-hashes/";
/** Fewer iterations are not a server's that follows RFC 7677; more would occupy the device for minutes. */
const ITERATIONS = { least: 4096, most: 10_000_000 };
/** What SASLprep (RFC 4013) leaves out of a password: soft hyphens, joiners and the like. */
const NOTHING = /\p{Default_Ignorable_Code_Point}/gu;
const NO_CHANNEL_BINDING = "n,,";

const utf8 = new TextEncoder();

export class Scram {
  #password;
  #nonce = hex(crypto.getRandomValues(new Uint8Array(18)));
  #first;
  #signature = "";

  /**
   * @param {string} name
   * @param {string} password
   */
  constructor(name, password) {
    this.#password = password.replace(NOTHING, "").normalize("NFKC");
    this.#first = `n=${name.replace(/=/g, "=3D").replace(/,/g, "=2C")},r=${this.#nonce}`;
  }

  /** Return the first message. */
  first() {
    return NO_CHANNEL_BINDING + this.#first;
  }

  /**
   * Return the answer to a message of the server: "" to its last. Raises Error, with a sentence, if
   * the server does not know the password, or is none that this is for.
   * @param {string} message
   * @returns {Promise<string>}
   */
  async answer(message) {
    const fields = new Map(message.split(",").map((field) => [field[0], field.slice(2)]));
    return this.#signature ? this.#finish(fields) : this.#prove(message, fields);
  }

  /**
   * @param {string} message
   * @param {Map<string, string>} fields
   */
  async #prove(message, fields) {
    const [nonce, salt, count] = [fields.get("r") || "", fields.get("s") || "", Number(fields.get("i"))];
    const isMine = nonce.startsWith(this.#nonce) && nonce.length > this.#nonce.length;
    if (!isMine || !salt || !(count >= ITERATIONS.least && count <= ITERATIONS.most)) {
      throw new Error("The server has answered what no server of this kind answers; reload the page.");
    }
    const [{ pbkdf2Async }, { hmac }, { sha256 }] = await Promise.all(
      ["pbkdf2.js", "hmac.js", "sha2.js"].map((file) => import(HASHES + file)),
    );
    /** @param {Uint8Array} key @param {string} text @returns {Uint8Array} */
    const mac = (key, text) => hmac(sha256, key, utf8.encode(text));
    // In slices of 10 ms, between which the page goes on.
    const salted = await pbkdf2Async(sha256, utf8.encode(this.#password), fromBase64(salt), { c: count, dkLen: 32 });
    const clientKey = mac(salted, "Client Key");
    const last = `c=${btoa(NO_CHANNEL_BINDING)},r=${nonce}`;
    const all = `${this.#first},${message},${last}`;
    const signature = mac(sha256(clientKey), all);
    this.#signature = toBase64(mac(mac(salted, "Server Key"), all));
    return `${last},p=${toBase64(clientKey.map((byte, index) => byte ^ signature[index]))}`;
  }

  /** @param {Map<string, string>} fields */
  #finish(fields) {
    if (fields.get("v") !== this.#signature) throw new Error("The server does not know this password; it may not be the one you mean.");
    return "";
  }
}

/** @param {string} text */
function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** @param {Uint8Array} bytes */
function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}
