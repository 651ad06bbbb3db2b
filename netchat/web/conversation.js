/** Takes the server's messages into the rooms, and asks the server for what is missing. */

import { isMention } from "./message.js";
import { fold } from "./names.js";
import { Rooms } from "./rooms.js";

const PAGE = 100;
const AROUND = 40;

/** @typedef {import("./rooms.js").Room} Room */

/**
 * What the page does about a change.
 * @typedef {{appended: (room: Room, item: Omit<import("./rooms.js").Item, "seq">) => void, changed: (room: Room) => void, listed: () => void,
 *   stored: (nonce: string) => void, sought: (room: Room, id: number) => void, entered: (room: Room) => void}} View
 */

export class Conversation {
  /**
   * @param {(message: object) => boolean} send
   * @param {View} view
   */
  constructor(send, view) {
    this.send = send;
    this.view = view;
    this.rooms = new Rooms();
    this.me = "";
    this.journal = "";
    /** The questions whose answers are to come, in their order. @type {{room: Room, kind: string, id: number}[]} */
    this.questions = [];
  }

  /** Return the fields of hello that say where to go on. */
  resume() {
    const rooms = this.rooms.rooms;
    if (!rooms.length) {
      const remembered = Rooms.remembered();
      return remembered.length ? { rooms: remembered } : {};
    }
    const after = Object.fromEntries(rooms.filter((room) => room.isLoaded).map((room) => [room.name, room.last]));
    return { rooms: rooms.map((room) => room.name), after, ...(this.journal && { journal: this.journal }) };
  }

  /** Forget the questions that were asked on a connection that is lost. */
  disconnected() {
    this.questions = [];
    for (const room of this.rooms.rooms) room.isLoading = false;
  }

  /** @param {any} message */
  take(message) {
    switch (message.type) {
      case "welcome":
        this.me = message.name;
        if (this.journal && message.journal && message.journal !== this.journal) this.rooms.forgetIds();
        this.journal = message.journal ?? this.journal;
        return;
      case "entered": return this.entered(message);
      case "said": return this.said(message);
      case "told": return this.told(message);
      case "history": return this.history(message);
      case "gap": return this.gap(message);
      case "renamed": return this.renamed(message);
      case "joined":
      case "left": return this.moved(message);
      case "topic":
      case "names": return this.described(message);
    }
  }

  /** @param {Room} room */
  loadNewest(room) {
    room.reset();
    this.ask(room, "newest", { limit: PAGE });
  }

  /** @param {Room} room */
  loadEarlier(room) {
    const first = room.items.find((item) => item.kind === "said")?.id ?? 0;
    if (!room.hasMore || first <= 1) return;
    this.ask(room, "earlier", { before: first, limit: PAGE });
  }

  /** @param {Room} room */
  loadLater(room) {
    const last = room.items.findLast((item) => item.kind === "said")?.id ?? 0;
    this.ask(room, "later", { after: last, limit: PAGE });
  }

  /**
   * @param {Room} room
   * @param {number} id
   */
  loadAround(room, id) {
    room.isLoading = false;
    this.ask(room, "around", { after: Math.max(0, id - AROUND), limit: 2 * AROUND }, id);
  }

  /**
   * @param {Room} room
   * @param {string} kind
   * @param {object} fields
   */
  ask(room, kind, fields, id = 0) {
    if (room.isTalk || room.isLoading) return;
    room.isLoading = this.send({ type: "history", room: room.name, ...fields });
    if (room.isLoading) this.questions.push({ room, kind, id });
  }

  /** @param {any} message */
  entered(message) {
    const room = this.rooms.open(message.room);
    room.name = message.room;
    room.topic = message.topic;
    room.names = new Set(message.names);
    this.rooms.save();
    if (!room.isLoaded) {
      room.last = message.last;
      const read = this.rooms.read[room.name];
      if (read !== undefined && read < message.last) {
        room.newAfter = read;
        room.unread = message.last - read;
      }
      this.loadNewest(room);
    }
    this.view.entered(room);
  }

