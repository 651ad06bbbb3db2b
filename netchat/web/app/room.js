/**
 * A room or a private talk: who is in it, and a window of its lines. The window is contiguous; it
 * ends at the newest line (`attached`), or, far up in the history, before it.
 */

import { fold } from "./text.js";

/**
 * @typedef {object} Said
 * @property {"said"} kind
 * @property {number} id
 * @property {number} time milliseconds
 * @property {string} from
 * @property {string} text
 * @property {boolean} action
 * @property {boolean} mention
 * @property {boolean} [deleted] its text is gone
 *
 * @typedef {object} Presence
 * @property {"presence"} kind
 * @property {number} id the key of the entry, and not that of a line
 * @property {number} time
 * @property {string[]} joined
 * @property {string[]} left
 *
 * @typedef {object} Notice
 * @property {"notice"} kind
 * @property {number} id as above
 * @property {number} time
 * @property {string} text
 *
 * @typedef {Said | Presence | Notice} Entry
 */

/** The most entries of a window; what is far away is dropped, and loaded again when it is wanted. */
const WINDOW = 500;
const TRIMMED = 400;
let entries = 0;

/** Return the key of an entry that is not a line. */
function entryKey() {
  entries += 1;
  return entries;
}

/**
 * Return an entry that tells `text`, now.
 * @param {string} text
 * @returns {Notice}
 */
export function notice(text) {
  return { kind: "notice", id: entryKey(), time: Date.now(), text };
}

export class Room {
  topic = "";
  /** @type {Set<string>} */
  names = new Set();
  /** Those of them who only listen. @type {Set<string>} */
  quiet = new Set();
  /** Who keeps order here, by name. @type {Map<string, "operator" | "moderator">} */
  roles = new Map();
  /** Another number whenever the names or the roles are others. */
  namesVersion = 0;
  /** @type {Entry[]} */
  lines = [];
  attached = true;
  moreAbove = true;
  /** @type {"" | "above" | "below" | "place"} */
  loading = "";
  /** The request of the page that is being loaded; the answer to any other is out of date. @type {object | null} */
  asked = null;
  joined = false;
  /** The id of the newest line. */
  last = 0;
  /** Lines up to this id were said while we were away, and are not read because they arrive. */
  missed = 0;
  /** The newest line that the user has seen; -1: not known yet. */
  read = -1;
  /** The "new since" line stands after this id; null: there is none. @type {number | null} */
  marker = null;
  mentions = 0;
  /** Whether this is a talk that the server keeps, so that its lines have the numbers of the user's private lines. */
  kept = false;
  /** @type {import("./protocol.js").RoomSettings} */
  settings = { private: false, readonly: false, moderated: false, slow: 0, quiet: false };

  /**
   * @param {string} name
   * @param {boolean} isTalk
   */
  constructor(name, isTalk) {
    this.name = name;
    this.isTalk = isTalk;
    this.key = Room.keyOf(name, isTalk);
  }

  /**
   * @param {string} name
   * @param {boolean} isTalk
   */
  static keyOf(name, isTalk) {
    return isTalk ? `@${fold(name)}` : `#${name}`;
  }

  /**
   * @param {Iterable<string>} names
   * @param {Iterable<string>} [quiet] those of them who only listen
   */
  setNames(names, quiet = []) {
    this.names = new Set(names);
    this.quiet = new Set(quiet);
    for (const name of this.roles.keys()) if (!this.names.has(name)) this.roles.delete(name);
    this.namesVersion += 1;
  }

  /**
   * Some of those who are here keep order, or no longer.
   * @param {Record<string, "operator" | "moderator" | "">} roles
   */
  showRoles(roles) {
    for (const [name, role] of Object.entries(roles)) {
      if (role) this.roles.set(name, role);
      else this.roles.delete(name);
    }
    this.namesVersion += 1;
  }

  get unread() {
    if (this.read < 0) return 0;
    if (!this.kept) return Math.max(0, this.last - this.read);
    // The numbers between belong to other talks.
    const at = this.lines.findLastIndex((line) => line.kind === "said" && line.id <= this.read);
    return this.lines.slice(at + 1).filter((line) => line.kind === "said").length;
  }

