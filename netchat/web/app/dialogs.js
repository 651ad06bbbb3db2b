/** Dialogs: what all of them share, a question, and the list of keys. */

import { COMMANDS } from "./commands.js";
import { byId, isPhone, make } from "./dom.js";

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

/** Make the buttons of class `close` close their dialogs, and a click beside a dialog, too. */
export function prepareDialogs() {
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => {
      if (/** @type {HTMLElement} */ (event.target).closest(".close")) dialog.close();
    });
    // Where a click begins counts: a selection of text may end beside the dialog.
    dialog.addEventListener("pointerdown", (event) => {
      const { left, right, top, bottom } = dialog.getBoundingClientRect();
      const { clientX: x, clientY: y } = event;
      if (event.target === dialog && (x < left || x > right || y < top || y > bottom)) dialog.close();
    });
    dialog.addEventListener("close", () => {
      // What has opened it may be in a drawer that is closed now.
      if (document.activeElement === document.body && !isPhone()) byId("text").focus();
    });
  }
  const list = byId("help-list");
  const rows = [...KEYS, ...Object.values(COMMANDS).map(({ usage, purpose }) => [usage, purpose]), ["//text", "say /text"]];
  for (const [key, purpose] of rows) list.append(make("dt", {}, key), make("dd", {}, purpose));
}

/** @param {string} id */
export function openDialog(id) {
  const dialog = byId(id);
  if (!dialog.open) dialog.showModal();
}

/**
 * Ask a question; true if the answer is `yes`.
 * @param {string} title
 * @param {string} text
 * @param {string} yes
 * @param {string} no
 * @returns {Promise<boolean>}
 */
export function ask(title, text, yes, no) {
  const dialog = byId("ask");
  byId("ask-title").textContent = title;
  byId("ask-text").textContent = text;
  byId("ask-yes").textContent = yes;
  byId("ask-no").textContent = no;
  dialog.showModal();
  byId("ask-yes").focus();
  return new Promise((resolve) => {
    let answer = false;
    byId("ask-yes").onclick = () => {
      answer = true;
      dialog.close();
    };
    dialog.addEventListener("close", () => resolve(answer), { once: true });
  });
}
