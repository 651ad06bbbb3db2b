/** Tells of new messages outside the page: title, icon, sound, and the browser's notifications. */

import { byId } from "./elements.js";

const LEVELS_KEY = "netchat.levels";
const SOUND_KEY = "netchat.sound";

/** @typedef {import("./rooms.js").Room} Room */

export class Notifier {
  constructor() {
    /** @type {Record<string, string>} */
    this.levels = JSON.parse(localStorage.getItem(LEVELS_KEY) ?? "{}");
    /** @type {Room | null} */
    this.room = null;
    this.sound = byId("sound");
    this.sound.checked = localStorage.getItem(SOUND_KEY) === "1";
    this.sound.addEventListener("change", () => {
      localStorage.setItem(SOUND_KEY, this.sound.checked ? "1" : "0");
      if (this.sound.checked) this.beep();
    });
    byId("level").addEventListener("change", (/** @type {any} */ event) => {
      if (!this.room) return;
      this.levels[this.room.name] = event.target.value;
      localStorage.setItem(LEVELS_KEY, JSON.stringify(this.levels));
    });
    byId("notify-button").addEventListener("click", () => Notification.requestPermission().then(() => this.showPermission()));
    this.showPermission();
  }

  /** @param {Room} room */
  show(room) {
    this.room = room;
    byId("level").value = this.levelOf(room);
  }

  /**
   * Return whether a message is to be told of: none, mentions or all of them.
   * @param {Room} room
   */
  levelOf(room) {
    return this.levels[room.name] ?? (room.isTalk ? "all" : "mentions");
  }

  /**
   * Tell of a message that nobody is looking at.
   * @param {Room} room
   * @param {{from: string, text: string, mention?: boolean}} said
   */
  tell(room, said) {
    const level = this.levelOf(room);
    if (level === "none" || (level === "mentions" && !said.mention)) return;
    if (this.sound.checked) this.beep();
    if (isSecureContext && "Notification" in window && Notification.permission === "granted") {
      try {
        const shown = new Notification(`${said.from} in ${room.name}`, { body: said.text, tag: room.name });
        shown.onclick = () => window.focus();
      } catch {
        // Chromium on Android has no notifications without a service worker.
      }
    }
  }

  /**
   * Show the counts in the title and in the icon.
   * @param {Iterable<Room>} rooms
   * @param {Room | null} current
   */
  count(rooms, current) {
    let unread = 0;
    let mentions = 0;
    for (const room of rooms) {
      if (this.levelOf(room) === "none") continue;
      unread += room.unread;
      mentions += room.mentions;
    }
    document.title = `${unread ? `(${unread}) ` : ""}${current ? `${current.name} – ` : ""}netchat`;
    const icon = mentions ? "icon-mention.svg" : unread ? "icon-unread.svg" : "icon.svg";
    const link = /** @type {HTMLLinkElement} */ (document.querySelector("link[rel=icon]"));
    if (link.getAttribute("href") !== icon) link.href = icon;
  }

  showPermission() {
    const isPossible = isSecureContext && "Notification" in window;
    byId("notify-button").hidden = !isPossible || Notification.permission !== "default";
    byId("notify-note").textContent = isPossible ? "" : "The browser shows notifications only over https.";
  }

  beep() {
    try {
      const context = new AudioContext();
      const tone = context.createOscillator();
      const volume = context.createGain();
      volume.gain.setValueAtTime(0.08, context.currentTime);
      volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + 0.2);
      tone.frequency.value = 740;
      tone.connect(volume).connect(context.destination);
      tone.onended = () => context.close();
      tone.start();
      tone.stop(context.currentTime + 0.2);
    } catch {
      // A browser without sound.
    }
  }
}
