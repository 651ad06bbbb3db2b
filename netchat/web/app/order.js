/** What the server tells of accounts, roles and moderation: who did what to whom, and what is deleted. */

import { Room, notice } from "./room.js";
import { fold, sameName } from "./text.js";
import { shortTime } from "./time.js";

/** @type {Record<import("./protocol.js").ModerationAction, string>} */
const DONE = {
  kick: "removed NAME",
  ban: "banned NAME",
  unban: "ended the ban of NAME",
  mute: "muted NAME",
  unmute: "ended the mute of NAME",
  operator: "made NAME an operator",
  moderator: "made NAME a moderator",
  member: "made NAME a member",
  none: "took the role of NAME away",
};

export class Order {
  #chat;
  /** Ids whose text is gone, by room: a page of history may have been read before. @type {Map<string, Set<number>>} */
  #deleted = new Map();
  /** @type {Set<string>} the keys of the rooms whose settings are known or asked for */
  #known = new Set();
  /** @type {Set<string>} the folded names whose lines are not shown */
  ignored = new Set();
  /** @type {Map<string, string>} why people are away, by name */
  away = new Map();

  /** @param {import("./conversation.js").Conversation} chat */
  constructor(chat) {
    this.#chat = chat;
  }

  /** A new connection: who is away is told again. */
  begin() {
    this.away.clear();
    this.#known.clear();
  }

  /** Ask how a room works that is shown, once on each connection. @param {Room} room */
  learn(room) {
    if (room.isTalk || !room.joined || this.#known.has(room.key) || !this.#chat.online) return;
    this.#known.add(room.key);
    // A server that cannot tell it refuses what is said, too.
    this.#chat.requests.add({ request: { type: "room", room: room.name }, answer: "room" }, true);
  }

  /** @param {import("./protocol.js").Message} message */
  apply(message) {
    switch (message.type) {
      case "deleted": return this.#delete(message);
      case "moderated": return this.#moderated(message);
      case "roles": return this.#roles(message);
      case "room": return this.#room(message);
      case "announced": return this.#announced(message);
      case "locked": return this.#locked(message);
      case "owned": return this.#owned();
      case "away": return this.#away(message);
      case "ignored": return this.#ignored(message.names);
      case "account": return this.#ignored(message.ignored);
      default: return undefined;
    }
  }

  /**
   * Return whether the text of a line is gone.
   * @param {string} room
   * @param {number} id
   */
  isDeleted(room, id) {
    return this.#deleted.get(room)?.has(id) ?? false;
  }

  /** @param {string} name */
  ignores(name) {
    return this.ignored.size > 0 && this.ignored.has(fold(name));
  }

  /** @param {import("./protocol.js").Deleted} message */
  #delete({ room: name, id, by }) {
    const ids = this.#deleted.get(name) || new Set();
    this.#deleted.set(name, ids.add(id));
    const room = this.#chat.rooms.get(Room.keyOf(name, false));
    const line = room?.delete(id);
    this.#chat.emit("deleted", { room: name, id, by, from: line?.from || "", text: line?.text || "" });
    if (room) this.#chat.changed(room);
  }

  /** @param {import("./protocol.js").Moderated} message */
  #moderated(message) {
    const { room: name, action, by } = message;
    const isMine = sameName(message.name, this.#chat.me);
    if (isMine) this.#chat.rights.apply(message);
    const isRole = action === "operator" || action === "moderator" || action === "member";
    if (isMine && by === message.name && isRole) return this.#becomes(name, action);
    const sentence = moderatedText(message, isMine);
    this.#note(name, sentence);
    // The room goes away with its notes.
    if (isMine && (action === "kick" || action === "ban")) this.#chat.emit("problem", name ? `${sentence} (${name})` : sentence);
    if (isMine) this.#chat.emit("rights");
    return undefined;
  }

  /**
   * The user has made a room, or themselves something.
   * @param {string} name
   * @param {import("./protocol.js").Role} role
   */
  #becomes(name, role) {
    this.#note(name, name ? `You are a ${role} of ${name}.` : `You are an ${role} of the server.`);
    this.#chat.emit("rights");
  }

  /** @param {import("./protocol.js").RolesShown} message */
  #roles({ room: name, roles }) {
    const room = this.#chat.rooms.get(Room.keyOf(name, false));
    if (!room) return;
    room.showRoles(roles);
    this.#chat.changed(room);
  }

  /** @param {import("./protocol.js").RoomChanged} message */
  #room({ room: name, by, private: hidden, readonly, moderated, slow, quiet }) {
    const room = this.#chat.rooms.get(Room.keyOf(name, false));
    if (!room) return;
    room.settings = { private: hidden, readonly, moderated, slow, quiet };
    if (by) this.#note(name, `${by} changed this room: ${settingsText(room.settings)}`);
    this.#chat.emit("rights");
    this.#chat.changed(room);
  }

  /** @param {import("./protocol.js").Announced} message */
  #announced({ text, by }) {
    const sentence = `Announcement by ${by}: ${text}`;
    this.#note("", sentence);
    this.#chat.emit("announcement", sentence);
  }

  /** @param {import("./protocol.js").Locked} message */
  #locked({ on, by, until, reason }) {
    const end = until ? ` until ${shortTime(Date.parse(until))}` : "";
    this.#note("", on ? `${by} locked the server for new people${end}${reason ? `: ${reason}` : ""}` : `${by} unlocked the server`);
  }

  #owned() {
    this.#chat.rights.account = true;
    this.#chat.emit("rights");
  }

  /** @param {import("./protocol.js").Away} message */
  #away({ name, text }) {
    if (text) this.away.set(name, text);
    else this.away.delete(name);
    this.#chat.emit("people");
  }

  /** @param {string[]} names */
  #ignored(names) {
    this.ignored = new Set(names.map(fold));
    this.#chat.emit("people");
    if (this.#chat.current) this.#chat.emit("room", this.#chat.current);
  }

  /**
   * Note something in a room, or (room "") in the one that is shown.
   * @param {string} name
   * @param {string} text
   */
  #note(name, text) {
    const room = name ? this.#chat.rooms.get(Room.keyOf(name, false)) : this.#chat.current;
    if (!room) return;
    room.note(notice(text));
    this.#chat.changed(room);
  }
}

/**
 * Return who did what to whom, for how long and why, in words.
 * @param {import("./protocol.js").Moderated} message
 * @param {boolean} isMine whether it was done to the user
 */
function moderatedText({ room, action, name, by, until, reason }, isMine) {
  const what = (DONE[action] || `did ${action} to NAME`).replace("NAME", () => (isMine ? "you" : name));
  const where = room || action === "operator" ? "" : " on the server";
  const when = until ? ` until ${shortTime(Date.parse(until))}` : "";
  return `${by} ${what}${where}${when}${reason ? `: ${reason}` : ""}`;
}

/**
 * Return the settings of a room in words.
 * @param {import("./protocol.js").RoomSettings} settings
 */
export function settingsText({ private: hidden, readonly, moderated, slow, quiet }) {
  const words = [
    hidden && "private", readonly && "read-only", moderated && "moderated",
    slow && `one message in ${slow} s`, quiet && "joins are not told",
  ].filter(Boolean);
  return words.length ? words.join(", ") : "open to everybody";
}
