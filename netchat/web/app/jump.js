/** The dialog in which one goes to a room or a person by a few letters of its name. */

import { openDialog } from "./dialogs.js";
import { byId, make } from "./dom.js";
import { fold } from "./text.js";

const MOST = 100;

/** @typedef {{key: string, label: string, detail: string, join?: boolean}} Target */

/**
 * Return what opens the dialog.
 * @param {import("./conversation.js").Conversation} chat
 * @returns {() => void}
 */
export function jumpDialog(chat) {
  const [dialog, field, list] = [byId("jump"), byId("jump-text"), byId("jump-list")];
  /** @type {Map<string, number>} */
  let others = new Map();
  /** @type {Target[]} */
  let targets = [];
  let at = 0;
  /** @param {number} index */
  const mark = (index) => {
    at = targets.length ? (index + targets.length) % targets.length : 0;
    [...list.children].forEach((option, each) => option.setAttribute("aria-selected", String(each === at)));
    list.children[at]?.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", `jump-${at}`);
  };
  const draw = () => {
    targets = find(chat, others, field.value.trim());
    list.replaceChildren(...targets.map(({ label, detail }, index) => make(
      "li", { role: "option", id: `jump-${index}`, class: "choice" },
      make("bdi", { class: "room-label" }, label), make("span", { class: "quiet small" }, detail),
    )));
    mark(0);
  };
  /** @param {number} index */
  const go = (index) => {
    const target = targets[index];
    if (!target) return;
    dialog.close();
    if (target.join) chat.membership.join(target.key);
    else chat.show(target.key);
  };
  field.addEventListener("input", draw);
  field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) mark(at + move);
    else if (event.key === "Enter" && !event.isComposing) go(at);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const option = /** @type {HTMLElement} */ (event.target).closest("li");
    if (option) go([...list.children].indexOf(option));
  });
  return () => {
    field.value = "";
    draw();
    openDialog("jump");
    field.focus();
    if (!chat.online) return;
    chat.ask({ type: "rooms" }, "rooms", ({ rooms }) => {
      others = new Map(rooms.map((/** @type {import("./protocol.js").Rooms["rooms"][0]} */ each) => [each.room, each.members]));
      if (dialog.open) draw();
    });
  };
}

/**
 * @param {import("./conversation.js").Conversation} chat
 * @param {Map<string, number>} others
 * @param {string} typed
 * @returns {Target[]}
 */
function find(chat, others, typed) {
  const wanted = fold(typed);
  /** @type {Target[]} */
  const found = chat.list.filter((room) => room !== chat.current).map((room) => (
    { key: room.key, label: room.name, detail: room.isTalk ? "private" : room.unread ? `${room.unread} unread` : "" }
  ));
  for (const [name, members] of others) {
    if (chat.rooms.has(`#${name}`)) continue;
    found.push({ key: name, label: name, detail: `join, ${members} there`, join: true });
  }
  const people = new Set([...chat.rooms.values()].flatMap((room) => [...room.names]));
  for (const name of typed ? people : []) {
    if (name !== chat.me && !chat.rooms.has(`@${fold(name)}`)) found.push({ key: `@${name}`, label: name, detail: "talk in private" });
  }
  const matching = found.filter(({ label }) => fold(label).includes(wanted));
  matching.sort((one, other) => Number(fold(other.label).startsWith(wanted)) - Number(fold(one.label).startsWith(wanted)));
  const isRoom = chat.list.some((room) => !room.isTalk && fold(room.name) === wanted) || others.has(typed);
  if (typed && !isRoom && !/\s/.test(typed)) matching.push({ key: typed, label: typed, detail: "new room", join: true });
  return matching.slice(0, MOST);
}
