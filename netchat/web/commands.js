/** The commands that people type, the same as in the text dialect. */

/**
 * What a typed text means: a message to `say`, or a command with the text after it.
 * @typedef {{command: string, text: string}} Typed
 */

/** @type {Record<string, {usage: string, purpose: string, needs?: boolean}>} */
export const COMMANDS = {
  help: { usage: "/help", purpose: "show this" },
  names: { usage: "/names", purpose: "who is in this room" },
  rooms: { usage: "/rooms", purpose: "which rooms there are" },
  join: { usage: "/join ROOM", purpose: "go into another room", needs: true },
  leave: { usage: "/leave", purpose: "leave this room" },
  nick: { usage: "/nick NAME", purpose: "change your name", needs: true },
  msg: { usage: "/msg NAME TEXT", purpose: "say it to one person only", needs: true },
  me: { usage: "/me TEXT", purpose: "say what you do", needs: true },
  topic: { usage: "/topic TEXT", purpose: "change the topic; - removes it", needs: true },
  search: { usage: "/search WORDS", purpose: "what was said with these words in it" },
  quit: { usage: "/quit", purpose: "leave the chat" },
};

/**
 * Return what a text means, or the sentence that says why it means nothing.
 * @param {string} text
 * @returns {Typed | string}
 */
export function parseTyped(text) {
  if (!text.startsWith("/")) return { command: "say", text };
  if (text.startsWith("//")) return { command: "say", text: text.slice(1) };
  const [, name, rest] = /** @type {RegExpExecArray} */ (/^\/(\S*)\s*([^]*)$/u.exec(text));
  const command = COMMANDS[name.toLowerCase()];
  if (!command) return `There is no command /${name}; type /help for the list, or //${name} to say it.`;
  const body = rest.trim();
  if (command.needs && !body) return `Type it as ${command.usage}: ${command.purpose}.`;
  return { command: name.toLowerCase(), text: body };
}
