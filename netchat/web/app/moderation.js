/** The commands of those who keep order: /kick, /ban, /mute, /room and the others. */

import { leadingDuration, parsedDuration } from "./durations.js";
import { settingsText } from "./order.js";
import { rowButton, showReport } from "./report.js";
import { parsedTime, shortTime } from "./time.js";

/** @typedef {import("./commands.js").Desk} Desk */
/** @typedef {import("./commands.js").Command} Command */

const TALK = "This is a private talk; go to a room first.";

/** @type {Record<string, Command>} */
export const MODERATION = {
  announce: { usage: "/announce TEXT", purpose: "tell everybody on the server (operators)", run: announce },
  ban: { usage: "/ban WHO [DURATION] [REASON]", purpose: "keep somebody out: a name or an address, for 10m, 2h, 7d or for good", run: restrict("ban") },
  bans: { usage: "/bans", purpose: "who is banned or muted, and until when", run: ({ chat }) => askBans(chat) },
  delete: { usage: "/delete NAME|ID", purpose: "delete the last message of somebody, or any by its number; easier from its menu", run: remove },
  deop: { usage: "/deop NAME [ROLE]", purpose: "take a role away", run: role("deop") },
  kick: { usage: "/kick NAME [REASON]", purpose: "put somebody out, who may come back", run: kick },
  lock: { usage: "/lock [DURATION] [REASON]", purpose: "let no new people in (operators)", run: lock },
  mute: { usage: "/mute WHO [DURATION] [REASON]", purpose: "let somebody read only", run: restrict("mute") },
  op: { usage: "/op NAME [ROLE]", purpose: "make somebody moderator, member or operator", run: role("op") },
  room: { usage: "/room [private|readonly|moderated [off] | slow SECONDS | joins quiet|told]", purpose: "show or change how this room works", run: room },
  unban: { usage: "/unban WHO", purpose: "end a ban", run: end("unban") },
  unlock: { usage: "/unlock", purpose: "let new people in again", run: ({ chat }) => chat.demand({ type: "unlock" }) },
  unmute: { usage: "/unmute WHO", purpose: "end a mute", run: end("unmute") },
  who: { usage: "/who", purpose: "who is here, since when and how", run: who },
};

/**
 * Return the room of a command: for a ban or a mute by an operator the server ("*").
 * @param {Desk["chat"]} chat
 * @param {boolean} [isRestriction]
 */
function place({ current, rights }, isRestriction = false) {
  if (isRestriction && rights.isOperator) return "*";
  return current && !current.isTalk ? current.name : "";
}

/**
 * Return the first word of `text`, and the rest.
 * @param {string} text
 */
function firstWord(text) {
  const [, word, rest] = /** @type {RegExpMatchArray} */ (text.match(/^(\S*)\s*([\s\S]*)$/));
  return { word, rest };
}

/**
 * @param {"ban" | "mute"} type
 * @returns {Command["run"]}
 */
function restrict(type) {
  return ({ chat }, text) => {
    const { word: name, rest } = firstWord(text);
    if (!name) return false;
    const where = place(chat, true);
    if (!where) return { error: TALK };
    const { duration, rest: reason, error } = leadingDuration(rest);
    if (error) return { error };
    return chat.demand({ type, who: name, room: where, ...(duration ? { duration } : {}), ...(reason ? { reason } : {}) });
  };
}

/**
 * @param {"unban" | "unmute"} type
 * @returns {Command["run"]}
 */
function end(type) {
  return ({ chat }, name) => {
    if (!name) return false;
    const where = place(chat, true);
    return where ? chat.demand({ type, who: name, room: where }) : { error: TALK };
  };
}

/** @type {Command["run"]} */
function kick({ chat }, text) {
  const { word: name, rest: reason } = firstWord(text);
  if (!name) return false;
  const where = place(chat);
  return where ? chat.demand({ type: "kick", name, room: where, ...(reason ? { reason } : {}) }) : { error: TALK };
}

/**
 * @param {"op" | "deop"} type
 * @returns {Command["run"]}
 */
