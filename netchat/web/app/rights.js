/** What the user may do: their roles, and where nobody reads what they say. */

import { shortTime } from "./time.js";

export class Rights {
  /** Whether the name is proved to be the user's. */
  account = false;
  /** @type {"open" | "owned" | "members"} */
  names = "open";
  /** @type {Record<string, import("./protocol.js").Role>} by room; "" is the server */
  #roles = {};
  /** @type {Map<string, number>} until when (milliseconds) the user is muted, by room; "" is the server */
  #muted = new Map();

  /** @param {import("./protocol.js").Welcome} welcome */
  begin({ account, roles, names }) {
    this.account = Boolean(account);
    this.#roles = { ...roles };
    this.names = names || "open";
    this.#muted.clear();
  }

  get isOperator() {
    return this.#roles[""] === "operator";
  }

  /**
   * Return the role of the user in a room: "" if there is none.
   * @param {string} room
   */
  role(room) {
    return this.isOperator ? "operator" : this.#roles[room] || "";
  }

  /**
   * Return whether the user keeps order in a room.
   * @param {import("./room.js").Room | null} room
   */
  moderates(room) {
    return Boolean(room) && !room?.isTalk && ["operator", "moderator"].includes(this.role(room?.name || ""));
  }

  /**
   * Return whether the user may delete a line of a room.
   * @param {import("./room.js").Room} room
   * @param {boolean} isOwn
   */
  deletes(room, isOwn) {
    return !room.isTalk && (this.moderates(room) || (isOwn && this.account));
  }

  /**
   * Something was done to the user.
   * @param {import("./protocol.js").Moderated} moderated
   */
  apply({ room, action, until }) {
    if (action === "mute") this.#muted.set(room, until ? Date.parse(until) : Infinity);
    else if (action === "unmute") this.#muted.delete(room);
    else if (action === "none") delete this.#roles[room];
    else if (action === "operator" || action === "moderator" || action === "member") this.#roles[room] = action;
  }

  /**
   * Return why nobody would read what the user says in a room, in a sentence, or "".
   * @param {import("./room.js").Room} room
   */
  closed(room) {
    const muted = Math.max(this.#mutedUntil(""), room.isTalk ? 0 : this.#mutedUntil(room.name));
    if (muted === Infinity) return "You are muted; a moderator can end that.";
    if (muted) return `You are muted until ${shortTime(muted)}.`;
    if (!this.account && this.names !== "open") return "Here only those speak who own their name; type /own to own yours.";
    if (room.isTalk || this.moderates(room)) return "";
    if (room.settings.readonly) return `Only moderators speak in ${room.name}; you can read it.`;
    if (room.settings.moderated && !this.role(room.name)) {
      return `Only members speak in ${room.name}; a moderator can make you one.`;
    }
    return "";
  }

  /** @param {string} room */
  #mutedUntil(room) {
    const until = this.#muted.get(room) || 0;
    return until > Date.now() ? until : 0;
  }
}
