/** Private talks over a reload: the server keeps those of guests for nobody, so the tab does, in part. */

import { Room } from "./room.js";
import { store, stored } from "./storage.js";

/** The most private talks that a tab has: everybody can begin one, under any number of names. */
const MOST = 100;
const LINES = 100;
const TALKS = 30;
/** Characters; a browser has about five million for all that a page stores. */
const SIZE = 1_000_000;

/**
 * Return the talks of this tab before the reload.
 * @returns {Room[]}
 */
export function loadTalks() {
  return stored("tab", "talks", []).map((/** @type {any} */ talk) => {
    const room = new Room(talk.name, true);
    return Object.assign(room, talk, { joined: true, moreAbove: Boolean(talk.kept) });
  });
}

/** @param {Iterable<Room>} rooms */
export function saveTalks(rooms) {
  const talks = [...rooms].filter((room) => room.isTalk);
  const latest = [...talks].sort((one, other) => (other.newest?.time ?? 0) - (one.newest?.time ?? 0));
  let size = 0;
  const kept = new Map();
  for (const { key, name, lines, last, read, mentions, kept: isKept } of latest.slice(0, TALKS)) {
    const talk = { name, lines: lines.filter((line) => line.kind === "said").slice(-LINES), last, read, mentions, kept: isKept };
    size += JSON.stringify(talk).length;
    if (size > SIZE) break;
    kept.set(key, talk);
  }
  store("tab", "talks", talks.map(({ key }) => kept.get(key)).filter(Boolean));
}

/**
 * Return the talk that gives way to another one; undefined if there is place for it.
 * @param {Iterable<Room>} rooms
 * @param {(talk: Room) => boolean} isBusy
 */
export function talkToDrop(rooms, isBusy) {
  const talks = [...rooms].filter((room) => room.isTalk);
  if (talks.length < MOST) return undefined;
  const idle = talks.filter((talk) => !isBusy(talk));
  return idle.sort((one, other) => (one.newest?.time ?? 0) - (other.newest?.time ?? 0))[0];
}
