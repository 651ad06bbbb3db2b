/** The list of rooms and private talks, with what is unread in them. */

import { byId, make, show } from "./dom.js";
import { levelOf, levels } from "./notify.js";

/**
 * Keep the lists up to date.
 * @param {import("./conversation.js").Conversation} chat
 * @param {() => void} chosen called when a room is chosen
 */
export function showRooms(chat, chosen) {
  let frame = 0;
  let isMoved = false;
  const draw = () => {
    frame = 0;
    const rooms = chat.list;
    const chosen = levels();
    fill(byId("rooms"), rooms.filter((room) => !room.isTalk), chat, chosen);
    const talks = rooms.filter((room) => room.isTalk);
    fill(byId("talks"), talks, chat, chosen);
    show(byId("talks-title"), talks.length > 0);
    if (isMoved) byId("side").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    isMoved = false;
    const others = rooms.filter((room) => room !== chat.current && levelOf(room, chosen) !== "none");
    const mentions = sum(others.map((room) => room.mentions));
    const unread = sum(others.map((room) => room.unread));
    const badge = byId("side-badge");
    show(badge, mentions + unread > 0);
    badge.classList.toggle("mentions", mentions > 0);
    badge.textContent = mentions ? `@${mentions}` : count(unread);
  };
  const later = () => {
    frame ||= requestAnimationFrame(draw);
  };
  chat.on("rooms", later);
  chat.on("current", () => {
    isMoved = true;
    later();
  });
  for (const list of ["rooms", "talks"]) {
    byId(list).addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const button = /** @type {HTMLElement} */ (event.target).closest("button");
      if (!button?.dataset.key) return;
      chat.show(button.dataset.key);
      chosen();
    });
  }
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

/** @param {number} number */
function count(number) {
  return number > 999 ? "999+" : String(number);
}

/**
 * @param {HTMLElement} list
 * @param {import("./room.js").Room[]} rooms
 * @param {import("./conversation.js").Conversation} chat
 * @param {Record<string, import("./notify.js").Level>} chosen
 */
function fill(list, rooms, chat, chosen) {
  const buttons = new Map([...list.querySelectorAll("button")].map((button) => [button.dataset.key, button]));
  rooms.forEach((room, index) => {
    const button = buttons.get(room.key) || newButton(room);
    buttons.delete(room.key);
    update(button, room, room === chat.current, levelOf(room, chosen) === "none");
    const item = /** @type {HTMLElement} */ (button.parentElement);
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] || null);
  });
  for (const gone of buttons.values()) gone.parentElement?.remove();
}

/** @param {import("./room.js").Room} room */
function newButton(room) {
  const button = make("button", { type: "button", class: "row room" },
    make("bdi", { class: "room-label" }, room.name), make("span", { class: "badge", hidden: "" }), make("span", { class: "vh" }));
  button.dataset.key = room.key;
  make("li", {}, button);
  return /** @type {HTMLButtonElement} */ (button);
}

/**
 * @param {HTMLButtonElement} button
 * @param {import("./room.js").Room} room
 * @param {boolean} isCurrent
 * @param {boolean} quiet
 */
function update(button, room, isCurrent, quiet) {
  const [label, badge, spoken] = /** @type {HTMLElement[]} */ ([...button.children]);
  const mentions = room.isTalk ? 0 : room.mentions;
  const text = mentions ? `@${mentions}` : room.unread ? count(room.unread) : "";
  const said = [room.unread ? `, ${room.unread} unread` : "", mentions ? `, ${mentions} ${mentions === 1 ? "mention" : "mentions"}` : ""].join("");
  if (badge.textContent !== text) badge.textContent = text;
  if (spoken.textContent !== said) spoken.textContent = said;
  badge.setAttribute("aria-hidden", "true");
  show(badge, Boolean(text));
  if (label.textContent !== room.name) label.textContent = room.name;
  label.title = room.name;
  badge.classList.toggle("mentions", mentions > 0 || (room.isTalk && room.unread > 0));
  button.classList.toggle("unread", room.unread > 0 && !quiet);
  button.classList.toggle("muted", quiet);
  if (isCurrent) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
}
