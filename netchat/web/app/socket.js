/**
 * A WebSocket to the server that comes back by itself: after 1 s, doubling to 30 s with jitter, or
 * when the server says. A silent connection is asked whether it lives. When a tab that slept is shown
 * again, a connection that has been silent for long is given up at once.
 */

import { Emitter } from "./emitter.js";
import { SUBPROTOCOL } from "./protocol.js";

const FIRST_DELAY = 1000;
const MAX_DELAY = 30000;
const SILENCE = 25000;
const PATIENCE = 10000;
/** Milliseconds to wait for an answer when somebody is looking. */
const SHORT_PATIENCE = 4000;
/** No connection that lives is silent for so long, even if the browser slows the timers of the tab down. */
const DEAD = 120000;
const OPENING = 15000;

/** @typedef {"idle" | "connecting" | "open" | "waiting" | "stopped"} SocketState */

/**
 * Emits `open`, `message` (an object of the protocol), `lost`, and `state` whenever that changes.
 */
export class Socket extends Emitter {
  /** @type {SocketState} */
  state = "idle";
  /** When the next attempt is made, in milliseconds. */
  retryAt = 0;
  /** Whether a lost connection is made again; not while a person has to answer first. */
  persists = true;
  /** Why the server has closed, in its words. */
  reason = "";
  message = "";
  /** @type {WebSocket | null} */
  #socket = null;
  #delay = FIRST_DELAY;
  /** @type {number | null | undefined} seconds that the server wants us to wait; null: for ever */
  #wanted = undefined;
  #timer = 0;
  #watch = 0;
  /** When something was received last. */
  #heardAt = 0;

  constructor() {
    super();
    const wake = () => this.wake();
    addEventListener("online", wake);
    addEventListener("pageshow", wake);
    document.addEventListener("visibilitychange", wake);
  }

  /** Connect now, unless that is done or under way. */
  connect() {
    if (this.#socket) return;
    clearTimeout(this.#timer);
    this.#wanted = undefined;
    this.#set("connecting");
    const url = new URL("ws", location.href.replace(/[?#].*$/, ""));
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url, SUBPROTOCOL);
    this.#socket = socket;
    const late = setTimeout(() => this.#drop(socket), OPENING);
    socket.onopen = () => {
      clearTimeout(late);
      this.reason = this.message = "";
      this.#set("open");
      this.#listen();
      this.emit("open");
    };
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#receive(event.data);
    };
    socket.onclose = () => {
      clearTimeout(late);
      if (socket === this.#socket) this.#closed();
    };
  }

  /**
   * Send a request; false if there is no connection.
   * @param {object} request
   */
  send(request) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(request));
    return true;
  }

  /** The login succeeded: the next loss is a new one. */
  settle() {
    this.#delay = FIRST_DELAY;
  }

  /** Close, and do not come back. */
  stop() {
    this.#wanted = null;
    if (this.#socket) this.#socket.close(1000);
    else this.#closed();
  }

  /** Called when the device may have been away: ask the server, or come back now. */
  wake() {
    if (document.visibilityState === "hidden") return;
    if (this.#socket && this.state === "open") {
      if (Date.now() - this.#heardAt < DEAD) return this.#probe(SHORT_PATIENCE);
      this.#drop(this.#socket);
    }
    if (this.state === "waiting") this.connect();
  }

  /** @param {string} data */
  #receive(data) {
    this.#listen();
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (message.type === "closing") {
      this.reason = message.reason;
      this.message = message.message || "";
      this.#wanted = message.retry === null ? null : Number(message.retry) || 0;
    }
    this.emit("message", message);
  }

  #listen() {
    this.#heardAt = Date.now();
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#probe(), SILENCE);
  }

  #probe(patience = PATIENCE) {
    const socket = this.#socket;
    if (!socket || !this.send({ type: "ping" })) return;
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#drop(socket), patience);
  }

  /**
   * Give up a connection that does not answer; its own close may take minutes.
   * @param {WebSocket} socket
   */
  #drop(socket) {
    if (socket !== this.#socket) return;
    socket.onclose = null;
    socket.close();
    this.#closed();
  }

  #closed() {
    clearTimeout(this.#watch);
    clearTimeout(this.#timer);
    this.#socket = null;
    if (!this.persists) {
      this.#set("idle");
    } else if (this.#wanted === null) {
      this.#set("stopped");
    } else {
      const jitter = 0.8 + 0.4 * Math.random();
      const wait = Math.max(this.#delay * jitter, (this.#wanted || 0) * 1000 * jitter);
      this.#delay = Math.min(2 * this.#delay, MAX_DELAY);
      this.retryAt = Date.now() + wait;
      this.#timer = setTimeout(() => this.connect(), wait);
      this.#set("waiting");
    }
    this.emit("lost");
  }

  /** @param {SocketState} state */
  #set(state) {
    this.state = state;
    this.emit("state");
  }
}
