/** The rooms and private talks that this tab is in, and what it knows of each. */

import { fold } from "./names.js";

const READ_KEY = "netchat.read";
const ROOMS_KEY = "netchat.rooms";
/** How many items of a room stay in memory while the newest are in view. */
const KEPT = 600;

/**
 * An item of a timeline. `said` has the id that the server gave it; the others stand after it.
 * @typedef {{kind: "said" | "came" | "note", id: number, seq: number, time: number, from: string,
 *   text: string, action?: boolean, names?: {joined: string[], left: string[]}, mention?: boolean}} Item
 */

let sequence = 0;

export class Room {
  /**
   * @param {string} name
   * @param {boolean} isTalk whether it is a private talk with the participant `name`
   */
  constructor(name, isTalk) {
    this.name = name;
    this.isTalk = isTalk;
    this.topic = "";
    /** @type {Set<string>} */
    this.names = new Set();
    /** The highest id received without a gap: where a new connection goes on. */
    this.last = 0;
    /** @type {Item[]} */
    this.items = [];
    /** @type {Set<number>} */
    this.ids = new Set();
    this.isLoaded = isTalk;
    this.hasMore = !isTalk;
    this.isLoading = false;
    /** Whether `items` is a page of the past, which does not end with the newest. */
    this.isDetached = false;
    this.unread = 0;
    this.mentions = 0;
    /** The id after which everything is new; null without a line "new since". */
    this.newAfter = /** @type {number | null} */ (null);
    this.newTime = 0;
    this.draft = "";
    this.scroll = /** @type {number | null} */ (null);
  }

  /**
   * Add an item in the order of the ids; return false if it is there already.
   * @param {Omit<Item, "seq">} item
   */
  add(item) {
    if (item.kind === "said" && !this.isTalk) {
      if (this.ids.has(item.id)) return false;
      this.ids.add(item.id);
    }
    let place = this.items.length;
    while (place > 0 && this.items[place - 1].id > item.id) place--;
    this.items.splice(place, 0, { ...item, seq: ++sequence });
    return true;
  }

  /**
   * Record that somebody came or went; one line tells of many.
   * @param {"joined" | "left"} how
   * @param {string[]} names
   */
  addPresence(how, names) {
    if (this.isDetached || !this.isLoaded) return;
    const lastItem = this.items.at(-1);
    const line = lastItem?.kind === "came" ? lastItem : this.newPresence();
    line.names?.[how].push(...names);
    line.time = Date.now();
  }

  /** @returns {Item} */
  newPresence() {
    const id = this.items.at(-1)?.id ?? 0;
    this.add({ kind: "came", id, time: Date.now(), from: "", text: "", names: { joined: [], left: [] } });
    return /** @type {Item} */ (this.items.at(-1));
  }

  /** @param {string} text */
  addNote(text) {
    this.add({ kind: "note", id: this.items.at(-1)?.id ?? this.last, time: Date.now(), from: "", text });
  }

  /** Forget what was said, so that it is asked for again. */
  reset() {
    this.items = [];
    this.ids.clear();
    this.isLoaded = this.isTalk;
    this.hasMore = !this.isTalk;
    this.isDetached = this.isLoading = false;
  }

  /** Forget the oldest items; they can be asked for again. */
  trim() {
    if (this.items.length <= KEPT * 1.5 || this.isTalk) return false;
    for (const item of this.items.splice(0, this.items.length - KEPT)) this.ids.delete(item.id);
    this.hasMore = true;
    return true;
  }
}

export class Rooms {
  constructor() {
    /** @type {Map<string, Room>} */
    this.all = new Map();
    /** @type {Record<string, number>} */
    this.read = JSON.parse(localStorage.getItem(READ_KEY) ?? "{}");
  }

  /**
   * Return a room, made if it is not there.
   * @param {string} name
   * @param {boolean} isTalk
   * @returns {Room}
   */
  open(name, isTalk = false) {
    const key = keyOf(name, isTalk);
    let room = this.all.get(key);
    if (!room) {
      room = new Room(name, isTalk);
      this.all.set(key, room);
      this.save();
    }
    return room;
  }

  /**
   * @param {string} name
   * @returns {Room | undefined}
   */
  get(name, isTalk = false) {
    return this.all.get(keyOf(name, isTalk));
  }

  /** @param {Room} room */
  close(room) {
    this.all.delete(keyOf(room.name, room.isTalk));
    this.save();
  }

  /** @returns {Room[]} */
  get rooms() {
    return [...this.all.values()].filter((room) => !room.isTalk);
  }

  /** @returns {Room[]} */
  get talks() {
    return [...this.all.values()].filter((room) => room.isTalk);
  }

  /**
   * Record that everything in the room was seen.
   * @param {Room} room
   */
  markRead(room) {
    room.unread = room.mentions = 0;
    if (room.isTalk || this.read[room.name] === room.last) return;
    this.read[room.name] = room.last;
    localStorage.setItem(READ_KEY, JSON.stringify(this.read));
  }

  /** Forget all ids: the server has another journal. */
  forgetIds() {
    this.read = {};
    localStorage.removeItem(READ_KEY);
    for (const room of this.rooms) {
      room.reset();
      room.last = 0;
      room.newAfter = null;
    }
  }

  save() {
    localStorage.setItem(ROOMS_KEY, JSON.stringify(this.rooms.map((room) => room.name)));
  }

  /**
   * Return the names of the rooms of the last visit.
   * @returns {string[]}
   */
  static remembered() {
    return JSON.parse(localStorage.getItem(ROOMS_KEY) ?? "[]");
  }
}

/**
 * @param {string} name
 * @param {boolean} isTalk
 */
function keyOf(name, isTalk) {
  return (isTalk ? "@" : "") + fold(name);
}
