/** Attention: the counts in the title and on the icon, sound, and the browser's notifications. */

import { announce, toast } from "./announce.js";
import { byId } from "./dom.js";
import { store, stored } from "./storage.js";
import { isLookedAt } from "./timeline.js";

/** @typedef {"all" | "mentions" | "none"} Level */

/** @returns {Record<string, Level>} what the user has chosen, by the keys of rooms */
export function levels() {
  return stored("browser", "levels", {});
}

/**
 * Return what the user wants to be told about a room; for many rooms, `chosen` is read once.
 * @param {import("./room.js").Room} room
 * @returns {Level}
 */
export function levelOf(room, chosen = levels()) {
  return chosen[room.key] || (room.isTalk ? "all" : "mentions");
}

/**
 * @param {import("./room.js").Room} room
 * @param {Level} level
 */
export function setLevel(room, level) {
  store("browser", "levels", { ...levels(), [room.key]: level });
}

/** Return why the browser cannot show notifications here, in a sentence, or "". */
export function whyNoNotifications() {
  if (!("Notification" in window)) return "This browser has no notifications; the title and the sound tell you.";
  if (!window.isSecureContext) {
    return "The browser shows notifications over https only; here the title and the sound tell you.";
  }
  return Notification.permission === "denied" ? "The browser does not allow notifications for this page." : "";
}

export function wantsSound() {
  return stored("browser", "sound", false);
}

export function wantsNotifications() {
  return stored("browser", "notify", false) && !whyNoNotifications();
}

/**
 * Store what the user wants, and ask the browser for leave if need be.
 * @param {boolean} sound
 * @param {boolean} notifications
 */
export async function setWants(sound, notifications) {
  store("browser", "sound", sound);
  store("browser", "notify", notifications);
  if (sound) beep();
  if (notifications && Notification.permission === "default") await Notification.requestPermission();
}

/** The browser's notifications that may be shown, with what they quote. @type {Map<Notification, {room: string, id: number}>} */
const notifications = new Map();

/** @type {AudioContext | null} */
let audio = null;

/** Two short soft tones. */
function beep() {
  try {
    audio ||= new AudioContext();
    void audio.resume();
    const now = audio.currentTime;
    for (const [at, tone] of [[0, 660], [0.09, 880]]) {
      const oscillator = audio.createOscillator();
      const gain = audio.createGain();
      oscillator.frequency.value = tone;
      gain.gain.setValueAtTime(0.0001, now + at);
      gain.gain.exponentialRampToValueAtTime(0.12, now + at + 0.015);
      gain.gain.exponentialRampToValueAtTime(0.0001, now + at + 0.16);
      oscillator.connect(gain).connect(audio.destination);
      oscillator.start(now + at);
      oscillator.stop(now + at + 0.18);
    }
  } catch {
    // No sound device, or none before the user has touched the page.
  }
}

/**
 * Keep the title and the icon up to date, and tell the user what happens out of sight.
 * @param {import("./conversation.js").Conversation} chat
 */
export function notifyAbout(chat) {
  let last = 0;
  let missed = false;
  addEventListener("focus", () => {
    if (!missed || stored("browser", "notify-told", false)) return;
    store("browser", "notify-told", true);
    toast(whyNoNotifications());
  });
  chat.on("deleted", ({ room, id }) => {
    for (const [shown, line] of notifications) if (line.room === room && line.id === id) shown.close();
  });
  chat.on("rooms", () => showCounts(chat));
  chat.on("current", () => showCounts(chat));
  chat.on("heard", ({ room, line, seen }) => {
    const level = levelOf(room);
    if (seen || line.from === chat.me || level === "none" || (level === "mentions" && !line.mention)) return;
    if (Date.now() - last < 1000) return;
    last = Date.now();
    missed ||= !isLookedAt() && Boolean(whyNoNotifications());
    if (wantsSound()) beep();
    if (room !== chat.current) announce(`${line.from} in ${room.name}: ${line.text}`);
    if (wantsNotifications() && !isLookedAt()) notification(chat, room, line);
  });
}

/**
 * @param {import("./conversation.js").Conversation} chat
 * @param {import("./room.js").Room} room
 * @param {import("./room.js").Said} line
 */
function notification(chat, room, line) {
  try {
    const title = room.isTalk ? line.from : `${line.from} in ${room.name}`;
    const shown = new Notification(title, { body: line.text, tag: room.key, icon: "icon.png" });
    notifications.set(shown, { room: room.isTalk ? "" : room.name, id: line.id });
    shown.onclose = () => notifications.delete(shown);
    shown.onclick = () => {
      window.focus();
      chat.show(room.key);
      shown.close();
    };
  } catch {
    // Phones show notifications by a service worker only.
  }
}

/** @param {import("./conversation.js").Conversation} chat */
function showCounts(chat) {
  let unread = 0;
  let mentions = 0;
  const chosen = levels();
  for (const room of chat.rooms.values()) {
    if (levelOf(room, chosen) === "none") continue;
    unread += room.unread;
    mentions += room.mentions;
  }
  const count = mentions ? `(@${mentions}) ` : unread ? `(${unread}) ` : "";
  document.title = `${count}${chat.current ? `${chat.current.name} – ` : ""}netchat`;
  const icon = mentions ? "icon-mention.png" : unread ? "icon-unread.png" : "icon.png";
  const link = byId("icon");
  if (link.getAttribute("href") !== icon) link.setAttribute("href", icon);
}