  /** The server keeps this talk from now on: what was said before has numbers below all of those that follow. */
  keep() {
    const said = this.lines.filter((line) => line.kind === "said");
    const read = said.filter((line) => line.id <= this.read).length;
    said.forEach((line, index) => {
      line.id = index + 1 - said.length;
    });
    this.kept = true;
    this.moreAbove = !said.length;
    this.last = 0;
    this.read = read - said.length;
    this.missed = 0;
    this.marker = null;
  }

  get first() {
    return /** @type {Said | undefined} */ (this.lines.find((line) => line.kind === "said"));
  }

  get newest() {
    return /** @type {Said | undefined} */ (this.lines.findLast((line) => line.kind === "said"));
  }

  /**
   * Return whether what follows the line `id` is in the window, or was never kept.
   * @param {number} id
   */
  reaches(id) {
    return !this.moreAbove || (this.first ? this.first.id <= id + 1 : false);
  }

  /**
   * Add a line that follows the newest one; false if it is known already.
   * @param {Said} line
   */
  append(line) {
    if (line.id <= this.last) return false;
    this.last = line.id;
    if (this.attached) this.lines.push(line);
    return true;
  }

  /**
   * Forget the text of a line; return the line as it was, if it is in the window.
   * @param {number} id
   */
  delete(id) {
    const at = this.lines.findIndex((line) => line.kind === "said" && line.id === id);
    if (at < 0) return undefined;
    const line = /** @type {Said} */ (this.lines[at]);
    this.lines[at] = { ...line, text: "", action: false, mention: false, deleted: true };
    if (line.mention && id > this.read) this.mentions -= 1;
    return line;
  }

  /**
   * Add an entry that has no id.
   * @param {Entry} entry
   */
  note(entry) {
    if (this.attached) this.lines.push(entry);
  }

  /**
   * Record who came and went, in the newest entry if that is of the same kind.
   * @param {"joined" | "left"} what
   * @param {string[]} names
   */
  presence(what, names) {
    const last = this.lines[this.lines.length - 1];
    const grows = this.attached && last?.kind === "presence" && last.joined.length + last.left.length < 1000;
    if (grows) last[what] = [...last[what], ...names];
    else this.note({ kind: "presence", id: entryKey(), time: Date.now(), joined: [], left: [], [what]: names });
  }

  /**
   * Put a page of history before the window, or after it.
   * @param {Said[]} page
   * @param {"above" | "below"} where
   */
  extend(page, where) {
    if (where === "above") {
      const first = this.first?.id ?? Infinity;
      this.lines = [...page.filter((line) => line.id < first), ...this.lines];
    } else {
      const last = this.newest?.id ?? 0;
      this.lines = [...this.lines, ...page.filter((line) => line.id > last)];
      this.attached = (this.newest?.id ?? 0) >= this.last;
    }
  }

  /**
   * Drop what is far away: above if the reader is at the bottom, else on the side away from them.
   * @param {"above" | "below"} side
   */
  trim(side) {
    if (this.lines.length <= WINDOW) return;
    if (side === "above") {
      this.lines = this.lines.slice(-TRIMMED);
      this.moreAbove = !this.isTalk || this.kept;
    } else if (!this.isTalk) {
      this.lines = this.lines.slice(0, TRIMMED);
      this.attached = false;
    }
  }

  /** Take no more lines into a window that is full while somebody reads above its end. */
  hold() {
    if (this.lines.length > WINDOW && !this.isTalk) this.attached = false;
  }

  /** The page that is being loaded is not wanted, or there. */
  stopLoading() {
    this.loading = "";
    this.asked = null;
  }

  /** Begin the window anew, at the newest line. */
  restart() {
    this.lines = [];
    this.attached = this.moreAbove = true;
    this.stopLoading();
  }

  /** Forget the lines; those of another journal have other ids. */
  clear() {
    this.restart();
    this.last = this.missed = 0;
    this.read = -1;
    this.marker = null;
    this.mentions = 0;
  }
}
