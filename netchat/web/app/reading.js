/** What the user has read, in this tab or in another one. */

export class Reading {
  #chat;

  /** @param {import("./conversation.js").Conversation} chat */
  constructor(chat) {
    this.#chat = chat;
    chat.marks.on("change", () => this.#readElsewhere());
  }

  /**
   * The user has seen all lines of the room.
   * @param {import("./room.js").Room} room
   */
  markRead(room) {
    // What is not joined yet has lines that we have not heard of.
    if (!room.joined || (room.read >= room.last && !room.mentions)) return;
    room.read = room.last;
    room.mentions = 0;
    if (!room.isTalk) this.#chat.marks.set(room.name, room.read);
    this.#chat.readMarks.tell(room);
    this.#chat.emit("rooms");
  }

  #readElsewhere() {
    for (const room of this.#chat.rooms.values()) {
      if (!room.isTalk && room.joined && this.#chat.marks.of(room.name) > room.read) {
        room.read = Math.min(this.#chat.marks.of(room.name), room.last);
        if (!room.unread) room.mentions = 0;
      }
    }
    this.#chat.emit("rooms");
  }
}
