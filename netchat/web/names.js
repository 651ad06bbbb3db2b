/** Compares names, gives them a colour, and finds them in texts. */

const COLOURS = 12;
const escapePattern = /[.*+?^${}()|[\]\\-]/g;

/**
 * Return a name as it is compared: folded, in NFKC.
 * @param {string} name
 */
export function fold(name) {
  return name.normalize("NFKC").toLowerCase().normalize("NFKC");
}

/**
 * Return the class of the colour of a name; the hash is that of the terminal (CRC-32, IEEE 802.3).
 * @param {string} name
 */
export function colourClass(name) {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(fold(name))) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return `colour${((crc ^ 0xffffffff) >>> 0) % COLOURS}`;
}

/**
 * Return a pattern that finds a name as a word; scripts without spaces have no word ends.
 * @param {string} name
 */
export function namePattern(name) {
  const literal = fold(name).replace(escapePattern, "\\$&");
  const spaceless = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Hangul}]/u.test(name);
  const edge = "[\\p{L}\\p{M}\\p{N}_]";
  return new RegExp(spaceless ? literal : `(?<!${edge})${literal}(?!${edge})`, "u");
}

/**
 * Return whether a name stands in a text as a word.
 * @param {string} text
 * @param {string} name
 */
export function containsName(text, name) {
  return name !== "" && namePattern(name).test(fold(text));
}
