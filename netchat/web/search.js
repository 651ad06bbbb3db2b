/** The search in a room, whose results lead to their place. */

import { byId, counted, make } from "./elements.js";
import { nameElement, textElement, timeElement } from "./message.js";

export class SearchPanel {
  /** @param {{search: (words: string) => boolean, open: (id: number) => void}} user */
  constructor(user) {
    this.user = user;
    this.panel = byId("search");
    this.words = byId("search-words");
    byId("search-button").addEventListener("click", () => this.toggle(this.panel.hidden));
    byId("search-close").addEventListener("click", () => this.toggle(false));
    byId("search-form").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.search(this.words.value.trim());
    });
  }

  /** @param {boolean} isOpen */
  toggle(isOpen) {
    this.panel.hidden = !isOpen;
    byId("search-button").ariaExpanded = String(isOpen);
    if (isOpen) this.words.focus();
    else {
      byId("found").replaceChildren();
      byId("search-status").textContent = "";
    }
  }

  /** @param {string} words */
  search(words) {
    if (!words) return;
    this.words.value = words;
    const isSent = this.user.search(words);
    byId("search-status").textContent = isSent ? "Searching…" : "You are offline; search again when connected.";
    byId("found").replaceChildren();
  }

  /** @param {{words: string, lines: any[], more: boolean}} found */
  show(found) {
    const { lines, words, more } = found;
    const count = more ? `The newest ${counted(lines.length, "message")}` : counted(lines.length, "message");
    byId("search-status").textContent = lines.length ? `${count} with “${words}”` : `Nothing in this room has “${words}” in it.`;
    byId("found").replaceChildren(...[...lines].reverse().map((line) => this.result(line)));
  }

  /** @param {any} line */
  result(line) {
    const time = Date.parse(line.time);
    const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }).format(time);
    const button = make("button", "result", nameElement(line.from), " ", textElement(line.text), " ", make("span", "when", `${date} `, timeElement(time)));
    button.querySelectorAll("a").forEach((/** @type {Element} */ link) => link.replaceWith(link.textContent ?? ""));
    button.addEventListener("click", () => this.user.open(line.id));
    return make("li", "", button);
  }
}
