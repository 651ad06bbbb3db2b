/** Says things: to screen readers through one polite live region, and to everybody in a short note. */

import { byId, make } from "./dom.js";

const KEPT = 4000;
const SHOWN = 8000;
const live = byId("live");

/**
 * Let a screen reader say `text` when it is silent.
 * @param {string} text
 */
export function announce(text) {
  const line = make("p", {}, text);
  live.append(line);
  while (live.childElementCount > 5) live.firstElementChild?.remove();
  setTimeout(() => line.remove(), KEPT);
}

/**
 * Show a sentence for some seconds, above the composer.
 * @param {string} text
 */
export function toast(text) {
  const toasts = byId("toasts");
  const note = make("p", { class: "toast", dir: "auto" }, text);
  const close = make("button", { type: "button", class: "icon-button", "aria-label": "Dismiss" }, "✕");
  close.addEventListener("click", () => note.remove());
  note.append(close);
  toasts.append(note);
  while (toasts.childElementCount > 3) toasts.firstElementChild?.remove();
  setTimeout(() => note.remove(), SHOWN);
  announce(text);
}

/**
 * Announce what is said in the room that is shown; of a crowd of lines, how many.
 * @param {import("./conversation.js").Conversation} chat
 */
export function announceLines(chat) {
  /** @type {Array<{room: string, id: number, text: string}>} */
  let waiting = [];
  chat.on("heard", ({ room, line }) => {
    if (room !== chat.current || line.from === chat.me) return;
    if (!waiting.length) {
      setTimeout(() => {
        if (waiting.length > 3) announce(`${waiting.length} new messages`);
        else waiting.forEach(({ text }) => announce(text));
        waiting = [];
      }, 300);
    }
    waiting.push({ room: room.name, id: line.id, text: `${line.from}: ${line.text}` });
  });
  chat.on("deleted", ({ room, id, by, from, text }) => {
    waiting = waiting.filter((each) => each.room !== room || each.id !== id);
    for (const said of text ? live.children : []) if (said.textContent.includes(text)) said.remove();
    if (from && room === chat.current?.name) announce(`${by} deleted a message of ${from}`);
  });
  chat.on("told", announce);
  chat.on("announcement", toast);
  chat.on("settled", () => announce("Stored"));
  chat.on("refusal", announce); // It stands beside the message, too.
  chat.on("problem", toast);
}
