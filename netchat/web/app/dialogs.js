/** Dialogs: what all of them share, and a question. */

import { byId, isPhone } from "./dom.js";

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
