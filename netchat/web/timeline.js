/** Shows the messages of one room: follows at the bottom, and keeps its place elsewhere. */

import { byId, counted, make } from "./elements.js";
import { clockTime, elementsOf, nameElement, textElement } from "./message.js";

/** How near to the end counts as the bottom, and to the start as a reason to load, in pixels. */
const NEAR_END = 40;
const NEAR_START = 600;

/** @typedef {import("./rooms.js").Room} Room */
/** @typedef {import("./outbox.js").Unstored} Unstored */

export class Timeline {
  /**
   * @param {{loadEarlier: (room: Room) => void, loadLater: (room: Room) => void, onBottom: (room: Room) => void,
   *   newest: (room: Room) => void, takeBack: (nonce: string, edit: boolean) => void}} user
   */
  constructor(user) {
    this.user = user;
    this.scroller = byId("scroller");
    this.list = byId("messages");
    this.pendingList = byId("pending");
    this.pill = byId("pill");
    /** @type {Room | null} */
    this.room = null;
    this.me = "";
    this.below = 0;
    this.isFollowing = true;
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.pill.addEventListener("click", () => this.toNewest());
    new ResizeObserver(() => this.isFollowing && this.toBottom()).observe(this.scroller);
  }

  /**
   * Show another room, at the place where it was left or at what is new.
   * @param {Room} room
   */
  show(room) {
    if (this.room) this.room.scroll = this.isFollowing ? null : this.scroller.scrollTop;
    this.room = room;
    this.below = 0;
    this.render();
    const marker = this.list.querySelector(".new");
    this.isFollowing = true;
    if (marker && marker.offsetTop < this.list.scrollHeight - this.scroller.clientHeight) {
      this.scroller.scrollTop = marker.offsetTop - 48;
      this.isFollowing = this.isAtEnd();
    } else if (room.scroll !== null) {
      this.scroller.scrollTop = room.scroll;
      this.isFollowing = this.isAtEnd();
    } else this.toBottom();
    this.updatePill();
    if (this.isFollowing) this.user.onBottom(room);
    this.fill();
  }

  /** Draw all items anew, with what is in view kept in its place. */
  refresh() {
    const anchor = this.isFollowing ? null : this.anchor();
    this.render();
    if (anchor) {
      const element = this.list.querySelector(`[data-seq="${anchor.seq}"]`);
      if (element) this.scroller.scrollTop += element.getBoundingClientRect().top - anchor.top;
    } else this.toBottom();
    this.updatePill();
    this.fill();
  }

  /** Draw the item that was added last. */
  append() {
    const room = this.room;
    if (!room) return;
    if (room.isDetached) {
      this.below++;
      this.updatePill();
      return;
    }
    const items = room.items;
    const item = items[items.length - 1];
    if (this.isFollowing && room.trim()) return this.refresh();
    this.list.append(...elementsOf(item, items[items.length - 2], this.me));
    byId("empty").hidden = true;
    if (this.isFollowing) this.toBottom();
    else if (item.kind === "said") {
      this.below++;
      this.updatePill();
    }
  }

  /**
   * Draw the messages that are not stored yet.
   * @param {Unstored[]} messages
   */
  showPending(messages) {
    this.pendingList.replaceChildren(...messages.map((message) => this.pending(message)));
    this.pendingList.hidden = !messages.length;
    this.showEmpty();
    if (this.isFollowing) this.toBottom();
  }

  /** Go to the newest message. */
  toNewest() {
    if (!this.room) return;
    if (this.room.isDetached) this.user.newest(this.room);
    this.isFollowing = true;
    this.toBottom();
    this.scrolled();
  }

  /**
   * Put the message with this id in the middle, and mark it for a moment.
   * @param {number} id
   */
  toMessage(id) {
    const element = this.list.querySelector(`[data-id="${id}"]`);
    if (!element) return;
    this.isFollowing = false;
    element.scrollIntoView({ block: "center" });
    element.classList.add("sought");
    setTimeout(() => element.classList.remove("sought"), 3000);
    this.updatePill();
  }

  render() {
    const room = this.room;
    if (!room) return;
    const elements = [];
    let before;
    let isMarked = room.newAfter === null;
    for (const item of room.items) {
      if (!isMarked && item.kind === "said" && item.id > /** @type {number} */ (room.newAfter)) {
        isMarked = true;
        if (before) elements.push(make("li", "new", make("span", "", `new since ${clockTime(before.time)}`)));
      }
      elements.push(...elementsOf(item, before, this.me));
      before = item;
    }
    this.list.replaceChildren(...elements);
    byId("loading").hidden = !(room.isLoading && room.isLoaded);
    this.showEmpty();
  }

  showEmpty() {
    const room = this.room;
    const empty = byId("empty");
    const nothing = room && room.isLoaded && !room.items.some((item) => item.kind === "said");
    empty.hidden = !nothing || this.pendingList.childElementCount > 0;
    if (nothing) {
      empty.textContent = room.isTalk
        ? `Only you and ${room.name} read this. It is not stored.`
        : `Nothing was said in ${room.name} yet. Say the first thing.`;
    }
  }

  scrolled() {
    const room = this.room;
    if (!room) return;
    this.isFollowing = this.isAtEnd() && !room.isDetached;
    if (this.isFollowing) {
      this.below = 0;
      this.user.onBottom(room);
    } else if (room.isDetached && this.isAtEnd()) this.user.loadLater(room);
    this.updatePill();
    this.fill();
  }

  fill() {
    if (this.room?.isLoaded && this.scroller.scrollTop < NEAR_START) this.user.loadEarlier(this.room);
  }

  isAtEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    return scrollHeight - clientHeight - scrollTop < NEAR_END;
  }

  toBottom() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  updatePill() {
    this.pill.hidden = this.isFollowing;
    this.pill.textContent = this.below ? `${this.below} new below` : "Jump to the newest";
  }

  /** @returns {{seq: string, top: number} | null} */
  anchor() {
    const top = this.scroller.getBoundingClientRect().top;
    for (const element of this.list.children) {
      const box = element.getBoundingClientRect();
      if (box.bottom > top && element.dataset.seq) return { seq: element.dataset.seq, top: box.top };
    }
    return null;
  }

  /** @param {Unstored} message */
  pending(message) {
    const element = make("li", `message pending${message.action ? " action" : ""}${message.error ? " failed" : ""}`);
    element.append(nameElement(this.me), " ", textElement(message.text), " ");
    if (!message.error) {
      element.append(make("span", "waiting", make("span", "hidden-text", "not stored yet"), clockSign()));
      return element;
    }
    const edit = make("button", "quiet", "Edit");
    const drop = make("button", "quiet", "Remove");
    edit.addEventListener("click", () => this.user.takeBack(message.nonce, true));
    drop.addEventListener("click", () => this.user.takeBack(message.nonce, false));
    element.append(make("p", "field-error", `Not said: ${message.error} `, edit, drop));
    return element;
  }
}

function clockSign() {
  const sign = make("span", "", "🕓︎");
  sign.ariaHidden = "true";
  return sign;
}

/**
 * Return the sentence that a screen reader says for several new messages.
 * @param {number} count
 * @param {string} room
 */
export const newMessages = (count, room) => `${counted(count, "new message")} in ${room}`;
