/** Which items the timeline shows for the lines of a room: pure, so that it can be drawn at once. */

import { dayNumber } from "./time.js";

/** Lines of one person within so many milliseconds stand under one name. */
const GROUP = 5 * 60 * 1000;

/**
 * @typedef {object} Item
 * @property {string} key the same item has the same key in every layout
 * @property {"said" | "presence" | "notice" | "day" | "marker" | "top" | "unsent"} kind
 * @property {any} [entry]
 * @property {boolean} [first] it begins a group
 * @property {boolean} [minute] its time is shown
 * @property {number} [time]
 * @property {string} [text]
 */

/**
 * Return the items for `room`, oldest first.
 * @param {import("./room.js").Room} room
 * @param {import("./outbox.js").Unsent[]} unsent
 * @param {(name: string) => boolean} ignores whether the lines of a name are left out
 * @returns {Item[]}
 */
export function layout(room, unsent, ignores) {
  /** @type {Item[]} */
  const items = [];
  const top = topText(room, unsent);
  if (top) items.push({ key: "top", kind: "top", text: top });
  let day = 0;
  let minute = "";
  /** @type {import("./room.js").Entry | null} */
  let before = null;
  let isMarked = room.marker === null || !room.reaches(room.marker);
  for (const entry of room.lines) {
    if (entry.kind === "said" && ignores(entry.from)) continue;
    const today = dayNumber(entry.time);
    if (today !== day && (entry.kind === "said" || day)) {
      items.push({ key: `day${today}-${entry.kind}${entry.id}`, kind: "day", time: entry.time });
      [day, before, minute] = [today, null, ""];
    }
    if (!isMarked && entry.kind === "said" && entry.id > Number(room.marker)) {
      items.push({ key: "marker", kind: "marker", time: entry.time });
      [isMarked, before, minute] = [true, null, ""];
    }
    const first = !continues(before, entry);
    const shown = String(Math.floor(entry.time / 60000));
    items.push({ key: `${entry.kind}${entry.id}`, kind: entry.kind, entry, first, minute: first || shown !== minute });
    before = entry;
    minute = shown;
  }
  if (room.attached) {
    let previous = "";
    for (const entry of unsent) {
      items.push({ key: entry.nonce, kind: "unsent", entry, first: !previous });
      previous = entry.nonce;
    }
  }
  return items;
}

/**
 * @param {import("./room.js").Entry | null} before
 * @param {import("./room.js").Entry} entry
 */
function continues(before, entry) {
  if (!before || before.kind !== "said" || entry.kind !== "said") return false;
  return before.from === entry.from && !before.action && !entry.action && entry.time - before.time < GROUP;
}

/**
 * @param {import("./room.js").Room} room
 * @param {import("./outbox.js").Unsent[]} unsent
 */
function topText(room, unsent) {
  if (room.loading === "above" || room.loading === "place") return "Loading earlier messages…";
  if (room.moreAbove) return "";
  if (room.kept) return `Only ${room.name} and you read what is said here.`;
  if (room.isTalk) return `Only ${room.name} and you read what is said here. The server does not keep it.`;
  if (!room.lines.length && !unsent.length) return "Nothing has been said here yet. Say the first word.";
  return `This is where ${room.name} begins.`;
}
