/** Who is in the room. */

import { colourClass } from "./colours.js";
import { byId, make, show } from "./dom.js";

const MOST = 500;
const order = new Intl.Collator(undefined, { numeric: true });

/**
 * Keep the list of people up to date; a click on one opens a private talk.
 * @param {import("./conversation.js").Conversation} chat
 * @param {() => void} chosen
 */
export function showPeople(chat, chosen) {
  const list = byId("people-list");
  let frame = 0;
  let shown = "";
  const draw = () => {
    frame = 0;
    const room = chat.current;
    const look = `${room?.key} ${room?.namesVersion} ${chat.me}`;
    if (look === shown) return;
    shown = look;
    const names = !room ? [] : room.isTalk ? [room.name, chat.me] : sorted([...room.names], chat.me);
    const people = `${names.length} ${names.length === 1 ? "person" : "people"}`;
    byId("people-title").textContent = names.length ? `People ${names.length}` : "People";
    const button = byId("open-people");
    show(button, Boolean(room) && !room?.isTalk);
    if (button.dataset.count !== people) {
      button.dataset.count = people;
      button.replaceChildren(make("span", { "aria-hidden": "true", class: "person" }), String(names.length),
        make("span", { class: "vh" }, names.length === 1 ? " person" : " people"));
    }
    list.replaceChildren(...names.slice(0, MOST).map((name) => person(name, name === chat.me)));
    if (names.length > MOST) list.append(make("li", { class: "quiet small row" }, `and ${names.length - MOST} more`));
  };
  const later = () => {
    frame ||= requestAnimationFrame(draw);
  };
  for (const event of ["room", "current", "state"]) chat.on(event, later);
  list.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    if (!button?.dataset.name) return;
    chat.show(`@${button.dataset.name}`);
    chosen();
  });
}

/**
 * @param {string[]} names
 * @param {string} me
 */
function sorted(names, me) {
  return names.sort((one, other) => Number(other === me) - Number(one === me) || order.compare(one, other));
}

/**
 * @param {string} name
 * @param {boolean} isMe
 */
function person(name, isMe) {
  const label = make("bdi", { class: `room-label ${colourClass(name)}`, title: name }, name);
  if (isMe) return make("li", { class: "row person-row" }, label, make("span", { class: "quiet small" }, "you"));
  const button = make("button", { type: "button", class: "row" }, label, make("span", { class: "vh" }, ", talk in private"));
  button.dataset.name = name;
  return make("li", {}, button);
}
