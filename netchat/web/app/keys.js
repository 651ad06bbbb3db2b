/** The keys that work everywhere on the page. */

import { openDialog } from "./dialogs.js";

/** @typedef {{jump: () => void, newest: () => void, closePanels: () => boolean, compose: () => void}} Actions */

/**
 * @param {import("./conversation.js").Conversation} chat
 * @param {Actions} actions
 */
export function handleKeys(chat, actions) {
  document.addEventListener("keydown", (event) => {
    const isJump = isMod(event) && event.key.toLowerCase() === "k";
    if (isJump) event.preventDefault();
    if (!chat.joined || event.isComposing || document.querySelector("dialog[open]")) return;
    if (isJump) actions.jump();
    else if (!event.defaultPrevented && act(chat, actions, event)) event.preventDefault();
  });
}

/**
 * Do what the key is for; false if it is for nothing, or has still to reach the field.
 * @param {import("./conversation.js").Conversation} chat
 * @param {Actions} actions
 * @param {KeyboardEvent} event
 */
function act(chat, actions, event) {
  const isArrow = event.key === "ArrowUp" || event.key === "ArrowDown";
  if (event.altKey && isArrow) {
    move(chat, event.key === "ArrowUp" ? -1 : 1, event.shiftKey);
  } else if (event.key === "Escape") {
    if (!actions.closePanels()) {
      actions.newest();
      actions.compose();
    }
  } else if (event.key === "?" && !isTyping(event)) {
    openDialog("help");
  } else {
    if (isLetter(event) && !isTyping(event)) actions.compose(); // The letter lands in the field.
    return false;
  }
  return true;
}

/**
 * Return whether the key is for a field that has a text.
 * @param {KeyboardEvent} event
 */
function isTyping(event) {
  const target = /** @type {HTMLTextAreaElement} */ (event.target);
  return target.id === "text" ? Boolean(target.value) : target.matches("input, textarea, select");
}

/** @param {KeyboardEvent} event */
function isLetter(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
  return isPlain && event.key.length === 1 && !target.closest("button, a, summary");
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
