/** What can be done with a person or a line that one points at: as menus. */

import { ask } from "./dialogs.js";
import { openMenu } from "./menu.js";
import { runCommand } from "./commands.js";

/** @typedef {import("./menu.js").MenuItem} MenuItem */
/** @typedef {import("./commands.js").Desk} Desk */

/** Opens the menus of people and lines. */
export class Pointing {
  #desk;
  #restrict;

  /**
   * @param {Desk} desk
   * @param {(what: import("./restrict.js").Restriction, name: string) => void} restrict
   */
  constructor(desk, restrict) {
    this.#desk = desk;
    this.#restrict = restrict;
  }

  /**
   * Open the menu of a person.
   * @param {HTMLElement} opener
   * @param {string} name
   */
  person(opener, name) {
    openMenu(opener, name, this.#personItems(name));
  }

  /**
   * Open the menu of a line, if there is anything that can be done with it.
   * @param {HTMLElement} opener
   * @param {number} id
   * @param {string} from
   */
  line(opener, id, from) {
    const items = this.#lineItems(id, from);
    if (items.length) openMenu(opener, `Message of ${from}`, items);
  }

  /**
   * @param {number} id
   * @param {string} from
   * @returns {MenuItem[]}
   */
  #lineItems(id, from) {
    const { chat } = this.#desk;
    const room = chat.current;
    const isOwn = from === chat.me;
    const line = room?.lines.find((each) => each.kind === "said" && each.id === id);
    const items = isOwn || room?.isTalk ? [] : this.#personItems(from);
    if (room && line && !("deleted" in line && line.deleted) && chat.rights.deletes(room, isOwn)) {
      items.unshift({ label: "Delete this message…", danger: true, act: () => void this.#delete(room, id) });
    }
    return items;
  }

  /**
   * @param {string} name
   * @returns {MenuItem[]}
   */
  #personItems(name) {
    const { chat } = this.#desk;
    const ignored = chat.order.ignores(name);
    /** @param {string} text @returns {() => void} */
    const command = (text) => () => {
      const { error } = runCommand(this.#desk, text);
      if (error) chat.emit("problem", error);
    };
    const items = [
      { label: "Talk in private", act: () => chat.show(`@${name}`) },
      { label: "Who is that?", act: command(`/whois ${name}`) },
      ignored
        ? { label: "Read again", act: command(`/ignore ${name} off`) }
        : { label: "Do not read (ignore)", act: command(`/ignore ${name}`) },
    ];
    if (!chat.rights.moderates(chat.current)) return items;
    const powers = /** @type {const} */ ([["mute", "Mute…"], ["kick", "Put out…"], ["ban", "Ban…"]]);
    return [...items, ...powers.map(([what, label]) => ({ label, danger: true, act: () => this.#restrict(what, name) }))];
  }

  /**
   * @param {import("./room.js").Room} room
   * @param {number} id
   */
  async #delete(room, id) {
    const text = "Its text is removed for everybody, also from the server's store. That cannot be undone.";
    if (await ask("Delete this message?", text, "Delete", "Keep it")) {
      this.#desk.chat.demand({ type: "delete", room: room.name, id });
    }
  }
}
