/** The timeline: draws the current room, follows the newest line, and keeps the place of a reader. */

import { byId, make, show } from "./dom.js";
import { layout } from "./layout.js";
import { draw, looks } from "./lines.js";

/** So near to the end (in pixels) the timeline follows it. */
const NEAR = 48;

/** Emits nothing; calls `actions` for the buttons in lines. */
export class Timeline {
  #chat;
  #actions;
  #scroller = byId("scroller");
  #list = byId("lines");
  #pill = byId("pill");
  /** @type {Map<string, {looks: string, node: HTMLElement}>} */
  #drawn = new Map();
  #follows = true;
  #frame = 0;
  /** Of the scroller, when the timeline was placed last. */
  #height = 0;
  /** What the timeline is to show once it is there. @type {"" | "marker" | number} */
  #goal = "";

  /**
   * @param {import("./conversation.js").Conversation} chat
   * @param {{retry: (nonce: string) => void, edit: (nonce: string) => void}} actions
   */
  constructor(chat, actions) {
    this.#chat = chat;
    this.#actions = actions;
    chat.sees = () => this.#follows && Boolean(chat.current?.attached) && isLookedAt();
    chat.follows = () => this.#follows;
    chat.on("room", (room) => {
      if (room === chat.current) this.#later();
    });
    chat.on("current", ({ room }) => this.#open(room));
    chat.on("missed", (room) => {
      if (room === chat.current && this.#follows) this.#toMissed(room);
    });
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#pill.addEventListener("click", () => this.toNewest());
    this.#list.addEventListener("click", (/** @type {MouseEvent} */ event) => this.#clicked(event));
    this.#list.addEventListener("toggle", () => this.#resized(), true);
    new ResizeObserver(() => this.#resized()).observe(this.#scroller);
    for (const event of ["visibilitychange", "focus"]) {
      (event === "focus" ? window : document).addEventListener(event, () => this.#read());
    }
  }

  /** Go to the newest line, and drop the "new since" line. */
  toNewest() {
    const room = this.#chat.current;
    if (!room) return;
    room.marker = null;
    this.#goal = "";
    this.#follows = true;
    this.#chat.history.toNewest(room);
    this.#draw();
    this.#scroller.focus({ preventScroll: true });
  }

  /** Follow the newest line, as after saying something. */
  follow() {
    const room = this.#chat.current;
    if (!room) return;
    this.#follows = true;
    this.#goal = "";
    this.#chat.history.toNewest(room);
    this.#later();
  }

  /**
   * Show the line with this id of a room, and light it up.
   * @param {import("./room.js").Room} room
   * @param {number} id
   */
  toLine(room, id) {
    this.#chat.show(room.key);
    this.#follows = false;
    if (room.lines.some((line) => line.kind === "said" && line.id === id)) {
      this.#goal = id;
      this.#draw();
      return;
    }
    this.#chat.history.loadPlace(room, id, () => {
      this.#goal = id;
      this.#draw();
    });
  }

  /** @param {import("./room.js").Room | null} room */
  #open(room) {
    this.#drawn.clear();
    this.#list.replaceChildren();
    this.#goal = room && room.marker !== null ? "marker" : "";
    this.#follows = !this.#goal;
    this.#scroller.setAttribute("aria-label", room ? `Messages in ${room.name}` : "Messages");
    this.#draw();
  }

  /** Stay where the lines begin that were said while we were away. @param {import("./room.js").Room} room */
  #toMissed(room) {
    room.marker ??= room.read;
    this.#follows = false;
    this.#goal = "marker";
  }

  #later() {
    // A hidden page has no frames, and needs none.
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const room = this.#chat.current;
    if (!room) return;
    const anchor = this.#follows ? null : this.#anchor();
    const items = layout(room, this.#chat.outbox.in(room.key), (name) => this.#chat.order.ignores(name));
    this.#reconcile(items);
    this.#place(anchor, room);
    this.#showPill(room);
    this.#read();
    if (!room.loading) this.#load(room);
  }

