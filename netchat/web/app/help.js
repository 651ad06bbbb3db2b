/** The list of keys and commands. */

import { COMMANDS } from "./commands.js";
import { byId, make } from "./dom.js";

/** @type {Array<[string, string]>} */
const KEYS = [
  ["Ctrl+K", "go to a room or a person"],
  ["Alt+↑ Alt+↓", "the room above, below"],
  ["Alt+Shift+↑ ↓", "the unread room above, below"],
  ["Esc", "to the newest message, all read"],
  ["Ctrl+F in a room", "the browser's search; /search finds all"],
  ["Enter", "send (on a phone: a new line)"],
  ["Shift+Enter", "a new line"],
  ["↑", "in an empty field: edit what is not sent yet"],
  ["Tab", "complete the name that you have begun"],
  ["@ / :", "complete a name, a command, an emoji"],
  ["Enter in the messages", "choose one; ↑ ↓ another one, Enter what can be done with it"],
  ["?", "this list"],
];

/** Write the list into its dialog. */
export function fillHelp() {
  const list = byId("help-list");
  const rows = [...KEYS, ...Object.values(COMMANDS).map(({ usage, purpose }) => [usage, purpose]), ["//text", "say /text"]];
  for (const [key, purpose] of rows) list.append(make("dt", {}, key), make("dd", {}, purpose));
}
