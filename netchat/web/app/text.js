/** Texts: names in them, links in them, their size, and line breaks, which the wire does not carry. */

/** How a line break is written on the wire, where a message is one line; it is read as one, too. */
const BREAK = " ↵ ";

const encoder = new TextEncoder();

/**
 * Return the bytes of `text` in UTF-8.
 * @param {string} text
 */
export function byteLength(text) {
  return encoder.encode(text).length;
}

/**
 * Return `text` as it is sent: on one line.
 * @param {string} text
 */
export function toWire(text) {
  return text.replace(/\t/g, "    ").replace(/\r\n?/g, "\n").replace(/^\n+|\s+$/g, "").replace(/ *\n/g, BREAK);
}

/**
 * Return `text` as it is shown, with its line breaks.
 * @param {string} text
 */
export function fromWire(text) {
  return text.replace(/ ?↵ ?/g, "\n");
}

/**
 * Return the parts in which `text` is sent if each may have `limit` bytes; cut between lines or words.
 * @param {string} text
 * @param {number} limit 0: no limit
 * @returns {string[]}
 */
export function parts(text, limit) {
  const wire = toWire(text);
  if (!limit || byteLength(wire) <= limit) return wire ? [wire] : [];
  const found = [];
  let part = "";
  for (const piece of text.match(/\n|[^\S\n]+|[^\s]+/gu) || []) {
    for (const bit of byteLength(piece) > limit ? cut(piece, limit) : [piece]) {
      while (part && byteLength(toWire(part + bit)) > limit) {
        const lineEnd = part.lastIndexOf("\n");
        found.push(toWire(lineEnd > 0 ? part.slice(0, lineEnd) : part));
        part = lineEnd > 0 ? part.slice(lineEnd + 1) : "";
      }
      part += bit;
    }
  }
  return [...found, toWire(part)].filter(Boolean);
}

/**
 * Cut a word that is too long, between characters.
 * @param {string} word
 * @param {number} limit
 * @returns {string[]}
 */
function cut(word, limit) {
  const bits = [];
  let bit = "";
  let size = 0;
  for (const character of word) {
    const more = byteLength(character);
    if (size + more > limit) {
      bits.push(bit);
      bit = "";
      size = 0;
    }
    bit += character;
    size += more;
  }
  return [...bits, bit];
}

/**
 * Return `text` in the form in which names are compared.
 * @param {string} text
 */
export function fold(text) {
  return text.normalize("NFKC").toLowerCase().normalize("NFKC");
}

/**
 * Return whether two names are those of one person, as far as the page can tell.
 * @param {string} one
 * @param {string} other
 */
export function sameName(one, other) {
  return fold(one) === fold(other);
}

const IN_WORD = /[\p{L}\p{M}\p{N}_]/u;
const NO_SPACES = /[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/u;

/**
 * Return whether `name` stands in `text` as a word.
 * @param {string} text
 * @param {string} name
 */
export function containsName(text, name) {
  const within = fold(text);
  const wanted = fold(name);
  if (!wanted) return false;
  for (let at = within.indexOf(wanted); at >= 0; at = within.indexOf(wanted, at + 1)) {
    if (divides(within, at) && divides(within, at + wanted.length)) return true;
  }
  return false;
}

/**
 * @param {string} text
 * @param {number} at
 */
function divides(text, at) {
  if (at === 0 || at === text.length) return true;
  const [before, after] = [text[at - 1], text[at]];
  if (/\p{M}/u.test(after)) return false;
  return !(IN_WORD.test(before) && IN_WORD.test(after)) || NO_SPACES.test(before) || NO_SPACES.test(after);
}

/**
 * Return `text` as pieces: plain ones, and links to http and https.
 * @param {string} text
 * @returns {Array<{text: string, link?: string}>}
 */
export function linked(text) {
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"↵]+/gi)) {
    const address = withoutEnd(match[0]);
    const url = parsedUrl(address);
    if (!url) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) });
    pieces.push({ text: address, link: url });
    end = match.index + address.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

/**
 * Return `address` without the punctuation of the sentence around it.
 * @param {string} address
 */
function withoutEnd(address) {
  /** @type {Record<string, number>} */
  const surplus = { ")": 0, "]": 0, "}": 0 };
  for (const character of address) {
    const closing = { "(": ")", "[": "]", "{": "}" }[character];
    if (closing) surplus[closing] -= 1;
    else if (character in surplus) surplus[character] += 1;
  }
  for (let end = address.length; ; end -= 1) {
    const last = address[end - 1];
    if (surplus[last] > 0) surplus[last] -= 1;
    else if (!/[.,;:!?'"*_~]/.test(last)) return address.slice(0, end);
  }
}

/** @param {string} address */
function parsedUrl(address) {
  try {
    const url = new URL(address);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : "";
  } catch {
    return "";
  }
}
