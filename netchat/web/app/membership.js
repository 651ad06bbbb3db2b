/** Which rooms the user is in: joining and leaving them, and coming back to them after a lost connection or a reload. */

import { OFFLINE } from "./requests.js";
import { Room } from "./room.js";
import { store, stored } from "./storage.js";
import { saveTalks } from "./talks.js";
import { fold } from "./text.js";

/** @returns {{name: string, rooms: string[], current: string}} who the user of this tab is, and where */
export function session() {
  return stored("tab", "session", { name: "", rooms: [], current: "" });
}

export class Membership {
  #chat;
  /** Whether it is known in which rooms to be; a new user is in the lobby, whose name the server tells. */
  isKnown = false;

  /** @param {import("./conversation.js").Conversation} chat */
  constructor(chat) {
    this.#chat = chat;
    for (const name of session().rooms) chat.roomOf(name, false);
    this.isKnown = session().rooms.length > 0;
  }

  get #rooms() {
    return this.#chat.list.filter((room) => !room.isTalk);
  }

  /** Join the rooms again, the one that is shown first. */
  rejoin() {
    if (!this.isKnown) return;
    const shown = this.#chat.current?.key || session().current;
    const rooms = this.#rooms;
    rooms.sort((one, other) => Number(other.key === shown) - Number(one.key === shown));
    for (const room of rooms) this.#join(room.name, room.key !== shown, false);
    const key = this.#chat.rooms.has(shown) ? shown : rooms[0]?.key;
    if (key) this.#chat.show(key);
  }

  /** Join the rooms in which something waits to be said since another tab was closed. */
  #joinOthers() {
    this.isKnown = true;
    for (const room of this.#rooms) if (!room.joined) this.#join(room.name, true, false);
  }

  /**
   * Join a room and show it, or only show it if we are in it.
   * @param {string} name
   */
  join(name) {
    const known = this.#chat.list.find((room) => !room.isTalk && room.joined && fold(room.name) === fold(name));
    if (known) this.#chat.show(known.key);
    else if (this.#chat.online) this.#join(name, false, true);
    else this.#chat.emit("problem", OFFLINE);
  }

  /**
   * @param {string} name
   * @param {boolean} background
   * @param {boolean} show
   */
  #join(name, background, show) {
    const room = this.#chat.rooms.get(Room.keyOf(name, false));
    const known = room?.last || this.#chat.marks.of(name);
    const request = { type: "join", room: name };
    if (known > 0) Object.assign(request, { after: known });
    /** @param {import("./protocol.js").Entered} entered */
    const done = (entered) => {
      if (show) this.#chat.show(Room.keyOf(entered.room, false));
    };
    /** @param {{message: string}} error */
    const failed = (error) => {
      if (room && !room.joined) this.#chat.remove(room);
      this.#chat.emit("problem", error.message);
    };
    this.#chat.requests.add({ request, answer: "entered", done, failed }, background);
  }

  /**
   * Leave a room, or close a talk.
   * @param {Room} room
   */
  leave(room) {
    if (room.isTalk) {
      this.#chat.remove(room);
      saveTalks(this.#chat.rooms.values());
    } else {
      this.#chat.ask({ type: "leave", room: room.name }, "left");
    }
  }

  /** We are in a room. @param {import("./protocol.js").Entered} entered */
  entered({ room: name, topic, names, last, quiet }) {
    const room = this.#chat.roomOf(name, false);
    const before = this.#chat.marks.of(name);
    if (last < room.last) room.clear();
    room.joined = true;
    room.topic = topic;
    room.setNames(names, quiet);
    // Who keeps order is told next, if anybody does.
    room.roles.clear();
    if (room.read < 0) room.read = before >= 0 ? Math.min(before, last) : last;
    // What was missed follows, from where we have it.
    if (room.last === 0) room.last = before > 0 ? Math.min(before, last) : last;
    room.missed = last;
    this.remember();
    if (!this.isKnown) this.#joinOthers();
    if (!this.#chat.current) this.#chat.show(room.key);
    if (last > room.last) this.#chat.emit("missed", room);
    this.#chat.changed(room);
    this.#chat.history.fill(room);
    if (room === this.#chat.current) this.#chat.order.learn(room);
    this.#chat.delivery.deliver();
  }

  /** Keep over a reload who the user is, and in which rooms. */
  remember() {
    const rooms = this.#rooms.map((room) => room.name);
    store("tab", "session", { name: this.#chat.me, rooms, current: this.#chat.current?.key || "" });
  }
}
