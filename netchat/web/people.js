/** The people in the room; a name opens a private talk. */

import { byId, make } from "./elements.js";
import { nameElement } from "./message.js";
import { fold } from "./names.js";

const collator = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });

/**
 * @param {import("./rooms.js").Room} room
 * @param {string} me
 * @param {(name: string) => void} talk
 */
export function renderPeople(room, me, talk) {
  const isMe = (/** @type {string} */ name) => fold(name) === fold(me);
  const names = [...room.names].sort((a, b) => Number(isMe(b)) - Number(isMe(a)) || collator.compare(a, b));
  byId("names").replaceChildren(...names.map((name) => make("li", "", person(name, isMe(name), talk))));
  byId("people-total").textContent = byId("people-count").textContent = String(names.length);
}

/**
 * @param {string} name
 * @param {boolean} isMe
 * @param {(name: string) => void} talk
 */
function person(name, isMe, talk) {
  if (isMe) return make("span", "person", nameElement(name), " (me)");
  const button = make("button", "person", nameElement(name));
  button.title = `Talk with ${name} in private`;
  button.addEventListener("click", () => talk(name));
  return button;
}
