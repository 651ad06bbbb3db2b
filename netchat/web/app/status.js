/** The state of the connection: a dot and a word, and a strip if it lasts. */

import { announce } from "./announce.js";
import { byId, show } from "./dom.js";

/** Milliseconds for which a lost connection is nobody's business. */
const PATIENCE = 2000;

/** @param {import("./conversation.js").Conversation} chat */
export function showStatus(chat) {
  let lostAt = 0;
  let timer = 0;
  const draw = () => {
    clearTimeout(timer);
    const online = chat.online;
    const text = word(chat);
    byId("self-name").textContent = chat.me;
    byId("dot").className = `dot ${online ? "on" : chat.socket.state === "stopped" ? "off" : "busy"}`;
    if (byId("state").textContent !== text) byId("state").textContent = text;
    lostAt = online ? 0 : lostAt || Date.now();
    const late = !online && (Date.now() - lostAt >= PATIENCE || chat.socket.state === "stopped");
    if (late === byId("strip").hidden) announce(late ? "The connection is lost. What you write is sent later." : "Connected again");
    show(byId("strip"), late);
    if (late) byId("strip-text").textContent = sentence(chat, text);
    if (!online) timer = setTimeout(draw, 250);
  };
  chat.on("state", draw);
  byId("retry").addEventListener("click", () => chat.socket.connect());
  draw();
}

/** @param {import("./conversation.js").Conversation} chat */
function word(chat) {
  if (chat.online) return "Connected";
  const { state, retryAt } = chat.socket;
  if (state === "waiting") return navigator.onLine ? `Back in ${seconds(retryAt)} s` : "Offline";
  return state === "stopped" ? "Offline" : "Connecting…";
}

/**
 * @param {import("./conversation.js").Conversation} chat
 * @param {string} text
 */
function sentence(chat, text) {
  const { state, reason, message } = chat.socket;
  if (state === "stopped" && reason === "replaced") return "This conversation goes on in another window.";
  if (state === "stopped") return message || "You have left the chat.";
  const waits = "What you write is sent then.";
  if (text === "Offline") return `This device is offline. ${waits}`;
  if (state === "waiting") return `${message || "The connection is lost."} ${text}. ${waits}`;
  return `${message || "The connection is lost."} Connecting… ${waits}`;
}

/** @param {number} at */
function seconds(at) {
  return Math.max(1, Math.ceil((at - Date.now()) / 1000));
}
