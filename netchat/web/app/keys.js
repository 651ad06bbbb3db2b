/** The keys that work everywhere on the page. */

import { openDialog } from "./dialogs.js";

/**
 * @param {import("./conversation.js").Conversation} chat
 * @param {{jump: () => void, newest: () => void, closePanels: () => boolean, compose: () => void}} actions
 */
export function handleKeys(chat, actions) {
  document.addEventListener("keydown", (event) => {
    if (!chat.joined || event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]")) {
      if (isMod(event) && event.key.toLowerCase() === "k") event.preventDefault();
      return;
    }
    const target = /** @type {HTMLElement} */ (event.target);
    const typing = target.matches("input, textarea, select");
    if (isMod(event) && event.key.toLowerCase() === "k") {
      actions.jump();
    } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      move(chat, event.key === "ArrowUp" ? -1 : 1, event.shiftKey);
    } else if (event.key === "Escape") {
      if (!actions.closePanels()) {
        actions.newest();
        actions.compose();
      }
    } else if (event.key === "?" && (!typing || (target.id === "text" && !(/** @type {HTMLTextAreaElement} */ (target).value)))) {
      openDialog("help");
    } else if (!typing && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && !target.closest("button, a, summary")) {
      actions.compose(); // The letter lands in the field.
      return;
    } else {
      return;
    }
    event.preventDefault();
  });
}

/** @param {KeyboardEvent} event */
function isMod(event) {
  return (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
}

/**
 * @param {import("./conversation.js").Conversation} chat
 * @param {number} step
 * @param {boolean} unreadOnly
 */
function move(chat, step, unreadOnly) {
  const rooms = chat.list;
  const at = chat.current ? rooms.indexOf(chat.current) : 0;
  for (let count = 1; count <= rooms.length; count += 1) {
    const room = rooms[(at + step * count + rooms.length * count) % rooms.length];
    if (room !== chat.current && (!unreadOnly || room.unread)) return chat.show(room.key);
  }
  return undefined;
}
