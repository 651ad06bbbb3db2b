/**
 * The conversation with the server: login, rooms, what is said and what was missed.
 *
 * Emits `state`, `login` (the name is granted), `refused` (an error for the login), `rooms` (the list
 * or a count changed), `room` (a room's lines, names or topic changed), `current` (another room is
 * shown), `heard` (a live line), `settled` (a line of ours is stored) and `problem` (a sentence).
 */

import { Emitter } from "./emitter.js";
import { Marks } from "./marks.js";
import { Outbox } from "./outbox.js";
import { Requests } from "./requests.js";
import { Room, entryKey } from "./room.js";
import { Socket } from "./socket.js";
import { store, stored } from "./storage.js";
import { loadTalks, saveTalks } from "./talks.js";
import { containsName } from "./text.js";
import { parsedTime } from "./time.js";

const PAGE = 100;
const FEW = 50;

export class Conversation extends Emitter {
  socket = new Socket();
  me = "";
  server = "";
  limits = { line: 4096, topic: 512, burst: 20 };
  /** Whether the server has granted the name once. */
  joined = false;
  /** @type {Map<string, Room>} */
  rooms = new Map();
  /** @type {Room | null} */
  current = null;
  /** Set by the page: whether the newest line of the current room is before the user's eyes. */
  sees = () => false;
  /** Set by the page: whether it stays at the newest line. */
  follows = () => true;
  #online = false;
  #password = "";
  #requests = new Requests((request) => this.socket.send(request));
  #marks = new Marks();

  /** @param {string} client */
  constructor(client) {
    super();
    this.client = client;
    this.outbox = new Outbox(client);
    for (const room of loadTalks()) this.rooms.set(room.key, room);
    this.socket.on("open", () => this.#hello());
    this.socket.on("message", (message) => this.#receive(message));
    this.socket.on("lost", () => this.#lost());
    this.socket.on("state", () => this.emit("state"));
    this.#marks.on("change", () => this.#readElsewhere());
  }

  /** Whether requests are answered at present. */
  get online() {
    return this.#online;
  }

  /** The rooms in the order of the list: rooms first, then talks. */
  get list() {
    const all = [...this.rooms.values()];
    return [...all.filter((room) => !room.isTalk), ...all.filter((room) => room.isTalk)];
  }

  /**
   * Join the chat; emits `login` or `refused`.
   * @param {string} name
   * @param {string} [password]
   */
  login(name, password) {
    this.me = name;
    if (password !== undefined) this.#password = password;
    if (this.socket.state === "open") this.#hello();
    else this.socket.connect();
  }

  /** Leave the chat for good. */
  quit() {
    store("tab", "session", null);
    this.socket.send({ type: "bye" });
    this.socket.stop();
  }

  #hello() {
    const hello = { type: "hello", name: this.me, client: this.client, agent: "netchat-page/1" };
    if (this.#password) Object.assign(hello, { password: this.#password });
    // Which room is the lobby is known when the server has told it once.
    if (this.#ownRooms().length) Object.assign(hello, { rooms: [] });
    this.socket.send(hello);
  }

  /** @returns {string[]} */
  #ownRooms() {
    if (this.joined) return this.list.filter((room) => !room.isTalk).map((room) => room.name);
    return stored("tab", "session", { rooms: [] }).rooms;
  }

  /** @param {any} message */
  #receive(message) {
    if (!this.#online && message.type === "error") {
      this.emit("refused", message);
      return;
    }
    this.#apply(message);
    const isAnswer = this.#requests.settle(message);
    if (message.type === "error" && !isAnswer) this.emit("problem", message.message);
  }

  /** @param {any} message */
  #apply(message) {
    switch (message.type) {
      case "welcome": return this.#welcome(message);
      case "entered": return this.#entered(message);
      case "said": return this.#said(message);
      case "told": return this.#told(message);
      case "joined": return this.#presence(message);
      case "left": return this.#presence(message);
      case "renamed": return this.#renamed(message);
      case "topic": return this.#topic(message);
      case "names": return this.#names(message);
      case "gap": return this.#gap(message);
      default: return undefined;
    }
  }

  /** @param {any} welcome */
  #welcome(welcome) {
    const rooms = this.#ownRooms();
    this.#online = true;
    this.me = welcome.name;
    this.server = welcome.server || "";
    this.limits = { ...this.limits, ...welcome.limits };
    this.socket.settle();
    this.#requests.begin(this.limits.burst);
    if (!this.#marks.begin(welcome.journal || "")) this.#forget();
    const current = this.current?.name || stored("tab", "session", { current: "" }).current;
    rooms.sort((one, other) => Number(other === current) - Number(one === current));
    const first = !this.joined;
    this.joined = true;
    store("browser", "name", this.me);
    for (const room of rooms) this.join(room, { background: room !== current, show: first && room === current });
    if (rooms.length) this.#deliver();
    this.emit("login", { motd: welcome.motd || [], first });
    this.emit("state");
  }

  /** The server has another journal: the ids that we have mean nothing in it. */
  #forget() {
    for (const room of this.rooms.values()) if (!room.isTalk) room.clear();
    if (this.current) this.emit("room", this.current);
  }