  /** @param {any} message */
  said(message) {
    const room = this.rooms.get(message.room);
    if (message.nonce) this.view.stored(message.nonce);
    if (!room) return;
    const item = this.item(message);
    const isPast = !room.isLoaded && message.id <= room.last;
    room.last = Math.max(room.last, message.id);
    if (isPast) return void room.add(item);
    if (room.isDetached) return this.view.appended(room, item);
    if (!room.add(item)) return;
    if (room.items.at(-1)?.id === message.id) this.view.appended(room, item);
    else this.view.changed(room);
  }

  /** @param {any} message */
  told(message) {
    const isOwn = fold(message.from) === fold(this.me);
    if (message.nonce) this.view.stored(message.nonce);
    const room = this.rooms.open(isOwn ? message.to : message.from, true);
    room.names = new Set([this.me, room.name]);
    const id = (room.last += 1);
    const item = { ...this.item(message), id, mention: false };
    room.add(item);
    this.view.appended(room, item);
    this.view.listed();
  }

  /** @param {any} message */
  history(message) {
    const question = this.questions.shift();
    if (!question) return;
    const { room, kind, id } = question;
    room.isLoading = false;
    if (kind === "around") {
      room.reset();
      room.isDetached = true;
    }
    room.isLoaded = true;
    for (const line of message.lines) room.add(this.item(line));
    const newest = room.items.at(-1)?.id ?? 0;
    if (kind === "earlier" || kind === "newest") room.hasMore = message.more;
    if (room.isDetached && newest >= room.last) room.isDetached = false;
    this.view.changed(room);
    if (kind === "around") this.view.sought(room, id);
  }

  /** @param {any} message */
  gap(message) {
    const room = this.rooms.get(message.room);
    if (!room || !room.isLoaded || message.to < message.from) return;
    if (message.from > 1) {
      const text = `Messages ${message.from} to ${message.to} ${message.damaged ? "cannot be read" : "are no longer kept"}.`;
      if (!room.items.some((item) => item.text === text && item.kind === "note")) {
        room.add({ kind: "note", id: message.to, time: room.items.at(-1)?.time ?? Date.now(), from: "", text });
      }
    }
    room.last = Math.max(room.last, message.to);
    this.view.changed(room);
  }

  /** @param {any} message */
  renamed({ name, to }) {
    if (fold(name) === fold(this.me)) this.me = to;
    for (const room of this.rooms.all.values()) {
      if (!room.names.delete(name)) continue;
      room.names.add(to);
      if (room.isTalk) continue;
      if (room.isLoaded && !room.isDetached) room.addNote(`${name} is now ${to}`);
      this.view.changed(room);
    }
    this.view.listed();
  }

  /** @param {any} message */
  moved({ type, room: name, names }) {
    const room = this.rooms.get(name);
    if (!room) return;
    if (type === "left" && names.some((/** @type {string} */ left) => fold(left) === fold(this.me))) {
      this.rooms.close(room);
      return this.view.listed();
    }
    for (const each of names) type === "joined" ? room.names.add(each) : room.names.delete(each);
    room.addPresence(type, names);
    this.view.changed(room);
  }

  /** @param {any} message */
  described(message) {
    const room = this.rooms.get(message.room);
    if (!room) return;
    if (message.type === "names") room.names = new Set(message.names);
    else {
      room.topic = message.text;
      if (message.by && room.isLoaded) {
        room.addNote(message.text ? `${message.by} set the topic: ${message.text}` : `${message.by} removed the topic`);
      }
    }
    this.view.changed(room);
  }

  /** @param {any} message */
  item(message) {
    const { id = 0, from, text, action } = message;
    const mention = isMention(message, this.me);
    return { kind: /** @type {const} */ ("said"), id, time: Date.parse(message.time), from, text, action, mention };
  }
}
