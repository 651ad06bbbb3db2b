/**
 * Up to where an owner has read, on all their devices: the server keeps it. Their private lines are
 * numbered 1, 2, 3 through all talks, and are one room (PRIVATE) for this.
 */

import { store, stored } from "./storage.js";
import { fold } from "./text.js";

/** @typedef {import("./room.js").Room} Room */

/** The room of the private lines. */
const PRIVATE = "";
/** What answers to it is no problem of the user's: they may have left the room meanwhile. */
export const READ_NONCE = "read";
/** Said by a tab that has no private lines yet: it is sent what is unread. */
const WHAT_IS_UNREAD = Number.MAX_SAFE_INTEGER;
const LATER = 1000;
const KEY = "private";

export class ReadMarks {
  #chat;
  /** The number of the newest private line that this tab has. */
  #last = 0;
  /** Private lines up to this number are read. */
  #read = 0;
  /** What the server is to be told, by room. @type {Map<string, number>} */
  #waiting = new Map();
  /** What the server has told, by room. @type {Map<string, number>} */
  #known = new Map();
  #timer = 0;

  /** @param {import("./conversation.js").Conversation} chat */
  constructor(chat) {
    this.#chat = chat;
  }

  /** Return what a hello says of the private lines that we have. */
  hello() {
    const { journal, name, last } = stored("tab", KEY, { journal: "", name: "", last: 0 });
    return name === fold(this.#chat.me) ? { journal, private: last } : { private: WHAT_IS_UNREAD };
  }

  /** The name is granted. */
  begin() {
    this.#known.clear();
    this.#waiting.clear();
    this.#read = 0;
    const { journal, name, last } = stored("tab", KEY, { journal: "", name: "", last: 0 });
    const isSame = this.#chat.rights.account && journal === this.#chat.journal && name === fold(this.#chat.me);
    this.#last = isSame ? last : 0;
    // The numbers of another account say nothing here.
    for (const room of this.#chat.rooms.values()) room.kept &&= isSame;
  }

  /**
   * Take the number of a private line; return the id of the line in its talk, or 0 if it is known.
   * @param {Room} talk
   * @param {number | undefined} number
   */
  idOf(talk, number) {
    if (!number) {
      talk.kept = false;
      return talk.last + 1;
    }
    if (!talk.kept) talk.keep();
    if (number <= talk.last) return 0;
    this.#last = Math.max(this.#last, number);
    store("tab", KEY, { journal: this.#chat.journal, name: fold(this.#chat.me), last: this.#last });
    return number;
  }

  /**
   * Return whether a line was read on another device before it came here.
   * @param {Room} room
   * @param {number} id
   */
  wasRead(room, id) {
    return room.kept && id <= this.#read;
  }

  /** The user has read a room or a talk. @param {Room} room */
  tell(room) {
    if (!this.#chat.rights.account) return;
    if (room.isTalk) this.#tell(PRIVATE, this.#readInTalks());
    else this.#tell(room.name, room.read);
  }

  /** The user has read something, here or elsewhere. @param {import("./protocol.js").ReadMark} mark */
  apply({ room: name, id }) {
    this.#known.set(name, id);
    if (name === PRIVATE) this.#read = Math.max(this.#read, id);
    for (const room of this.#chat.rooms.values()) {
      const isMeant = name === PRIVATE ? room.kept : !room.isTalk && room.joined && room.name === name;
      if (!isMeant || id <= room.read || room.read < 0) continue;
      room.read = Math.min(id, room.last);
      if (!room.unread) room.mentions = 0;
      if (!room.isTalk) this.#chat.marks.set(room.name, room.read);
    }
    this.#chat.emit("rooms");
  }

  /** Return the number up to which the private lines of all talks are read. */
  #readInTalks() {
    const talks = [...this.#chat.rooms.values()].filter((room) => room.kept);
    const unread = talks.map((talk) => talk.lines.find((line) => line.kind === "said" && line.id > talk.read)?.id ?? Infinity);
    return Math.min(this.#last, Math.min(...unread) - 1);
  }

  /** @param {string} room @param {number} id */
  #tell(room, id) {
    if (id <= (this.#known.get(room) || 0)) return;
    this.#waiting.set(room, id);
    if (!this.#timer) this.#timer = setTimeout(() => this.#send(), LATER);
  }

  /** Tell the server of one room at a time: this is never urgent. */
  #send() {
    this.#timer = 0;
    for (const [room, id] of this.#waiting) {
      this.#waiting.delete(room);
      if (!this.#chat.online || id <= (this.#known.get(room) || 0)) continue;
      this.#known.set(room, id);
      this.#chat.socket.send({ type: "read", room, id, nonce: READ_NONCE });
      break;
    }
    if (this.#waiting.size) this.#timer = setTimeout(() => this.#send(), LATER);
  }
}
