/** A menu that opens at a button or a line: by arrows and Enter, or by pointing. */

import { byId, make, show } from "./dom.js";

/** @typedef {{label: string, act: () => void, danger?: boolean}} MenuItem */

const MARGIN = 8;

/** @type {() => void} */
let close = () => {};

/**
 * Open a menu at an element, which gets the focus back.
 * @param {HTMLElement} opener
 * @param {string} label what the menu is for
 * @param {MenuItem[]} items
 */
export function openMenu(opener, label, items) {
  close();
  const menu = byId("menu");
  menu.setAttribute("aria-label", label);
  menu.replaceChildren(...items.map(({ label: text, act, danger }) => {
    const item = make("button", { type: "button", role: "menuitem", tabindex: "-1", class: danger ? "choice danger" : "choice" }, text);
    item.addEventListener("click", () => {
      close();
      opener.focus({ preventScroll: true });
      act();
    });
    return item;
  }));
  show(menu, true);
  place(menu, opener.getBoundingClientRect());
  const controller = new AbortController();
  const { signal } = controller;
  opener.setAttribute("aria-expanded", "true");
  close = () => {
    controller.abort();
    opener.setAttribute("aria-expanded", "false");
    show(menu, false);
    close = () => {};
  };
  menu.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => key(event, menu, opener), { signal });
  addEventListener("pointerdown", (event) => {
    if (!menu.contains(/** @type {Node} */ (event.target))) close();
  }, { signal, capture: true });
  for (const gone of ["resize", "blur"]) addEventListener(gone, () => close(), { signal });
  menu.firstElementChild?.focus();
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} menu
 * @param {HTMLElement} opener
 */
function key(event, menu, opener) {
  const items = /** @type {HTMLElement[]} */ ([...menu.children]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (to !== undefined) items.at(to % items.length)?.focus();
  else if (event.key === "Escape" || event.key === "Tab") {
    close();
    opener.focus({ preventScroll: true });
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/**
 * Put the menu below its opener, or above it if there is no place.
 * @param {HTMLElement} menu
 * @param {DOMRect} at
 */
function place(menu, at) {
  const { offsetWidth: width, offsetHeight: height } = menu;
  const top = at.bottom + height + MARGIN > innerHeight ? Math.max(MARGIN, at.top - height) : at.bottom;
  menu.style.top = `${top}px`;
  menu.style.left = `${Math.max(MARGIN, Math.min(at.right - width, innerWidth - width - MARGIN))}px`;
}
