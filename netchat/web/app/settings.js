/** Two dialogs: the settings of the user, and those of a room. */

import { openDialog } from "./dialogs.js";
import { byId, show } from "./dom.js";
import { levelOf, setLevel, setWants, wantsNotifications, wantsSound, whyNoNotifications } from "./notify.js";
import { applyTheme, theme } from "./theme.js";

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {string} value
 */
function check(form, name, value) {
  for (const input of form.querySelectorAll("input")) if (input.name === name) input.checked = input.value === value;
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 */
function checked(form, name) {
  return String(new FormData(form).get(name) || "");
}

/**
 * Return what opens the settings.
 * @param {import("./conversation.js").Conversation} chat
 * @param {() => void} openAccount
 * @returns {() => void}
 */
export function settingsDialog(chat, openAccount) {
  const [form, name, error, dialog] = [byId("settings-form"), byId("new-name"), byId("settings-error"), byId("settings")];
  form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    applyTheme(checked(form, "theme"));
    void setWants(byId("sound").checked, byId("notify").checked);
    const wanted = name.value.trim();
    if (!wanted || wanted === chat.me) return dialog.close();
    return chat.ask({ type: "rename", name: wanted }, "renamed", () => dialog.close(), ({ message }) => {
      error.textContent = message;
      name.setAttribute("aria-invalid", "true");
      name.focus();
    });
  });
  byId("quit").addEventListener("click", () => {
    dialog.close();
    chat.quit();
  });
  byId("open-account").addEventListener("click", () => {
    dialog.close();
    openAccount();
  });
  byId("open-help").addEventListener("click", () => {
    dialog.close();
    openDialog("help");
  });
  return () => {
    name.value = chat.me;
    name.removeAttribute("aria-invalid");
    error.textContent = "";
    byId("open-account").textContent = chat.rights.account ? "Proofs and devices…" : "Make it mine…";
    check(form, "theme", theme());
    const why = whyNoNotifications();
    byId("sound").checked = wantsSound();
    byId("notify").checked = wantsNotifications();
    byId("notify").disabled = Boolean(why);
    byId("notify-why").textContent = why;
    openDialog("settings");
  };
}

/**
 * Return what opens the dialog of the room that is shown.
 * @param {import("./conversation.js").Conversation} chat
 * @returns {() => void}
 */
export function roomDialog(chat) {
  const [form, text, error, dialog] = [byId("room-form"), byId("topic-text"), byId("room-error"), byId("room-dialog")];
  /** @type {import("./room.js").Room | null} */
  let room = null;
  form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!room) return undefined;
    setLevel(room, /** @type {import("./notify.js").Level} */ (checked(form, "level")));
    chat.emit("rooms");
    const topic = text.value.replace(/\s+/g, " ").trim();
    if (room.isTalk || topic === room.topic) return dialog.close();
    return chat.ask({ type: "topic", room: room.name, text: topic }, "topic", () => dialog.close(), ({ message }) => {
      error.textContent = message;
      text.focus();
    });
  });
  byId("leave").addEventListener("click", () => {
    dialog.close();
    if (room) chat.membership.leave(room);
  });
  return () => {
    room = chat.current;
    if (!room) return;
    byId("room-dialog-title").textContent = room.name;
    byId("leave").textContent = room.isTalk ? "Close this talk" : "Leave this room";
    show(byId("topic-row"), !room.isTalk);
    text.value = room.topic;
    error.textContent = "";
    check(form, "level", levelOf(room));
    openDialog("room-dialog");
  };
}
