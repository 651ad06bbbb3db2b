/** The search in a room: its results lead to their places. */

import { colourClass } from "./colours.js";
import { byId, make } from "./dom.js";
import { fromWire } from "./text.js";
import { parsedTime, shortTime, fullTime } from "./time.js";

const PAGE = 50;

/**
 * Make the panel work; return what searches for words.
 * @param {import("./conversation.js").Conversation} chat
 * @param {(room: import("./room.js").Room, id: number) => void} goTo
 * @returns {(words: string) => void}
 */
export function searchPanel(chat, goTo) {
  const [form, field, status, list] = [byId("search-form"), byId("search-words"), byId("search-status"), byId("search-results")];
  /** @type {import("./room.js").Room | null} */
  let room = null;
  let number = 0;
  const reset = () => {
    number += 1;
    list.replaceChildren();
    status.textContent = "";
  };
  /** @param {string} words @param {number} [before] */
  const search = (words, before) => {
    room = chat.current;
    if (!words || !room) return;
    if (room.isTalk) {
      status.textContent = "The server keeps no private messages, so there is nothing to search.";
      return;
    }
    if (!before) reset();
    const asked = number;
    const name = room.name;
    status.textContent = "Searching…";
    const request = { type: "search", room: name, words, limit: PAGE, ...(before ? { before } : {}) };
    chat.ask(request, "found", ({ lines, more }) => {
      if (asked !== number) return;
      list.querySelector(".more")?.remove();
      for (const line of lines.toReversed()) if (!chat.order.isDeleted(name, line.id)) list.append(result(line));
      const count = list.childElementCount;
      status.textContent = count
        ? `${count} ${count === 1 ? "message" : "messages"} in ${name}, newest first`
        : `No message in ${name} has “${words}” in it.`;
      if (more && lines.length) {
        const button = make("button", { type: "button", class: "row quiet-button" }, "Search further back");
        button.addEventListener("click", () => search(words, lines[0].id));
        list.append(make("li", { class: "more" }, button));
      }
    }, ({ message }) => {
      status.textContent = message;
    });
  };
  form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    search(field.value.trim());
  });
  list.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    if (button?.dataset.id && room) goTo(room, Number(button.dataset.id));
  });
  chat.on("deleted", ({ room: name, id }) => {
    if (room?.name === name) list.querySelector(`[data-id="${id}"]`)?.parentElement.remove();
  });
  chat.on("current", ({ room: current }) => {
    reset();
    const label = current ? `Search ${current.name}` : "Search";
    field.placeholder = label;
    field.setAttribute("aria-label", label);
  });
  return (words) => {
    field.value = words;
    search(words);
  };
}

/** @param {import("./protocol.js").SaidLine} line */
function result({ id, from, text, time }) {
  const at = parsedTime(time);
  const button = make("button", { type: "button", class: "row result" },
    make("span", { class: "result-head" }, make("bdi", { class: colourClass(from) }, from),
      make("time", { datetime: time, title: fullTime(at), class: "quiet small" }, shortTime(at))),
    make("span", { class: "result-text", dir: "auto" }, fromWire(text)));
  button.dataset.id = String(id);
  return make("li", {}, button);
}
