/** The panels beside the timeline, which are drawers on a narrow screen. */

import { byId, show } from "./dom.js";

const NARROW = matchMedia("(max-width: 49.99rem)");
const MEDIUM = matchMedia("(max-width: 68.74rem)");

export class Panels {
  /** @type {HTMLElement | null} */
  #opener = null;
  #onClose;

  /** @param {() => void} onClose called when a panel is closed by the user, to give the focus back */
  constructor(onClose) {
    this.#onClose = onClose;
    for (const name of ["side", "people", "search"]) {
      byId(`open-${name}`).addEventListener("click", () => this.toggle(name));
    }
    for (const close of document.querySelectorAll(".panel .close")) close.addEventListener("click", () => this.closeAll(true));
    byId("shade").addEventListener("click", () => this.closeAll(true));
    const settle = () => this.closeAll(false);
    NARROW.addEventListener("change", settle);
    MEDIUM.addEventListener("change", settle);
    settle();
  }

  /** @param {string} name "side", "people" or "search" */
  toggle(name) {
    if (this.#isOpen(name)) this.closeAll(true);
    else this.open(name);
  }

  /** @param {string} name */
  open(name) {
    this.closeAll(false);
    this.#opener = byId(`open-${name}`);
    this.#set(name, true);
    const panel = byId(name);
    if (name === "search") byId("search-words").focus();
    else if (this.#isDrawer(name)) panel.querySelector("button")?.focus();
    else if (name === "people") byId("people-list").focus();
  }

  /**
   * Close what is open; `isAsked`: by the user. Return whether anything was.
   * @param {boolean} isAsked
   */
  closeAll(isAsked) {
    const open = ["side", "people", "search"].filter((name) => this.#isOpen(name) && (name === "search" || this.#isDrawer(name)));
    for (const name of ["side", "people", "search"]) this.#set(name, name === "people" && !this.#isDrawer(name));
    if (isAsked && open.length) {
      if (this.#opener?.offsetParent) this.#opener.focus();
      else this.#onClose();
    }
    return open.length > 0;
  }

  /** @param {string} name */
  #isDrawer(name) {
    return name === "search" ? NARROW.matches : name === "side" ? NARROW.matches : MEDIUM.matches;
  }

  /** @param {string} name */
  #isOpen(name) {
    return byId(`open-${name}`).getAttribute("aria-expanded") === "true";
  }

  /** @param {string} name @param {boolean} isOpen */
  #set(name, isOpen) {
    byId(`open-${name}`).setAttribute("aria-expanded", String(isOpen));
    if (name === "search") {
      show(byId("search"), isOpen);
      if (!MEDIUM.matches) show(byId("people"), !isOpen);
    } else if (name === "people") {
      show(byId("people"), isOpen);
    }
    byId(name).classList.toggle("open", isOpen);
    const drawers = ["side", "people", "search"].some((each) => this.#isOpen(each) && this.#isDrawer(each));
    show(byId("shade"), drawers);
  }
}
