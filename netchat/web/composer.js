/** The field in which people type: sends, completes, and keeps a draft for each room. */

import { COMMANDS } from "./commands.js";
import { byId, make } from "./elements.js";
import { fold } from "./names.js";

/** How many lines of a paste are sent without a question. */
const UNASKED_LINES = 8;
const NEAR_LIMIT = 200;
const SHOWN = 8;
const DRAFTS_KEY = "netchat.drafts";
const encoder = new TextEncoder();

export class Composer {
  /** @param {{submit: (text: string) => boolean, names: () => string[], editLast: () => string | null}} user */
  constructor(user) {
    this.user = user;
    this.field = byId("text");
    this.note = byId("composer-note");
    this.options = byId("completion");
    this.limit = 4096;
    this.room = "";
    /** @type {Record<string, string>} */
    this.drafts = JSON.parse(sessionStorage.getItem(DRAFTS_KEY) ?? "{}");
    /** @type {string[]} */
    this.matches = [];
    this.chosen = 0;
    byId("composer").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.submit();
    });
    this.field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.keyPressed(event));
    this.field.addEventListener("input", () => this.changed());
    this.field.addEventListener("blur", () => setTimeout(() => this.closeOptions(), 150));
  }

  /**
   * Show the draft of another room.
   * @param {string} room
   * @param {string} label
   */
  show(room, label) {
    this.room = room;
    this.field.placeholder = `Message ${label}`;
    this.field.ariaLabel = `Message ${label}`;
    this.set(this.drafts[room] ?? "");
    this.say("");
  }

  /** @param {string} text */
  set(text) {
    this.field.value = text;
    this.changed();
  }

  /** @param {string} sentence */
  say(sentence) {
    this.note.textContent = sentence;
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  submit() {
    /** @type {string} */
    const text = this.field.value;
    if (!text.trim()) return;
    const lines = text.split(/\r?\n/u).filter((line) => line.trim());
    const long = lines.find((line) => encoder.encode(line).length > this.limit);
    if (this.limit && long) {
      this.say(`A line is longer than ${this.limit} bytes; make it shorter.`);
      return;
    }
    if (lines.length > UNASKED_LINES && !confirm(`Send this as ${lines.length} messages?`)) return;
    if (this.user.submit(lines.join("\n"))) this.set("");
    this.focus();
  }

  changed() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight + 2}px`;
    const text = this.field.value;
    if (text) this.drafts[this.room] = text;
    else delete this.drafts[this.room];
    sessionStorage.setItem(DRAFTS_KEY, JSON.stringify(this.drafts));
    const left = this.limit - encoder.encode(text).length;
    this.say(this.limit && left < NEAR_LIMIT && !text.includes("\n") ? (left < 0 ? `${-left} bytes too long` : `${left} bytes left`) : "");
    this.complete();
  }

  /** @param {KeyboardEvent} event */
  keyPressed(event) {
    if (event.isComposing) return;
    if (!this.options.hidden && this.optionKey(event)) {
      event.preventDefault();
      return;
    }
    const breaks = event.shiftKey || matchMedia("(pointer: coarse) and (max-width: 799px)").matches;
    if (event.key === "Enter" && !breaks) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "ArrowUp" && !this.field.value) {
      const last = this.user.editLast();
      if (last !== null) {
        event.preventDefault();
        this.set(last);
      }
    }
  }

  /** @param {KeyboardEvent} event */
  optionKey({ key }) {
    if (key === "ArrowDown" || key === "ArrowUp") {
      const step = key === "ArrowDown" ? 1 : this.matches.length - 1;
      this.chosen = (this.chosen + step) % this.matches.length;
      this.showOptions();
    } else if (key === "Tab" || (key === "Enter" && this.matches[this.chosen] !== this.word())) this.take(this.chosen);
    else if (key === "Escape") this.closeOptions();
    else return false;
    return true;
  }

  /** @returns {string} the word before the cursor */
  word() {
    const before = this.field.value.slice(0, this.field.selectionStart);
    return /\S*$/u.exec(before)?.[0] ?? "";
  }

  complete() {
    const word = this.word();
    const isFirst = this.field.selectionStart === word.length;
    if (word.startsWith("/") && isFirst) {
      this.matches = Object.keys(COMMANDS).map((name) => `/${name}`).filter((name) => name.startsWith(word.toLowerCase()));
    } else if (word.startsWith("@")) {
      const begun = fold(word.slice(1));
      this.matches = this.user.names().filter((name) => fold(name).startsWith(begun)).map((name) => `@${name}`);
    } else this.matches = [];
    this.matches = this.matches.slice(0, SHOWN);
    if (this.matches.length === 1 && this.matches[0] === word) this.matches = [];
    this.chosen = 0;
    this.showOptions();
  }

  showOptions() {
    this.options.hidden = !this.matches.length;
    this.options.replaceChildren(...this.matches.map((match, index) => this.option(match, index)));
  }

  /**
   * @param {string} match
   * @param {number} index
   */
  option(match, index) {
    const purpose = match.startsWith("/") ? COMMANDS[match.slice(1)]?.purpose : "";
    const element = make("li", "", make("bdi", "", match), " ", make("small", "", purpose));
    element.role = "option";
    element.ariaSelected = String(index === this.chosen);
    element.addEventListener("pointerdown", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.take(index);
    });
    return element;
  }

  /** @param {number} index */
  take(index) {
    const word = this.word();
    const at = this.field.selectionStart;
    this.field.setRangeText(`${this.matches[index]} `, at - word.length, at, "end");
    this.closeOptions();
    this.changed();
  }

  closeOptions() {
    this.matches = [];
    this.options.hidden = true;
  }
}
