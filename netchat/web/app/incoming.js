/** What the server tells of the rooms: who came and went, what was said, and what is missing. */

import { Room, notice } from "./room.js";
import { store } from "./storage.js";
import { saveTalks } from "./talks.js";
import { containsName } from "./text.js";
import { parsedTime } from "./time.js";

/** What one is told who wrote @all and keeps no order here, as in a terminal. */
const MODERATORS_ONLY = "Only moderators reach everybody with @all, so that was said as plain text.";

export class Incoming {
  #chat;

  /** @param {import("./conversation.js").Conversation} chat */
  constructor(chat) {
    this.#chat = chat;
  }

  /** @param {import("./protocol.js").Message} message */
  apply(message) {
    switch (message.type) {
      case "said": return this.#said(message);
      case "told": return this.#told(message);
      case "joined": return this.#presence(message);
      case "left": return this.#presence(message);
      case "renamed": return this.#renamed(message);
      case "topic": return this.#topic(message);
      case "names": return this.#names(message);
      case "gap": return this.#gap(message);
      case "read": return this.#chat.readMarks.apply(message);
      default: return this.#chat.order.apply(message);
    }
  }

  /** @param {import("./protocol.js").Gap} gap */
  #gap({ room: name, from, to, damaged }) {
    const room = this.#chat.rooms.get(Room.keyOf(name, false));
    if (!room || to < from) return;
    const what = from === to ? `Line ${from} is` : `Lines ${from} to ${to} are`;
    const text = damaged ? `${what} damaged and cannot be read.` : `${what} no longer kept.`;
    const entry = notice(text);
    const asked = this.#chat.requests.outstanding("history", room.name);
    // A gap in what was missed is behind all that we have.
    if (asked && from <= room.last) asked.gap = entry;
    else this.#note(room, entry);
    this.#chat.changed(room);
  }

  /**
   * Return a line as it is kept, from a message that has one.
   * @param {Pick<import("./protocol.js").SaidLine, "id" | "time" | "from" | "text" | "action"> & {room?: string, deleted?: boolean, all?: boolean}} message
   * @returns {import("./room.js").Said}
   */
  line({ room = "", id, time, from, text, action, deleted, all }) {
    const at = parsedTime(time);
    if (deleted || this.#chat.order.isDeleted(room, id)) {
      return { kind: "said", id, time: at, from, text: "", action: false, mention: false, deleted: true };
    }
    const mention = from !== this.#chat.me && (all === true || containsName(text, this.#chat.me));
    return { kind: "said", id, time: at, from, text, action: Boolean(action), mention };
  }

  /** @param {import("./protocol.js").SaidLine} message */
  #said(message) {
    if (message.nonce) this.#chat.delivery.stored(message.nonce);
    const room = this.#chat.rooms.get(Room.keyOf(message.room, false));
    if (!room) return;
    this.#add(room, this.line(message));
    if (message.all === false) this.#note(room, notice(MODERATORS_ONLY));
  }

  /** @param {import("./protocol.js").ToldLine} message */
  #told(message) {
    if (message.nonce) this.#chat.delivery.stored(message.nonce);
    if (!message.nonce && this.#chat.order.ignores(message.from)) return;
    const other = message.nonce || message.from === this.#chat.me ? message.to : message.from;
    const room = this.#chat.roomOf(other, true);
    if (message.from !== this.#chat.me) this.#chat.lastTold = { from: message.from, talk: room };
    const id = this.#chat.readMarks.idOf(room, message.id);
    if (!id) return;
    this.#add(room, this.line({ ...message, room: "", id }));
    saveTalks(this.#chat.rooms.values());
  }

  /**
   * @param {Room} room
   * @param {import("./room.js").Said} line
   */
  #add(room, line) {
    const isIgnored = this.#chat.order.ignores(line.from);
    const wasRead = this.#chat.readMarks.wasRead(room, line.id);
    const isOwn = wasRead || ((line.from === this.#chat.me || isIgnored) && room.read === room.last);
    const seen = room === this.#chat.current && this.#chat.sees();
    if (!room.append(line)) return;
    if (isOwn || seen) {
      this.#chat.reading.markRead(room);
    } else if (line.id > room.read) {
      if (room.marker === null) room.marker = room.read;
      if ((line.mention && !isIgnored) || room.isTalk) room.mentions += 1;
    }
    this.#bound(room);
    if (!isIgnored && !wasRead) this.#chat.emit("heard", { room, line, seen });
    this.#chat.changed(room);
  }

  /** Keep no more entries of a room than a window has. @param {Room} room */
  #bound(room) {
    if (room.isTalk || room !== this.#chat.current || this.#chat.follows()) room.trim("above");
    else room.hold();
  }

  /**
   * @param {Room} room
   * @param {import("./room.js").Entry} entry
   */
  #note(room, entry) {
    room.note(entry);
    this.#bound(room);
  }

  /**
   * Of those who are quiet there is no line. Somebody who is here already may join again: with another device they are
   * not quiet any more, or they only listen from now on, which reads as if they had left.
   * @param {import("./protocol.js").JoinedOrLeft} message
   */
  #presence({ type, room: name, names, quiet }) {
    const room = this.#chat.rooms.get(Room.keyOf(name, false));
    if (!room) return;
    const others = names.filter((each) => each !== this.#chat.me);
    const spoke = others.filter((each) => room.names.has(each) && !room.quiet.has(each));
    for (const each of names) {
      if (type === "left" || !room.names.has(each)) room.roles.delete(each);
      room.quiet.delete(each);
      if (type === "left") room.names.delete(each);
      else room.names.add(each);
      if (type === "joined" && quiet) room.quiet.add(each);
    }
    room.namesVersion += 1;
    if (others.length < names.length && type === "left") return this.#chat.remove(room);
    if (others.length && !quiet) room.presence(type, others);
    if (type === "joined" && quiet && spoke.length) room.presence("left", spoke);
    this.#bound(room);
    this.#chat.changed(room);
  }

  /** @param {import("./protocol.js").Renamed} message */
  #renamed({ name, to }) {
    if (name === this.#chat.me) {
      this.#chat.me = to;
      void this.#chat.auth.renamed(name, to);
      store("browser", "name", to);
      this.#chat.membership.remember();
      this.#chat.emit("state");
    }
    for (const room of [...this.#chat.rooms.values()]) {
      const there = room.names.delete(name);
      if (there) room.names.add(to);
      if (room.quiet.delete(name)) room.quiet.add(to);
      const role = room.roles.get(name);
      room.roles.delete(name);
      if (role) room.roles.set(to, role);
      room.namesVersion += 1;
      const isTalk = room.key === Room.keyOf(name, true);
      if (isTalk) this.#chat.moveTalk(room, to);
      if (there || isTalk) {
        this.#note(room, notice(`${name} is now ${to}`));
        this.#chat.changed(room);
      }
    }
  }

  /** @param {import("./protocol.js").Topic} message */
  #topic({ room: name, text, by }) {
    const room = this.#chat.rooms.get(Room.keyOf(name, false));
    if (!room) return;
    room.topic = text;
    const what = text ? `${by} changed the topic to: ${text}` : `${by} removed the topic`;
    if (by) this.#note(room, notice(what));
    this.#chat.changed(room);
  }

  /** @param {import("./protocol.js").Names} message */
  #names({ room: name, names, quiet }) {
    const room = this.#chat.rooms.get(Room.keyOf(name, false));
    if (!room) return;
    room.setNames(names, quiet);
    this.#chat.changed(room);
  }
}
