/** Times and days, as the reader's language writes them. */

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dayAndYear = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** @param {number} time milliseconds */
export function clockTime(time) {
  return clock.format(time);
}

/** @param {number} time */
export function fullTime(time) {
  return full.format(time);
}

/**
 * Return the time, with its day if that is not today.
 * @param {number} time
 */
export function shortTime(time) {
  return dayNumber(time) === dayNumber(Date.now()) ? clock.format(time) : short.format(time);
}

/** @param {number} time */
export function dayName(time) {
  const thisYear = new Date(time).getFullYear() === new Date().getFullYear();
  return (thisYear ? day : dayAndYear).format(time);
}

/**
 * Return a number that is the same for all times of one local day.
 * @param {number} time
 */
export function dayNumber(time) {
  const date = new Date(time);
  return date.getFullYear() * 10000 + date.getMonth() * 100 + date.getDate();
}

/**
 * Return the milliseconds of a time on the wire; now if it cannot be read.
 * @param {string} rfc3339
 */
export function parsedTime(rfc3339) {
  return Date.parse(rfc3339) || Date.now();
}
