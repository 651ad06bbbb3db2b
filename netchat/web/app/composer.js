/** Where messages are written: grows to eight lines, keeps a draft per room, sends. */

import { Completion } from "./completion.js";
import { runCommand } from "./commands.js";
import { ask } from "./dialogs.js";
import { byId, isPhone } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { store, stored } from "./storage.js";
import { byteLength, fromWire, parts, toWire } from "./text.js";

/** From this share of the limit on, the count is shown. */
const NEAR = 0.8;

export class Composer {
  #chat;
  #desk;
  #timeline;
  #field = byId("text");
  #hint = byId("hint");
  #completion;
  #draftKey;
  /** @type {Record<string, string>} */
  #drafts;
  #timer = 0;
  #sending = false;

  /**
   * @param {import("./conversation.js").Conversation} chat
   * @param {import("./commands.js").Desk} desk
   * @param {import("./timeline.js").Timeline} timeline
   */
  constructor(chat, desk, timeline) {
    this.#chat = chat;
    this.#desk = desk;
    this.#timeline = timeline;
    this.#completion = new Completion(chat, this.#field);
    this.#draftKey = `draft.${chat.client}`;
    this.#drafts = stored("browser", this.#draftKey, {});
    byId("composer").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      void this.#send();
    });
    // The focus stays in the field, and with it the keyboard of a phone.
    byId("send").addEventListener("mousedown", (/** @type {Event} */ event) => event.preventDefault());
    this.#field.addEventListener("input", () => this.#changed(true));
    this.#field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.#key(event));
    chat.on("current", ({ room, before }) => this.#open(room, before));
    chat.on("rights", () => this.#showClosed());
    chat.on("moved", ({ room, before }) => {
      this.#drafts[room.key] = this.#drafts[before] || "";
      delete this.#drafts[before];
    });
    addEventListener("pagehide", () => this.#keep());
    document.addEventListener("visibilitychange", () => this.#keep());
  }

  focus() {
    this.#field.focus();
  }

  /** Take a message that is not sent back into the field. @param {string} nonce */
  edit(nonce) {
    const item = this.#chat.outbox.remove(nonce);
    if (!item) return;
    const text = (item.action ? "/me " : "") + fromWire(item.text);
    this.#field.value = text + (this.#field.value ? `\n${this.#field.value}` : "");
    this.#changed(false);
    this.focus();
    if (this.#chat.current) this.#chat.emit("room", this.#chat.current);
  }

  /**
   * @param {import("./room.js").Room | null} room
   * @param {import("./room.js").Room | null} before
   */
  #open(room, before) {
    if (before) this.#drafts[before.key] = this.#field.value;
    this.#field.value = room ? this.#drafts[room.key] || "" : "";
    this.#field.disabled = !room;
    this.#field.setAttribute("aria-label", room ? `Message ${room.name}` : "Message");
    this.#showClosed();
    this.#keep();
    this.#changed(false);
    if (!isPhone()) this.focus();
  }

  /** Say in the empty field why nobody would read what is typed, if that is so. */
  #showClosed() {
    const room = this.#chat.current;
    const invites = room ? `Message ${room.name}` : "Join a room to talk";
    this.#field.placeholder = (room && this.#chat.rights.closed(room)) || invites;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || this.#completion.take(event)) return;
    const isPlain = !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
    const sends = isPlain ? !isPhone() : event.ctrlKey || event.metaKey;
    if (event.key === "Enter" && sends) {
      event.preventDefault();
      void this.#send();
    } else if (event.key === "ArrowUp" && isPlain && !this.#field.value) {
      this.#editLast(event);
    } else if (event.key === "Tab" && isPlain) {
      this.#complete(event);
    }
  }

  /** @param {KeyboardEvent} event */
  #editLast(event) {
    const last = this.#unsent().at(-1);
    if (!last) return;
    event.preventDefault();
    this.edit(last.nonce);
  }

  /** Complete a name that was begun; elsewhere Tab moves on. @param {KeyboardEvent} event */
  #complete(event) {
    const start = this.#field.value.slice(0, this.#field.selectionStart).split(/\s/).at(-1).toLowerCase();
    const { current, me } = this.#chat;
    const names = start && current ? [...current.names] : [];
    if (!names.some((name) => name !== me && name.toLowerCase().startsWith(start))) return;
    event.preventDefault();
    void this.#completion.update(true);
  }

  #unsent() {
    const room = this.#chat.current;
    return room ? this.#chat.outbox.in(room.key).filter((item) => !item.sent && !item.tried) : [];
  }

  /** @param {boolean} isTyped */
  #changed(isTyped) {
    const field = this.#field;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
    this.#count();
    if (!isTyped) return;
    void this.#completion.update();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#keep(), 300);
  }

  #count() {
    const limit = this.#chat.limits.line;
    const size = byteLength(toWire(this.#field.value));
    const near = limit > 0 && size > NEAR * limit;
    const over = limit > 0 && size > limit;
    this.#hint.classList.toggle("error", over);
    this.#hint.textContent = near ? `${size.toLocaleString()} of ${limit.toLocaleString()} bytes` : "";
  }

  #keep() {
    clearTimeout(this.#timer);
    const room = this.#chat.current;
    if (room) this.#drafts[room.key] = this.#field.value;
    const drafts = Object.entries(this.#drafts).filter(([, text]) => text);
    store("browser", this.#draftKey, drafts.length ? Object.fromEntries(drafts) : null);
  }

  async #send() {
    if (this.#sending) return; // Another Enter, before the names of emoji are there or a question is answered.
    this.#sending = true;
    try {
      await this.#sendTyped();
    } finally {
      this.#sending = false;
    }
  }

  async #sendTyped() {
    const typed = this.#field.value;
    if (!typed.trim() || !this.#chat.current) return;
    this.#completion.close();
    const text = await withEmoji(typed);
    if (this.#field.value !== typed) return; // Something else is in the field by now.
    const { say, reply, error } = runCommand(this.#desk, text);
    const closed = say && this.#chat.current ? this.#chat.rights.closed(this.#chat.current) : "";
    if (error || closed) {
      this.#hint.textContent = error || closed;
      this.#hint.classList.add("error");
      return;
    }
    if (say && !(await this.#say(say, reply))) return;
    // A command may have shown another room, which has its own draft.
    if (this.#field.value === typed) this.#field.value = "";
    for (const [room, draft] of Object.entries(this.#drafts)) if (draft === typed) delete this.#drafts[room];
    this.#keep();
    this.#changed(false);
  }

  /**
   * Say `text` in the room that is shown; false if the user would rather not.
   * @param {string} text
   * @param {string} [reply] as for `Delivery.say`
   */
  async #say(text, reply) {
    const room = this.#chat.current;
    if (!room) return false;
    const messages = parts(text, this.#chat.limits.line);
    if (messages.length > 1) {
      const size = byteLength(toWire(text)).toLocaleString();
      const limit = this.#chat.limits.line.toLocaleString();
      const sentence = `This has ${size} bytes, and one message holds ${limit}. It can be sent in ${messages.length} messages.`;
      if (!(await ask("That is long", sentence, `Send ${messages.length} messages`, "Keep editing"))) return false;
    }
    for (const message of messages) this.#chat.delivery.say(room, message, false, reply);
    this.#timeline.follow();
    return true;
  }
}
