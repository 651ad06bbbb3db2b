/**
 * The conversation with the server: login, rooms, what is said and what was missed.
 *
 * Emits `state`, `login` (the name is granted), `refused` (an error for the login), `rooms` (the list
 * or a count changed), `room` (a room's lines, names or topic changed), `current` (another room is
 * shown), `heard` (a live line), `settled` (a line of ours is stored), `refusal` (a line in the room
 * that is shown was refused) and `problem` (another refusal, in a sentence).
 */

import { Delivery } from "./delivery.js";
import { Emitter } from "./emitter.js";
import { History } from "./history.js";
import { Incoming } from "./incoming.js";
import { Marks } from "./marks.js";
import { Outbox } from "./outbox.js";
import { Reading } from "./reading.js";
import { Requests } from "./requests.js";
import { Room } from "./room.js";
import { Socket } from "./socket.js";
import { store, stored } from "./storage.js";
import { loadTalks, saveTalks } from "./talks.js";

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
  /** Whether requests are answered at present; set here only. */
  online = false;
  #password = "";
  requests = new Requests((request) => this.socket.send(request));
  marks = new Marks();
  history = new History(this);
  incoming = new Incoming(this);
  delivery = new Delivery(this);
  reading = new Reading(this);

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
    this.socket.persists = true;
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
    if (!this.online && message.type === "error") {
      this.socket.persists = false;
      this.emit("refused", message);
      return;
    }
    if (message.type === "welcome") this.#welcome(message);
    else if (message.type === "entered") this.#entered(message);
    else this.incoming.apply(message);
    const isAnswer = this.requests.settle(message);
    if (message.type === "error" && !isAnswer) this.emit("problem", message.message);
  }

  /** @param {any} welcome */
  #welcome(welcome) {
    const rooms = this.#ownRooms();
    this.online = true;
    this.me = welcome.name;
    this.server = welcome.server || "";
    this.limits = { ...this.limits, ...welcome.limits };
    this.socket.settle();
    this.requests.begin(this.limits.burst);
    if (!this.marks.begin(welcome.journal || "")) this.#forget();
    const current = this.current?.name || stored("tab", "session", { current: "" }).current;
    rooms.sort((one, other) => Number(other === current) - Number(one === current));
    const first = !this.joined;
    this.joined = true;
    store("browser", "name", this.me);
    for (const room of rooms) this.join(room, { background: room !== current, show: first && room === current });
    if (rooms.length) this.delivery.deliver();
    this.emit("login", { motd: welcome.motd || [], first });
    this.emit("state");
  }

  /** The server has another journal: the ids that we have mean nothing in it. */
  #forget() {
    for (const room of this.rooms.values()) if (!room.isTalk) room.clear();
    if (this.current) this.emit("room", this.current);
  }

  #lost() {
    this.online = false;
    for (const room of this.rooms.values()) Object.assign(room, { loading: "", joined: room.isTalk });
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
    const known = room?.last || this.marks.of(name);
    const request = { type: "join", room: name };
    if (known > 0) Object.assign(request, { after: known });
    /** @param {any} entered */
    const done = (entered) => {
      if (show) this.show(Room.keyOf(entered.room, false));
    };
    /** @param {{message: string}} error */
    const failed = (error) => {
      if (room) this.remove(room);
      this.emit("problem", error.message);
    };
    this.requests.add({ request, answer: "entered", done, failed }, background);
  }

  /**
   * Leave a room, or close a talk.
   * @param {Room} room
   */
  leave(room) {
    if (room.isTalk) {
      this.remove(room);
      saveTalks(this.rooms.values());
    } else if (this.online) {
      this.requests.add({ request: { type: "leave", room: room.name }, answer: "left" });
    }
  }

  /** @param {any} entered */
  #entered({ room: name, topic, names, last }) {
    const room = this.roomOf(name, false);
    const before = this.marks.of(name);
    if (last < room.last) room.clear();
    room.joined = true;
    room.topic = topic;
    room.setNames(names);
    if (room.read < 0) room.read = before >= 0 ? Math.min(before, last) : last;
    // What was missed follows, from where we have it.
    if (room.last === 0) room.last = before > 0 ? Math.min(before, last) : last;
    this.remember();
    if (!this.current) this.show(room.key);
    this.changed(room);
    this.history.fill(room);
    this.delivery.deliver();
  }

  /**
   * Show a room.
   * @param {string} key
   */
  show(key) {
    const isTalk = key.startsWith("@");
    const room = isTalk ? this.roomOf(key.slice(1), true) : this.rooms.get(key);
    if (!room || room === this.current) return;
    const before = this.current;
    if (before) before.marker = null;
    if (!room.attached) this.history.reset(room);
    if (room.unread && room.marker === null) room.marker = room.read;
    this.current = room;
    this.remember();
    this.history.fill(room);
    this.emit("current", { room, before });
    this.emit("rooms");
  }

  /** The user is in this room no longer. @param {Room} room */
  remove(room) {
    this.rooms.delete(room.key);
    if (this.current === room) {
      this.current = null;
      const next = this.list[0];
      if (next) this.show(next.key);
      else this.emit("current", { room: null, before: room });
    }
    this.remember();
    this.emit("rooms");
  }

  /**
   * Ask the server something; `done` gets the answer, and a problem is told to the user.
   * @param {any} request
   * @param {string} answer
   * @param {(message: any) => void} [done]
   * @param {(error: {message: string}) => void} [failed]
   */
  ask(request, answer, done, failed = (error) => this.emit("problem", error.message)) {
    if (this.online) this.requests.add({ request, answer, done, failed });
    else failed({ message: "There is no connection to the server now; try again in a moment." });
  }

  /**
   * Return the room or talk of this name; a new one if need be.
   * @param {string} name
   * @param {boolean} isTalk
   */
  roomOf(name, isTalk) {
    const key = Room.keyOf(name, isTalk);
    let room = this.rooms.get(key);
    if (!room) {
      room = new Room(name, isTalk);
      if (isTalk) Object.assign(room, { read: 0, joined: true, moreAbove: false });
      this.rooms.set(key, room);
    }
    return room;
  }

  /** Keep over a reload who the user is and where. */
  remember() {
    const rooms = this.list.filter((room) => !room.isTalk).map((room) => room.name);
    store("tab", "session", { name: this.me, rooms, current: this.current?.name || "" });
  }

  /** Tell that lines, names or the topic of the room have changed. @param {Room} room */
  changed(room) {
    this.emit("room", room);
    this.emit("rooms");
  }
}
