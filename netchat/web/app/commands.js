/** The commands that are typed, as in a terminal. */

import { MODERATION } from "./moderation.js";
import { PERSONAL } from "./personal.js";
import { toWire } from "./text.js";

/**
 * @typedef {object} Desk what commands act on
 * @property {import("./conversation.js").Conversation} chat
 * @property {(what: string) => void} open "account", "help", "jump", "people" or "search"
 * @property {(words: string) => void} search
 * @property {(wanted: {uses?: number, duration?: number}) => void} invite
 *
 * @typedef {{say?: string, reply?: string, error?: string}} Outcome what to say; `reply`: to who has written last, under this name
 *
 * @typedef {object} Command
 * @property {string} usage
 * @property {string} purpose
 * @property {(desk: Desk, text: string) => boolean | void | Outcome} run false: it is typed wrongly
 */

/** @type {Record<string, Command>} */
const BASIC = {
  help: { usage: "/help", purpose: "show keys and commands", run: (desk) => desk.open("help") },
  join: { usage: "/join ROOM", purpose: "go into another room", run: join },
  leave: { usage: "/leave", purpose: "leave this room", run: ({ chat }) => chat.current ? chat.membership.leave(chat.current) : false },
  me: { usage: "/me TEXT", purpose: "say what you do", run: act },
  msg: { usage: "/msg NAME TEXT", purpose: "say it to one person only", run: tell },
  names: { usage: "/names", purpose: "who is in this room", run: (desk) => desk.open("people") },
  nick: { usage: "/nick NAME", purpose: "change your name", run: rename },
  quit: { usage: "/quit", purpose: "leave the chat", run: ({ chat }) => chat.quit() },
  rooms: { usage: "/rooms", purpose: "which rooms there are", run: (desk) => desk.open("jump") },
  search: { usage: "/search WORDS", purpose: "what was said with these words in it", run: search },
  topic: { usage: "/topic TEXT", purpose: "change the topic; - removes it", run: topic },
};

/** All of them, in the order of their names. @type {Record<string, Command>} */
export const COMMANDS = Object.fromEntries(Object.entries({ ...BASIC, ...PERSONAL, ...MODERATION }).sort());

/**
 * Run what was typed if it is a command. Return "" if it was, what to say if it is none, and an
 * error, in a sentence, if it cannot be run.
 * @param {Desk} desk
 * @param {string} typed
 * @returns {Outcome}
 */
export function runCommand(desk, typed) {
  if (!typed.startsWith("/")) return { say: typed };
  if (typed.startsWith("//")) return { say: typed.slice(1) };
  const [, name, text] = /** @type {RegExpMatchArray} */ (typed.match(/^\/(\S*)\s*([\s\S]*)$/));
  const command = Object.hasOwn(COMMANDS, name.toLowerCase()) ? COMMANDS[name.toLowerCase()] : null;
  if (!command) return { error: `There is no command /${name}; /help shows them, and //${name} says it.` };
  const result = command.run(desk, text.trim());
  if (result === false) return { error: `Type it as ${command.usage}: ${command.purpose}.` };
  return typeof result === "object" ? result : {};
}

/** @param {Desk} desk @param {string} name */
function join({ chat }, name) {
  if (!name || /\s/.test(name)) return false;
  chat.membership.join(name);
  return undefined;
}

/** @param {Desk} desk @param {string} text */
function act({ chat }, text) {
  if (!text || !chat.current) return false;
  if (chat.current.isTalk) chat.delivery.say(chat.current, toWire(`* ${chat.me} ${text}`));
  else chat.delivery.say(chat.current, toWire(text), true);
  return undefined;
}

/** @param {Desk} desk @param {string} text */
function tell(desk, text) {
  const [, name, said] = text.match(/^(\S+)\s*([\s\S]*)$/) || ["", "", ""];
  if (!name) return false;
  desk.chat.show(`@${name}`);
  return said ? { say: said } : undefined;
}

/** @param {Desk} desk @param {string} name */
function rename({ chat }, name) {
  if (!name) return false;
  return chat.ask({ type: "rename", name }, "renamed");
}

/** @param {Desk} desk @param {string} words */
function search(desk, words) {
  return words ? desk.search(words) : desk.open("search");
}

/** @param {Desk} desk @param {string} text */
function topic({ chat }, text) {
  const room = chat.current;
  if (!text || !room || room.isTalk) return false;
  return chat.ask({ type: "topic", room: room.name, text: text === "-" ? "" : text }, "topic");
}
