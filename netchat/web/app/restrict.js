/** The dialog in which a moderator says for how long and why. */

import { openDialog } from "./dialogs.js";
import { byId, show } from "./dom.js";

/** @typedef {"kick" | "mute" | "ban"} Restriction */

const TITLES = { kick: "Put out", mute: "Mute", ban: "Ban" };

/**
 * Return what opens the dialog.
 * @param {import("./conversation.js").Conversation} chat
 * @returns {(what: Restriction, name: string) => void}
 */
export function restrictDialog(chat) {
  const [dialog, form, reason, error] = [byId("restrict"), byId("restrict-form"), byId("restrict-reason"), byId("restrict-error")];
  /** @type {{what: Restriction, name: string, room: string}} */
  let wanted = { what: "mute", name: "", room: "" };
  form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    const { what, name, room } = wanted;
    const duration = what === "kick" ? 0 : Number(byId("restrict-duration").value);
    const words = reason.value.replace(/\s+/g, " ").trim();
    const request = {
      type: what,
      [what === "kick" ? "name" : "who"]: name,
      room: byId("restrict-server").checked ? "*" : room,
      ...(duration ? { duration } : {}),
      ...(words ? { reason: words } : {}),
    };
    chat.ask(request, "done", ({ message }) => {
      dialog.close();
      if (message) chat.tell(message);
    }, ({ message }) => {
      error.textContent = message;
    });
  });
  return (what, name) => {
    const room = chat.current;
    if (!room || room.isTalk) return;
    wanted = { what, name, room: room.name };
    byId("restrict-title").textContent = `${TITLES[what]} ${name}`;
    byId("restrict-send").textContent = TITLES[what];
    show(byId("restrict-duration-row"), what !== "kick");
    show(byId("restrict-server-row"), chat.rights.isOperator);
    byId("restrict-server").checked = false;
    byId("restrict-room").textContent = `In ${room.name}.`;
    reason.value = error.textContent = "";
    openDialog("restrict");
    reason.focus();
  };
}
