/** Durations as people write them: 10m, 2h30m, 7d. */

/** Seconds of each unit, the largest first. */
const UNITS = { w: 604800, d: 86400, h: 3600, m: 60, s: 1 };
const DURATION = new RegExp(`^${Object.keys(UNITS).map((unit) => `(?:(\\d{1,9})${unit})?`).join("")}$`, "i");
const MEANT = /^(?:\d+[wdhms]?)+$/i;

/**
 * Return whether the writer of `word` means a duration, and not the beginning of a reason.
 * @param {string} word
 */
export function isMeantAsDuration(word) {
  return MEANT.test(word);
}

/**
 * Return the seconds of `text`; 0 is without end, and -1 means that it is no duration.
 * @param {string} text
 */
export function parsedDuration(text) {
  if (text === "0") return 0;
  const match = text && DURATION.exec(text);
  if (!match) return -1;
  return Object.values(UNITS).reduce((sum, size, index) => sum + size * Number(match[index + 1] || 0), 0);
}

/**
 * Return the duration at the beginning of `text`, if there is one, and what follows; an error, in a
 * sentence, if it cannot be read.
 * @param {string} text
 * @returns {{duration?: number, rest: string, error?: string}}
 */
export function leadingDuration(text) {
  const [, word, rest] = /** @type {RegExpMatchArray} */ (text.match(/^(\S*)\s*([\s\S]*)$/));
  if (!isMeantAsDuration(word)) return { rest: text };
  const duration = parsedDuration(word);
  if (duration < 0) return { rest, error: `“${word}” is no duration; write numbers with units, such as 10m, 2h30m or 7d.` };
  return duration ? { duration, rest } : { rest };
}
