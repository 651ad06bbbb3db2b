/**
 * Choosing a line: a button appears at the line under the pointer (or the finger), and with the focus
 * in the messages, Enter chooses the newest line in view, arrows another one, and Enter opens its menu.
 */

import { byId, show } from "./dom.js";

/**
 * @param {import("./conversation.js").Conversation} chat
 * @param {import("./pointing.js").Pointing} pointing
 */
export function pickLines(chat, pointing) {
  const [scroller, list, button] = [byId("scroller"), byId("lines"), byId("line-menu")];
  let [id, from] = [0, ""];
  /** @param {EventTarget | null} target @returns {HTMLElement | null} */
  const lineAt = (target) => /** @type {HTMLElement} */ (target).closest(".line[data-id]");
  /** @param {HTMLElement} line @param {HTMLElement} opener */
  const open = (line, opener) => pointing.line(opener, Number(line.dataset.id), line.dataset.from || "");
  const hide = () => {
    if (button.getAttribute("aria-expanded") !== "true") show(button, false);
  };
  list.addEventListener("pointerover", (/** @type {PointerEvent} */ event) => {
    const line = lineAt(event.target);
    const name = line?.dataset.from || "";
    const room = chat.current;
    if (!line || !room || room.isTalk || (name === chat.me && !chat.rights.deletes(room, true))) return hide();
    [id, from] = [Number(line.dataset.id), name];
    button.setAttribute("aria-label", `What can be done with this message of ${name}`);
    button.style.top = `${Math.max(0, line.offsetTop - scroller.scrollTop - 4)}px`;
    return show(button, true);
  });
  byId("stage").addEventListener("pointerleave", hide);
  scroller.addEventListener("scroll", hide, { passive: true });
  chat.on("current", hide);
  button.addEventListener("click", () => pointing.line(button, id, from));
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
