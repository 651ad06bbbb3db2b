/** Up to where each room was read, for all tabs, and the journal that these ids belong to. */

import { Emitter } from "./emitter.js";
import { store, stored } from "./storage.js";

const KEY = "read";

export class Marks extends Emitter {
  /** @type {{journal: string, rooms: Record<string, number>}} */
  #marks = stored("browser", KEY, { journal: "", rooms: {} });

  constructor() {
    super();
    addEventListener("storage", (event) => {
      if (event.key !== `netchat.${KEY}`) return;
      const theirs = stored("browser", KEY, this.#marks);
      if (theirs.journal !== this.#marks.journal) return;
      for (const [room, id] of Object.entries(theirs.rooms)) {
        this.#marks.rooms[room] = Math.max(id, this.of(room));
      }
      this.emit("change");
    });
  }

  /**
   * Use the ids of this journal; false if all that is known is of another one.
   * @param {string} journal
   */
  begin(journal) {
    const same = !this.#marks.journal || this.#marks.journal === journal;
    if (!same) this.#marks.rooms = {};
    this.#marks.journal = journal;
    return same;
  }

  /**
   * Return the last id read in a room; -1 if it was never read.
   * @param {string} room
   */
  of(room) {
    return this.#marks.rooms[room] ?? -1;
  }

  /**
   * @param {string} room
   * @param {number} id
   */
  set(room, id) {
    this.#marks.rooms[room] = id;
    store("browser", KEY, this.#marks);
  }
}
