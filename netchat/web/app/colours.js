/** The colour of a name: one of twelve in app.css, by the hash that the terminal client uses. */

import { fold } from "./text.js";

const COLOURS = 12;

const table = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/**
 * Return the CRC-32 of the UTF-8 of `text` (zlib's).
 * @param {string} text
 */
function crc32(text) {
  let value = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) value = table[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** @type {Map<string, string>} */
const classes = new Map();

/**
 * Return the class that gives `name` its colour.
 * @param {string} name
 */
export function colourClass(name) {
  let found = classes.get(name);
  if (!found) {
    if (classes.size > 5000) classes.clear();
    found = `c${crc32(fold(name)) % COLOURS}`;
    classes.set(name, found);
  }
  return found;
}
