/**
 * The conversation with the server: login, requests, and which room is shown.
 *
 * Emits `state`, `login` (the name is granted), `refused` (an error for the login), `rooms` (the list
 * or a count changed), `room` (a room's lines, names or topic changed), `current` (another room is
 * shown), `missed` (lines follow that were said while we were away), `heard` (a live line), `settled` (a line of ours is stored), `refusal` (a line in the room
 * that is shown was refused), `problem` (another refusal, in a sentence), `rights` (what the user may
 * do, or where), `told` (a sentence that answers the user), `people` (who is away or ignored), `deleted` (the text of a line is gone) and
 * `announcement` (what an operator tells everybody, in a sentence).
 */

import { Authentication } from "./authentication.js";
import { Delivery } from "./delivery.js";
import { Emitter } from "./emitter.js";
import { History } from "./history.js";
import { Incoming } from "./incoming.js";
import { Marks } from "./marks.js";
import { Membership } from "./membership.js";
import { Order } from "./order.js";
import { Outbox } from "./outbox.js";
import { READ_NONCE, ReadMarks } from "./readmarks.js";
import { Reading } from "./reading.js";
import { OFFLINE, Requests } from "./requests.js";
import { Rights } from "./rights.js";
import { Room, notice } from "./room.js";
import { Socket } from "./socket.js";
import { store } from "./storage.js";
import { loadTalks, talkToDrop } from "./talks.js";

export class Conversation extends Emitter {
  socket = new Socket();
  me = "";
  /** The identifier of the server's journal. */
  journal = "";
  /** @type {import("./protocol.js").Limits} */
  limits = { line: 4096, topic: 512, burst: 20 };
  /** Who has written in private last, under which name, and the talk with them. @type {{from: string, talk: Room} | null} */
  lastTold = null;
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
  order = new Order(this);
  rights = new Rights();
  auth = new Authentication(this);
  delivery = new Delivery(this);
  reading = new Reading(this);
  readMarks = new ReadMarks(this);
  membership = new Membership(this);

  /** @param {string} client */
  constructor(client) {
    super();
    this.client = client;
    this.outbox = new Outbox(client);
    for (const room of loadTalks()) this.rooms.set(room.key, room);
    for (const { name, talk } of this.outbox.items) this.roomOf(name, talk);
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
    const hello = { type: "hello", name: this.me, client: this.client, agent: "netchat-page/1", ...this.readMarks.hello() };
    if (this.#password) Object.assign(hello, { password: this.#password });
    // Which room is the lobby is known when the server has told it once.
    if (this.membership.isKnown) Object.assign(hello, { rooms: [] });
    this.socket.send(hello);
  }

  /** @param {import("./protocol.js").Message} message */
  #receive(message) {
    if (!this.online && this.auth.take(message)) return;
    if (!this.online && message.type === "error") {
      this.socket.persists = false;
      this.emit("refused", message);
      return;
    }
    if (message.type === "welcome") this.#welcome(message);
    else if (message.type === "entered") this.membership.entered(message);
    else this.incoming.apply(message);
    const isAnswer = this.requests.settle(message);
    if (message.type === "error" && !isAnswer && message.nonce !== READ_NONCE) this.emit("problem", message.message);
  }

  /** @param {import("./protocol.js").Welcome} welcome */
  #welcome(welcome) {
    this.online = true;
    this.me = welcome.name;
    this.journal = welcome.journal || "";
    this.auth.succeeded();
    this.socket.persists = true;
    this.limits = { ...this.limits, ...welcome.limits };
    this.rights.begin(welcome);
    this.order.begin();
    this.readMarks.begin();
    this.socket.settle();
    this.requests.begin(this.limits.burst);
    if (!this.marks.begin(welcome.journal || "")) this.#forget();
    const first = !this.joined;
    this.membership.rejoin();
    this.joined = true;
    store("browser", "name", this.me);
    this.delivery.deliver();
    this.emit("login", { motd: welcome.motd || [], first });
    this.emit("rights");
    this.emit("state");
  }

  /** The server has another journal: the ids that we have mean nothing in it. */
  #forget() {
    for (const room of this.rooms.values()) if (!room.isTalk) room.clear();
    if (this.current) this.emit("room", this.current);
  }

  #lost() {
    this.online = false;
    this.auth.lost();
    for (const room of this.rooms.values()) {
      room.stopLoading();
      room.joined = room.isTalk;
    }
    this.requests.abandon();
    this.outbox.reset();
    if (this.current) this.emit("room", this.current);
    this.emit("state");
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
    if (!room.attached) room.restart();
    if (room.unread && room.marker === null) room.marker = room.read;
    this.current = room;
    if (room.marker !== null && !room.reaches(room.marker)) this.history.loadPlace(room, room.marker);
    this.membership.remember();
    this.history.fill(room);
    this.order.learn(room);
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
    this.membership.remember();
    this.emit("rooms");
  }

  /**
   * Ask the server something; `done` gets the answer, and a problem is told to the user.
   * @param {Record<string, any>} request
   * @param {string} answer
   * @param {(message: any) => void} [done]
   * @param {(error: {message: string}) => void} [failed]
   */
  ask(request, answer, done, failed = (error) => this.emit("problem", error.message)) {
    if (this.online) this.requests.add({ request, answer, done, failed });
    else failed({ message: OFFLINE });
  }

  /**
   * Ask the server to do something, and tell the user what it answers, if that is a sentence.
   * @param {Record<string, any>} request
   */
  demand(request) {
    this.ask(request, "done", ({ message }) => message && this.tell(message));
  }

  /** Note a sentence in the room that is shown. @param {string} text */
  tell(text) {
    if (!this.current) return;
    this.current.note(notice(text));
    this.emit("told", text);
    this.changed(this.current);
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
      if (isTalk) Object.assign(room, { read: 0, joined: true, kept: this.rights.account, moreAbove: this.rights.account });
      const dropped = isTalk ? talkToDrop(this.rooms.values(), (talk) => talk === this.current || this.outbox.in(talk.key).length > 0) : null;
      if (dropped) this.rooms.delete(dropped.key);
      this.rooms.set(key, room);
    }
    return room;
  }

  /**
   * The person of a talk has another name: what is said there goes on to them.
   * @param {Room} talk
   * @param {string} name
   */
  moveTalk(talk, name) {
    const before = talk.key;
    const key = Room.keyOf(name, true);
    if (key !== before && this.rooms.has(key)) return;
    this.rooms.delete(before);
    Object.assign(talk, { key, name });
    this.rooms.set(key, talk);
    this.outbox.move(before, talk);
    if (key !== before) this.emit("moved", { room: talk, before });
  }

  /** Tell that lines, names or the topic of the room have changed. @param {Room} room */
  changed(room) {
    this.emit("room", room);
    this.emit("rooms");
  }
}
