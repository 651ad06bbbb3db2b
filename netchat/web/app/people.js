/** Who is in the room. */

import { colourClass } from "./colours.js";
import { byId, make, show } from "./dom.js";

const MOST = 500;
/** How those who keep order are marked. */
const MARKS = {
  operator: { text: "operator", title: "Keeps order on the whole server" },
  moderator: { text: "moderator", title: "Keeps order in this room" },
};
const order = new Intl.Collator(undefined, { numeric: true });

/**
 * Keep the list of people up to date; a click on one opens a private talk.
 * @param {import("./conversation.js").Conversation} chat
 * @param {() => void} chosen
 * @param {(opener: HTMLElement, name: string) => void} openMenu
 */
export function showPeople(chat, chosen, openMenu) {
  const list = byId("people-list");
  let frame = 0;
  let shown = "";
  let version = 0;
  const draw = () => {
    frame = 0;
    const room = chat.current;
    const look = `${room?.key} ${room?.namesVersion} ${chat.me} ${version}`;
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
    list.replaceChildren(...names.slice(0, MOST).map((name) => person(name, name === chat.me, remark(chat, name), room?.roles.get(name))));
    if (names.length > MOST) list.append(make("li", { class: "quiet small row" }, `and ${names.length - MOST} more`));
  };
  const later = () => {
    frame ||= requestAnimationFrame(draw);
  };
  for (const event of ["room", "current", "state"]) chat.on(event, later);
  chat.on("people", () => {
    version += 1;
    later();
  });
  list.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    if (button?.dataset.menu) openMenu(button, button.dataset.menu);
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
 * Return what is known of somebody, in a word.
 * @param {import("./conversation.js").Conversation} chat
 * @param {string} name
 */
function remark(chat, name) {
  if (chat.order.ignores(name)) return "ignored";
  if (chat.order.away.has(name)) return "away";
  return chat.current?.quiet.has(name) ? "only listens" : "";
}

/**
 * @param {string} name
 * @param {boolean} isMe
 * @param {string} about
 * @param {"operator" | "moderator" | undefined} role
 */
function person(name, isMe, about, role) {
  const label = make("bdi", { class: `room-label ${colourClass(name)}`, title: name }, name);
  const words = [isMe ? "you" : "", about].filter(Boolean).join(", ");
  const note = words ? [make("span", { class: "quiet small" }, words)] : [];
  if (role) note.unshift(make("span", { class: "role-mark", title: MARKS[role].title }, MARKS[role].text));
  if (isMe) return make("li", { class: "row person-row" }, label, ...note);
  const button = make("button", { type: "button", class: "row" }, label, ...note, make("span", { class: "vh" }, ", talk in private"));
  button.dataset.name = name;
  const more = make("button", { type: "button", class: "icon-button more", "aria-haspopup": "menu", "aria-label": `More about ${name}` }, "⋯");
  more.dataset.menu = name;
  return make("li", { class: "person-item" }, button, more);
}
