/**
 * Choosing a line: a button appears at the line under the pointer (or the finger), and with the focus
 * in the messages, Enter chooses the newest line in view, arrows another one, and Enter opens its menu.
 */

import { byId, make } from "./dom.js";

/**
 * @param {import("./conversation.js").Conversation} chat
 * @param {import("./pointing.js").Pointing} pointing
 */
export function pickLines(chat, pointing) {
  const [scroller, list] = [byId("scroller"), byId("lines")];
  const button = make("button", { type: "button", class: "line-menu icon-button", tabindex: "-1", "aria-haspopup": "menu" }, "⋯");
  /** @param {EventTarget | null} target @returns {HTMLElement | null} */
  const lineAt = (target) => /** @type {HTMLElement} */ (target).closest(".line[data-id]");
  /** @param {HTMLElement} line */
  const isFor = (line) => line.dataset.from !== chat.me || Boolean(chat.current && chat.rights.deletes(chat.current, true));
  /** @param {HTMLElement} line @param {HTMLElement} opener */
  const open = (line, opener) => pointing.line(opener, Number(line.dataset.id), line.dataset.from || "");
  list.addEventListener("pointerover", (/** @type {PointerEvent} */ event) => {
    const line = lineAt(event.target);
    if (!line || button.parentElement === line || !isFor(line) || chat.current?.isTalk) return;
    button.setAttribute("aria-label", `What can be done with this message of ${line.dataset.from}`);
    line.append(button);
  });
  scroller.addEventListener("pointerleave", () => {
    if (button.getAttribute("aria-expanded") !== "true") button.remove();
  });
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    const line = lineAt(button);
    if (line) open(line, button);
  });
  scroller.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const line = event.target === scroller ? null : lineAt(event.target);
    if (event.altKey || event.ctrlKey || event.metaKey || (event.target !== scroller && event.target !== line)) return;
    if (!line && event.key === "Enter") focus(newestInView(scroller, list));
    else if (line && event.key === "ArrowUp") focus(beside(line, "previousElementSibling"));
    else if (line && event.key === "ArrowDown") focus(beside(line, "nextElementSibling"));
    else if (line && (event.key === "Enter" || event.key === "ContextMenu")) open(line, line);
    else return;
    event.preventDefault();
  });
}

/** @param {HTMLElement | undefined | null} line */
function focus(line) {
  if (!line) return;
  line.tabIndex = -1;
  line.focus();
}

/**
 * @param {HTMLElement} scroller
 * @param {HTMLElement} list
 */
function newestInView(scroller, list) {
  const end = scroller.scrollTop + scroller.clientHeight;
  const lines = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".line[data-id]")]);
  return lines.findLast((line) => line.offsetTop + line.offsetHeight / 2 < end);
}

/**
 * @param {Element} line
 * @param {"previousElementSibling" | "nextElementSibling"} way
 */
function beside(line, way) {
  let next = line[way];
  while (next && !next.matches(".line[data-id]")) next = next[way];
  return /** @type {HTMLElement | null} */ (next);
}