function role(type) {
  return ({ chat }, text) => {
    const { word: name, rest } = firstWord(text);
    const wanted = rest.toLowerCase();
    if (!name || !["", "operator", "moderator", "member"].includes(wanted)) return false;
    const where = place(chat);
    if (!where && wanted !== "operator") return { error: TALK };
    return chat.demand({ type, name, ...(wanted ? { role: wanted } : {}), ...(wanted === "operator" ? {} : { room: where }) });
  };
}

/** @type {Command["run"]} */
function announce({ chat }, text) {
  return text ? chat.demand({ type: "announce", text }) : false;
}

/** @type {Command["run"]} */
function remove({ chat }, text) {
  const { word, rest: reason } = firstWord(text);
  if (!word) return false;
  const id = Number(word.replace(/^#/, ""));
  const which = Number.isSafeInteger(id) && id > 0 ? { id } : { name: word };
  const where = place(chat);
  return where ? chat.demand({ type: "delete", room: where, ...which, ...(reason ? { reason } : {}) }) : { error: TALK };
}

/** @type {Command["run"]} */
function lock({ chat }, text) {
  const { duration, rest: reason, error } = leadingDuration(text);
  if (error) return { error };
  return chat.demand({ type: "lock", ...(duration ? { duration } : {}), ...(reason ? { reason } : {}) });
}

/** @type {Command["run"]} */
function room({ chat }, text) {
  const where = place(chat);
  if (!where) return { error: TALK };
  if (!text) {
    return chat.ask({ type: "room", room: where }, "room", (settings) => {
      if (settings.type === "room") chat.tell(`${where} is ${settingsText(settings)}`);
    });
  }
  const change = setting(text.toLowerCase().split(/\s+/));
  return change ? chat.demand({ type: "room", room: where, ...change }) : false;
}

/**
 * Return the change that the words after /room ask for; null if they ask for none.
 * @param {string[]} words
 * @returns {Record<string, boolean | number> | null}
 */
function setting([what, value = "", ...rest]) {
  if (rest.length) return null;
  if (what === "joins") return value === "quiet" || value === "told" ? { quiet: value === "quiet" } : null;
  if (what === "slow") {
    const seconds = value === "off" ? 0 : /^\d{1,9}$/.test(value) ? Number(value) : parsedDuration(value);
    return seconds >= 0 ? { slow: seconds } : null;
  }
  if (!["private", "readonly", "moderated"].includes(what) || !["", "on", "off"].includes(value)) return null;
  return { [what]: value !== "off" };
}

/** @type {Command["run"]} */
function who({ chat }) {
  const where = place(chat);
  if (!where) return { error: TALK };
  return chat.ask({ type: "who", room: where }, "who", (/** @type {import("./protocol.js").Who} */ { guests, more }) => {
    const withAddress = guests.some((guest) => guest.address);
    const columns = ["Name", "Owned", "By", "Since", "Idle", ...(withAddress ? ["Address"] : [])];
    const rows = guests.map(({ name, account, door, since, idle, address }) => [
      name, account ? "yes" : "", door, shortTime(parsedTime(since)), idleText(idle), ...(withAddress ? [address || ""] : []),
    ]);
    showReport(`Who is in ${where}${notShown(more)}`, columns, rows, "Nobody is here.");
  });
}

/** @param {number} more */
function notShown(more) {
  return more ? ` (${more} more are not shown)` : "";
}

/** @param {number} seconds */
function idleText(seconds) {
  if (seconds < 60) return "";
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** @param {Desk["chat"]} chat */
function askBans(chat) {
  const where = place(chat);
  const request = { type: "bans", ...(where ? { room: where } : {}) };
  chat.ask(request, "bans", (/** @type {import("./protocol.js").Bans} */ { bans, more }) => {
    const rows = bans.map(({ what, target, room: name, until, reason, by }) => {
      const type = what === "ban" ? "unban" : "unmute";
      const button = rowButton("End", `End the ${what} of ${target}`, (done) => {
        chat.ask({ type, who: target, room: name || "*" }, "done", done);
      });
      const end = until ? shortTime(Date.parse(until)) : "without end";
      return [target, what, name || "the server", end, reason, by, button];
    });
    showReport(`Bans and mutes${notShown(more)}`, ["Who", "What", "Where", "Until", "Why", "By", ""], rows, "Nobody is banned or muted.");
  });
}
