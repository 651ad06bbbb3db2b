/** Signatures (Ed25519) by which the page proves that a name is the user's, without a secret on the wire. */

/** A path that the bundle leaves alone: the code is loaded when it is needed, and not before. */
const TWEETNACL = "./vendor/tweetnacl/nacl-fast.js";
/** What the server expects at the beginning of what is signed; no other use of the key signs it. */
const CONTEXT = "netchat key proof 1";

/** @param {Uint8Array} seed */
async function pair(seed) {
  await import(TWEETNACL);
  const { nacl } = /** @type {any} */ (self);
  return { nacl, keys: nacl.sign.keyPair.fromSeed(seed) };
}

/**
 * Return the public key for a secret one, in hexadecimal digits.
 * @param {Uint8Array} seed
 * @returns {Promise<string>}
 */
export async function publicKey(seed) {
  return hex((await pair(seed)).keys.publicKey);
}

/**
 * Return the request that answers a challenge.
 * @param {Uint8Array} seed
 * @param {import("./protocol.js").Challenge} challenge
 * @param {string} client as in the hello
 * @returns {Promise<object>}
 */
export async function signedProof(seed, { journal, name, nonce }, client) {
  const { nacl, keys } = await pair(seed);
  const own = hex(crypto.getRandomValues(new Uint8Array(32)));
  // Scripts do not learn of the TLS connection, so the last line, which would bind the signature to it, is empty.
  const text = [CONTEXT, journal, name, client, nonce, own, ""].join("\n");
  const signature = hex(nacl.sign.detached(new TextEncoder().encode(text), keys.secretKey));
  return { type: "auth", method: "key", key: hex(keys.publicKey), challenge: own, signature };
}

/** @param {Uint8Array} bytes */
export function hex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