  /** @param {import("./layout.js").Item[]} items */
  #reconcile(items) {
    const wanted = new Set(items.map((item) => item.key));
    for (const [key, { node }] of this.#drawn) {
      if (wanted.has(key)) continue;
      node.remove();
      this.#drawn.delete(key);
    }
    /** @type {Element | null} */
    let next = this.#list.firstElementChild;
    for (const item of items) {
      const look = looks(item);
      const drawn = this.#drawn.get(item.key);
      if (drawn?.looks === look) {
        if (drawn.node === next) next = next.nextElementSibling;
        else this.#list.insertBefore(drawn.node, next);
        continue;
      }
      const node = draw(item, this.#chat.me);
      node.dataset.key = item.key;
      if (drawn && drawn.node === next) next = next.nextElementSibling;
      if (drawn) drawn.node.replaceWith(node);
      this.#list.insertBefore(node, next);
      this.#drawn.set(item.key, { looks: look, node });
    }
  }

  /** Return the first line that is in view, and where. */
  #anchor() {
    const top = this.#scroller.scrollTop;
    for (const node of /** @type {Iterable<HTMLElement>} */ (this.#list.children)) {
      const isLine = node.classList.contains("line");
      if (isLine && node.offsetTop + node.offsetHeight > top) return { node, key: node.dataset.key || "", at: node.offsetTop - top };
    }
    return null;
  }

  /**
   * @param {{node: HTMLElement, key: string, at: number} | null} anchor
   * @param {import("./room.js").Room} room
   */
  #place(anchor, room) {
    if (this.#goal && this.#toGoal(room)) return;
    if (this.#follows) {
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
      return;
    }
    const node = anchor && this.#drawn.get(anchor.key)?.node;
    if (anchor && node) {
      const shift = node.offsetTop - this.#scroller.scrollTop - anchor.at;
      if (shift) this.#scroller.scrollTop += shift;
    }
  }

  /** @param {import("./room.js").Room} room */
  #toGoal(room) {
    const goal = this.#goal;
    const key = goal === "marker" ? "marker" : `said${goal}`;
    const node = this.#drawn.get(key)?.node;
    const isComplete = !room.loading && room.last >= room.missed;
    if (!node) {
      if (isComplete) [this.#goal, this.#follows] = ["", room.attached];
      return false;
    }
    const height = this.#scroller.clientHeight;
    this.#scroller.scrollTop = node.offsetTop - height * (goal === "marker" ? 0.2 : 0.4);
    // Until all is loaded, this is as near as we get.
    if (isComplete) this.#goal = "";
    this.#follows = isComplete && this.#isAtEnd() && room.attached;
    if (goal !== "marker") {
      node.classList.add("found");
      node.addEventListener("animationend", () => node.classList.remove("found"), { once: true });
      node.tabIndex = -1;
      node.focus({ preventScroll: true });
    }
    return true;
  }

  #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #scrolled() {
    const room = this.#chat.current;
    if (!room) return;
    // A composer that grows moves the end away; the user has not scrolled.
    if (this.#scroller.clientHeight !== this.#height) return this.#resized();
    if (!this.#goal) this.#follows = this.#isAtEnd() && room.attached;
    this.#read();
    this.#showPill(room);
    if (!room.loading) this.#load(room);
  }

  /** Load what comes next on the side that the reader is near, and drop the other. @param {import("./room.js").Room} room */
  #load(room) {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    const ahead = Math.max(clientHeight * 1.5, 800);
    if (scrollTop < ahead && room.moreAbove && !this.#follows) {
      room.trim("below");
      this.#chat.history.loadAbove(room);
    } else if (!room.attached && scrollHeight - scrollTop - clientHeight < ahead) {
      room.trim("above");
      this.#chat.history.loadBelow(room);
    }
  }

  #read() {
    const room = this.#chat.current;
    if (room && this.#chat.sees()) this.#chat.reading.markRead(room);
  }

  #resized() {
    this.#height = this.#scroller.clientHeight;
    if (this.#follows) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** @param {import("./room.js").Room} room */
  #showPill(room) {
    const count = room.unread;
    show(this.#pill, !this.#follows && (count > 0 || !this.#isAtEnd()));
    const text = count ? `${count} new below` : "Jump to the newest";
    if (this.#pill.textContent !== text) this.#pill.replaceChildren(text, make("span", { "aria-hidden": "true" }, " ↓"));
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    const nonce = button?.dataset.nonce;
    if (!nonce) return;
    if (button.dataset.do === "retry") this.#actions.retry(nonce);
    else this.#actions.edit(nonce);
  }
}

/** Return whether the page is before somebody's eyes. */
export function isLookedAt() {
  return document.visibilityState === "visible" && document.hasFocus();
}
