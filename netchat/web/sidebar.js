/** The list of rooms and private talks, with counts of what is unread. */

import { byId, make } from "./elements.js";

/** @typedef {import("./rooms.js").Room} Room */

export class Sidebar {
  /** @param {{show: (room: Room) => void, leave: (room: Room) => void, join: (name: string) => void}} user */
  constructor(user) {
    this.user = user;
    byId("join-room-form").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      const field = byId("join-room");
      if (field.value.trim()) user.join(field.value.trim());
      field.value = "";
    });
  }

  /**
   * @param {import("./rooms.js").Rooms} rooms
   * @param {Room | null} current
   */
  render(rooms, current) {
    const focused = document.activeElement?.closest("#sidebar li")?.getAttribute("data-key");
    byId("rooms").replaceChildren(...rooms.rooms.map((room) => this.entry(room, room === current)));
    byId("talks").replaceChildren(...rooms.talks.map((room) => this.entry(room, room === current)));
    byId("talks-title").hidden = !rooms.talks.length;
    if (focused) [...document.querySelectorAll("#sidebar li")].find((li) => li.getAttribute("data-key") === focused)?.querySelector("button")?.focus();
    const unread = [...rooms.all.values()].reduce((sum, room) => sum + (room === current ? 0 : room.unread), 0);
    byId("menu-count").hidden = !unread;
    byId("menu-count").textContent = String(unread);
  }

  /**
   * @param {Room} room
   * @param {boolean} isCurrent
   */
  entry(room, isCurrent) {
    const open = make("button", "open", make("bdi", "", room.name));
    if (isCurrent) open.setAttribute("aria-current", "page");
    if (room.unread) {
      open.classList.add("unread");
      const isMention = room.mentions > 0;
      const badge = make("span", isMention ? "count mention" : "count", isMention ? `@${room.mentions}` : String(room.unread));
      badge.ariaHidden = "true";
      const spoken = `, ${room.unread} unread${isMention ? `, ${room.mentions} of them mention you` : ""}`;
      open.append(make("span", "hidden-text", spoken), badge);
    }
    open.addEventListener("click", () => this.user.show(room));
    const leave = make("button", "leave quiet", "×");
    leave.ariaLabel = room.isTalk ? `Close the talk with ${room.name}` : `Leave ${room.name}`;
    leave.title = leave.ariaLabel;
    leave.addEventListener("click", () => this.user.leave(room));
    const element = make("li", isCurrent ? "current" : "", open, leave);
    element.dataset.key = (room.isTalk ? "@" : "") + room.name;
    return element;
  }
}
