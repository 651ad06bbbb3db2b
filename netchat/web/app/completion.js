/** Completion in the composer: `@name`, `/command` and `:emoji:`, in a list above it. */

import { colourClass } from "./colours.js";
import { COMMANDS } from "./commands.js";
import { byId, make, show } from "./dom.js";
import { findEmoji } from "./emoji.js";
import { fold } from "./text.js";

const MOST = 8;

/** @typedef {{insert: string, label: string, detail: string, colour?: string}} Choice */

export class Completion {
  #chat;
  #field;
  #list = byId("complete");
  /** @type {Choice[]} */
  #choices = [];
  #at = 0;
  #start = 0;
  #asked = 0;

  /**
   * @param {import("./conversation.js").Conversation} chat
   * @param {HTMLTextAreaElement} field
   */
  constructor(chat, field) {
    this.#chat = chat;
    this.#field = field;
    this.#list.addEventListener("mousedown", (/** @type {MouseEvent} */ event) => {
      event.preventDefault(); // The focus stays in the field.
      const option = /** @type {HTMLElement} */ (event.target).closest("li");
      if (option) this.#accept([...this.#list.children].indexOf(option));
    });
    field.addEventListener("blur", () => this.close());
  }

  get isOpen() {
    return !this.#list.hidden;
  }

  close() {
    this.#asked += 1;
    show(this.#list, false);
    this.#field.removeAttribute("aria-activedescendant");
  }

  /**
   * Offer what can stand at the cursor. `isForced`: Tab was pressed, so a name needs no at sign.
   * @param {boolean} [isForced]
   */
  async update(isForced = false) {
    this.#asked += 1;
    const asked = this.#asked;
    const { value, selectionStart: end } = this.#field;
    const before = value.slice(0, end);
    const word = /(?:^|\s)([@:]?[^\s@:]*|\/\S*)$/.exec(before)?.[1] ?? "";
    const choices = await this.#find(word, end === word.length, isForced);
    if (asked !== this.#asked) return;
    this.#start = end - word.length;
    this.#choices = choices;
    if (!choices.length) this.close();
    else if (isForced && choices.length === 1) this.#accept(0);
    else this.#open();
  }

  /**
   * Take a key if it is for the list; return whether it was.
   * @param {KeyboardEvent} event
   */
  take(event) {
    if (!this.isOpen) return false;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) this.#mark((this.#at + move + this.#choices.length) % this.#choices.length);
    else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey)) this.#accept(this.#at);
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /**
   * @param {string} word
   * @param {boolean} atStart
   * @param {boolean} isForced
   * @returns {Promise<Choice[]>}
   */
  async #find(word, atStart, isForced) {
    if (word.startsWith("/") && atStart) {
      return Object.entries(COMMANDS).filter(([name]) => name.startsWith(word.slice(1).toLowerCase()))
        .filter(([name]) => `/${name}` !== word)
        .map(([name, { usage, purpose }]) => ({ insert: `/${name} `, label: usage, detail: purpose })).slice(0, 12);
    }
    if (word.startsWith(":") && word.length > 2) {
      const found = await findEmoji(word.slice(1).toLowerCase(), MOST);
      return found.map(([name, emoji]) => ({ insert: `${emoji} `, label: emoji, detail: `:${name}:` }));
    }
    if (word.startsWith("@") || (isForced && word)) {
      const wanted = fold(word.replace(/^@/, ""));
      const room = this.#chat.current;
      const names = room ? (room.isTalk ? [room.name] : [...room.names]) : [];
      return names.filter((name) => name !== this.#chat.me && fold(name).startsWith(wanted)).slice(0, MOST)
        .map((name) => ({ insert: `${name}${atStart ? ": " : " "}`, label: name, detail: "", colour: colourClass(name) }));
    }
    return [];
  }

  #open() {
    this.#list.replaceChildren(...this.#choices.map(({ label, detail, colour }, index) => make(
      "li", { role: "option", id: `choice-${index}`, class: "choice" },
      make("bdi", { class: colour || "" }, label), make("span", { class: "quiet small" }, detail),
    )));
    show(this.#list, true);
    this.#mark(0);
  }

  /** @param {number} at */
  #mark(at) {
    this.#at = at;
    [...this.#list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    this.#list.children[at]?.scrollIntoView({ block: "nearest" });
    this.#field.setAttribute("aria-activedescendant", `choice-${at}`);
  }

  /** @param {number} at */
  #accept(at) {
    const choice = this.#choices[at];
    if (!choice) return;
    this.#field.setRangeText(choice.insert, this.#start, this.#field.selectionStart, "end");
    this.close();
    this.#field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
