/** Private talks over a reload: the server keeps none of them, so the tab does, in part. */

import { Room } from "./room.js";
import { store, stored } from "./storage.js";

const LINES = 100;
const TALKS = 30;

/**
 * Return the talks of this tab before the reload.
 * @returns {Room[]}
 */
export function loadTalks() {
  return stored("tab", "talks", []).map((/** @type {any} */ talk) => {
    const room = new Room(talk.name, true);
    return Object.assign(room, talk, { joined: true, moreAbove: false });
  });
}

/** @param {Iterable<Room>} rooms */
export function saveTalks(rooms) {
  const talks = [...rooms].filter((room) => room.isTalk).slice(-TALKS);
  store("tab", "talks", talks.map(({ name, lines, last, read, mentions }) => (
    { name, lines: lines.filter((line) => line.kind === "said").slice(-LINES), last, read, mentions }
  )));
}