  #lost() {
    this.#online = false;
    for (const room of this.rooms.values()) room.loading = "";
    this.outbox.reset();
    if (this.current) this.emit("room", this.current);
    this.emit("state");
  }

  /**
   * Join a room, or only show it if we are in it.
   * @param {string} name
   * @param {{background?: boolean, show?: boolean}} [options]
   */
  join(name, { background = false, show = false } = {}) {
    const room = this.rooms.get(Room.keyOf(name, false));
    const known = room?.last || this.#marks.of(name);
    const request = { type: "join", room: name };
    if (known > 0) Object.assign(request, { after: known });
    /** @param {any} entered */
    const done = (entered) => {
      if (show) this.show(Room.keyOf(entered.room, false));
    };
    /** @param {{message: string}} error */
    const failed = (error) => {
      if (room) this.#remove(room);
      this.emit("problem", error.message);
    };
    this.#requests.add({ request, answer: "entered", done, failed }, background);
  }

  /**
   * Leave a room, or close a talk.
   * @param {Room} room
   */
  leave(room) {
    if (room.isTalk) {
      this.#remove(room);
      saveTalks(this.rooms.values());
    } else if (this.#online) {
      this.#requests.add({ request: { type: "leave", room: room.name }, answer: "left" });
    }
  }

  /** @param {any} entered */
  #entered({ room: name, topic, names, last }) {
    const room = this.#roomOf(name, false);
    const before = this.#marks.of(name);
    if (last < room.last) room.clear();
    room.joined = true;
    room.topic = topic;
    room.names = new Set(names);
    if (room.read < 0) room.read = before >= 0 ? Math.min(before, last) : last;
    // What was missed follows, from where we have it.
    if (room.last === 0) room.last = before > 0 ? Math.min(before, last) : last;
    this.#remember();
    if (!this.current) this.show(room.key);
    this.#changed(room);
    this.#fill(room);
    this.#deliver();
  }

  /**
   * Show a room.
   * @param {string} key
   */
  show(key) {
    const isTalk = key.startsWith("@");
    const room = isTalk ? this.#roomOf(key.slice(1), true) : this.rooms.get(key);
    if (!room || room === this.current) return;
    const before = this.current;
    if (before) before.marker = null;
    if (!room.attached) this.#reset(room);
    if (room.unread && room.marker === null) room.marker = room.read;
    this.current = room;
    this.#remember();
    this.#fill(room);
    this.emit("current", { room, before });
    this.emit("rooms");
  }

  /** Load earlier lines of a room that is shown and has few. @param {Room} room */
  #fill(room) {
    if (room === this.current && room.joined && room.lines.length < FEW) this.loadAbove(room);
  }

  /**
   * Load the page before the window.
   * @param {Room} room
   */
  loadAbove(room) {
    if (room.isTalk || !room.moreAbove || room.loading || !room.joined || !this.#online) return;
    const first = room.first?.id;
    if (first !== undefined && first <= 1) {
      room.moreAbove = false;
      this.emit("room", room);
      return;
    }
    room.loading = "above";
    this.#history(room, first === undefined ? {} : { before: first }, (page, more, gap) => {
      room.moreAbove = more;
      room.extend(page, "above");
      if (gap) room.lines.unshift(gap);
      const top = room.lines.find((line) => line.kind === "said");
      if (top && top.id <= 1) room.moreAbove = false;
      room.last = Math.max(room.last, room.newest?.id ?? 0);
    });
  }

  /**
   * Load the page after the window.
   * @param {Room} room
   */
  loadBelow(room) {
    if (room.attached || room.loading || !this.#online) return;
    room.loading = "below";
    this.#history(room, { after: room.newest?.id ?? 0 }, (page, more) => {
      room.extend(page, "below");
      if (!more) room.attached = true;
    });
  }

  /**
   * Load the lines around `id`, as the window.
   * @param {Room} room
   * @param {number} id
   * @param {() => void} done
   */
  loadPlace(room, id, done) {
    if (!this.#online) return;
    room.loading = "place";
    this.#history(room, { before: id + PAGE / 2 }, (page) => {
      room.lines = page;
      room.moreAbove = true;
      room.attached = (room.newest?.id ?? 0) >= room.last;
    }, done);
  }

  /** Make the window end at the newest line. @param {Room} room */
  toNewest(room) {
    if (room.attached) return;
    this.#reset(room);
    this.loadAbove(room);
    this.emit("room", room);
  }

  /** @param {Room} room */
  #reset(room) {
    room.lines = [];
    room.attached = room.moreAbove = true;
    room.loading = "";
  }

  /**
   * @param {Room} room
   * @param {object} range
   * @param {(page: import("./room.js").Said[], more: boolean, gap: any) => void} take
   * @param {() => void} [then]
   */
  #history(room, range, take, then) {
    const loading = room.loading;
    /** @type {any} */
    const request = { type: "history", room: room.name, limit: PAGE, ...range };
    /** @param {any} history */
    const done = (history) => {
      if (room.loading !== loading) return; // The window has been moved meanwhile.
      room.loading = "";
      take(history.lines.map((/** @type {any} */ line) => this.#line(line)), history.more, pending.gap);
      this.emit("room", room);
      then?.();
    };
    const failed = () => {
      room.loading = "";
      this.emit("room", room);
    };
    /** @type {any} */
    const pending = { request, answer: "history", done, failed };
    this.#requests.add(pending);
    this.emit("room", room);
  }

  /** @param {any} gap */
  #gap({ room: name, from, to, damaged }) {
    const room = this.rooms.get(Room.keyOf(name, false));
    if (!room || to < from) return;
    const what = from === to ? `Line ${from} is` : `Lines ${from} to ${to} are`;
    const text = damaged ? `${what} damaged and cannot be read.` : `${what} no longer kept.`;
    const entry = { kind: /** @type {const} */ ("notice"), id: entryKey(), time: Date.now(), text };
    /** @type {any} */
    const asked = this.#requests.outstanding("history", room.name);
    if (asked) asked.gap = entry;
    else room.note(entry);
    this.#changed(room);
  }

  /** @param {any} message @returns {import("./room.js").Said} */
  #line({ id, time, from, text, action }) {
    const mention = from !== this.me && containsName(text, this.me);
    return { kind: "said", id, time: parsedTime(time), from, text, action: Boolean(action), mention };
  }

  /** @param {any} message */
  #said(message) {
    if (message.nonce) this.#stored(message.nonce);
    const room = this.rooms.get(Room.keyOf(message.room, false));
    if (room) this.#add(room, this.#line(message));
  }

  /** @param {any} message */
  #told(message) {
    if (message.nonce) this.#stored(message.nonce);
    const other = message.from === this.me ? message.to : message.from;
    const room = this.#roomOf(other, true);
    const line = this.#line({ ...message, id: room.last + 1 });
    this.#add(room, { ...line, mention: message.from !== this.me });
    saveTalks(this.rooms.values());
  }

  /**
   * @param {Room} room
   * @param {import("./room.js").Said} line
   */
  #add(room, line) {
    const unread = line.id > room.last || line.id > room.read;
    const seen = room === this.current && this.sees();
    const before = room.last;
    if (!room.append(line)) return;
    if (line.from === this.me && room.read === before) {
      room.read = line.id;
    } else if (unread && !seen) {
      if (room.marker === null) room.marker = room.read;
      if (line.mention) room.mentions += 1;
    }
    if (room !== this.current || this.follows()) room.trim("above");
    else room.hold();
    if (seen) this.markRead(room);
    this.emit("heard", { room, line, seen });
    this.#changed(room);
  }

  /**
   * The user has seen all lines of the room.
   * @param {Room} room
   */
  markRead(room) {
    if (room.read >= room.last && !room.mentions) return;
    room.read = room.last;
    room.mentions = 0;
    if (!room.isTalk) this.#marks.set(room.name, room.read);
    this.emit("rooms");
  }

  #readElsewhere() {
    for (const room of this.rooms.values()) {
      if (!room.isTalk && room.joined && this.#marks.of(room.name) > room.read) {
        room.read = Math.min(this.#marks.of(room.name), room.last);
        if (!room.unread) room.mentions = 0;
      }
    }
    this.emit("rooms");
  }

  /** @param {any} message */
  #presence({ type, room: name, names }) {
    const room = this.rooms.get(Room.keyOf(name, false));
    if (!room) return;
    const others = names.filter((/** @type {string} */ each) => each !== this.me);
    for (const each of names) type === "joined" ? room.names.add(each) : room.names.delete(each);
    if (others.length < names.length && type === "left") return this.#remove(room);
    if (others.length) room.presence(type, others);
    this.#changed(room);
  }

  /** @param {Room} room */
  #remove(room) {
    this.rooms.delete(room.key);
    if (this.current === room) {
      this.current = null;
      const next = this.list[0];
      if (next) this.show(next.key);
      else this.emit("current", { room: null, before: room });
    }
    this.#remember();
    this.emit("rooms");
  }

  /** @param {any} message */
  #renamed({ name, to }) {
    if (name === this.me) {
      this.me = to;
      store("browser", "name", to);
      this.#remember();
      this.emit("state");
    }
    for (const room of this.rooms.values()) {
      const there = room.names.delete(name);
      if (there) room.names.add(to);
      if (there || (room.isTalk && room.name === name)) {
        room.note({ kind: "notice", id: entryKey(), time: Date.now(), text: `${name} is now ${to}` });
        this.#changed(room);
      }
    }
  }

  /** @param {any} message */
  #topic({ room: name, text, by }) {
    const room = this.rooms.get(Room.keyOf(name, false));
    if (!room) return;
    room.topic = text;
    const what = text ? `${by} changed the topic to: ${text}` : `${by} removed the topic`;
    if (by) room.note({ kind: "notice", id: entryKey(), time: Date.now(), text: what });
    this.#changed(room);
  }

  /** @param {any} message */
  #names({ room: name, names }) {
    const room = this.rooms.get(Room.keyOf(name, false));
    if (!room) return;
    room.names = new Set(names);
    this.#changed(room);
  }

  /**
   * Say something; it waits in the outbox until it is stored.
   * @param {Room} room
   * @param {string} text on one line
   * @param {boolean} [action]
   */
  say(room, text, action = false) {
    this.outbox.add(room, text, action);
    room.marker = null;
    this.emit("room", room);
    this.#deliver();
  }

  /** Say again what was refused. @param {string} nonce */
  retry(nonce) {
    const item = this.outbox.find(nonce);
    if (item) item.error = "";
    this.#deliver();
    if (this.current) this.emit("room", this.current);
  }

  #deliver() {
    if (!this.#online) return;
    for (const item of this.outbox.items) {
      const room = this.rooms.get(item.room);
      if (item.sent || item.error || !(item.talk || room?.joined)) continue;
      item.sent = true;
      const { nonce, text } = item;
      /** @type {any} */
      const request = item.talk ? { type: "tell", to: item.name, text, nonce } : { type: "say", room: item.name, text, nonce };
      if (item.action) request.action = true;
      /** @param {{message: string}} error */
      const failed = (error) => {
        item.sent = false;
        item.error = error.message;
        this.outbox.save();
        this.emit("problem", error.message);
        if (this.current) this.emit("room", this.current);
      };
      this.#requests.add({ request, answer: item.talk ? "told" : "said", failed });
    }
    this.outbox.save();
  }

  /** @param {string} nonce */
  #stored(nonce) {
    const item = this.outbox.remove(nonce);
    if (item) this.emit("settled", item);
  }

  /**
   * Ask the server something; `done` gets the answer, and a problem is told to the user.
   * @param {any} request
   * @param {string} answer
   * @param {(message: any) => void} [done]
   * @param {(error: {message: string}) => void} [failed]
   */
  ask(request, answer, done, failed = (error) => this.emit("problem", error.message)) {
    if (this.#online) this.#requests.add({ request, answer, done, failed });
    else failed({ message: "There is no connection to the server now; try again in a moment." });
  }

  /**
   * @param {string} name
   * @param {boolean} isTalk
   */
  #roomOf(name, isTalk) {
    const key = Room.keyOf(name, isTalk);
    let room = this.rooms.get(key);
    if (!room) {
      room = new Room(name, isTalk);
      if (isTalk) Object.assign(room, { read: 0, joined: true, moreAbove: false });
      this.rooms.set(key, room);
    }
    return room;
  }

  #remember() {
    const rooms = this.list.filter((room) => !room.isTalk).map((room) => room.name);
    store("tab", "session", { name: this.me, rooms, current: this.current?.name || "" });
  }

  /** @param {Room} room */
  #changed(room) {
    this.emit("room", room);
    this.emit("rooms");
  }
}
