/** Earlier lines: loads pages of history into the window of a room. */

/** @typedef {import("./room.js").Room} Room */

const PAGE = 100;
/** Enough for the tallest screen; a first page of more would only be drawn later. */
const FEW = 50;

export class History {
  #chat;

  /** @param {import("./conversation.js").Conversation} chat */
  constructor(chat) {
    this.#chat = chat;
  }

  /**
   * Load earlier lines of a room that is shown and has few.
   * @param {Room} room
   */
  fill(room) {
    if (room === this.#chat.current && room.joined && room.lines.length < FEW) this.loadAbove(room);
  }

  /**
   * Load the page before the window.
   * @param {Room} room
   */
  loadAbove(room) {
    if (!room.moreAbove || room.loading || !room.joined || !this.#chat.online) return;
    if (room.isTalk && !this.#chat.rights.account) return;
    const first = room.first?.id;
    if (first !== undefined && first <= 1) {
      room.moreAbove = false;
      this.#chat.emit("room", room);
      return;
    }
    room.loading = "above";
    this.#history(room, first === undefined ? { limit: FEW } : { before: first }, (page, more, gap) => {
      room.moreAbove = more;
      room.extend(page, "above");
      if (gap) room.lines.unshift(gap);
      const top = room.lines.find((line) => line.kind === "said");
      if (top && top.id <= 1) room.moreAbove = false;
      room.last = Math.max(room.last, room.newest?.id ?? 0);
      // What is not read in a talk was told at the login.
      if (room.kept && first === undefined) room.read = room.last;
    });
  }

  /**
   * Load the page after the window.
   * @param {Room} room
   */
  loadBelow(room) {
    if (room.attached || room.loading || !this.#chat.online) return;
    room.loading = "below";
    const last = room.last;
    this.#history(room, { after: room.newest?.id ?? 0 }, (page, more, gap) => {
      if (gap) room.lines.push(gap);
      room.extend(page, "below");
      // What was said since is behind this page.
      if (!more && room.last === last) room.attached = true;
    });
  }

  /**
   * Load the lines around `id`, as the window.
   * @param {Room} room
   * @param {number} id
   * @param {() => void} [done]
   */
  loadPlace(room, id, done) {
    if (!this.#chat.online) return;
    room.loading = "place";
    this.#history(room, { before: id + PAGE / 2 }, (page, _, gap) => {
      room.lines = gap ? [gap, ...page] : page;
      room.moreAbove = true;
      room.attached = (room.newest?.id ?? 0) >= room.last;
    }, done);
  }

  /** Make the window end at the newest line. @param {Room} room */
  toNewest(room) {
    if (room.attached && room.loading !== "place") return;
    room.restart();
    this.loadAbove(room);
    this.#chat.emit("room", room);
  }

  /**
   * @param {Room} room
   * @param {object} range
   * @param {(page: import("./room.js").Said[], more: boolean, gap?: import("./room.js").Notice) => void} take
   * @param {() => void} [then]
   */
  #history(room, range, take, then) {
    const request = { type: "history", ...(room.isTalk ? { with: room.name } : { room: room.name }), limit: PAGE, ...range };
    /** @param {import("./protocol.js").HistoryPage} history */
    const done = (history) => {
      if (room.asked !== pending) return; // The window has been moved meanwhile.
      room.stopLoading();
      take(history.lines.map((line) => this.#chat.incoming.line({ ...line, room: room.isTalk ? "" : room.name })), history.more, pending.gap);
      this.#chat.emit("room", room);
      then?.();
    };
    const failed = () => {
      if (room.asked !== pending) return;
      room.stopLoading();
      this.#chat.emit("room", room);
    };
    /** @type {import("./requests.js").Pending} */
    const pending = { request, answer: "history", done, failed };
    room.asked = pending;
    this.#chat.requests.add(pending);
    this.#chat.emit("room", room);
  }
}
