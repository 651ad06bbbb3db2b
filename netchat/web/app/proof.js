/** The dialog that asks for the password of a name. */

import { openDialog } from "./dialogs.js";
import { byId } from "./dom.js";

/** @param {import("./conversation.js").Conversation} chat */
export function askForProofs(chat) {
  const [dialog, form, field, error] = [byId("proof"), byId("proof-form"), byId("proof-password"), byId("proof-error")];
  const button = byId("proof-send");
  let isAnswered = true;
  /** @param {boolean} isBusy */
  const busy = (isBusy) => {
    button.setAttribute("aria-disabled", String(isBusy));
    button.textContent = isBusy ? "Checking…" : "It is me";
  };
  chat.auth.on("wanted", ({ name, error: message }) => {
    isAnswered = false;
    busy(false);
    byId("proof-name").textContent = name;
    error.textContent = message;
    field.setAttribute("aria-invalid", String(Boolean(message)));
    openDialog("proof");
    field.focus();
    field.select();
  });
  form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!field.value || button.getAttribute("aria-disabled") === "true") return;
    isAnswered = true;
    busy(true);
    error.textContent = "";
    chat.auth.answer(field.value);
  });
  const done = () => {
    isAnswered = true;
    field.value = "";
    dialog.close();
  };
  chat.on("login", done);
  chat.on("refused", done);
  chat.on("state", () => {
    // The answer is lost with the connection: it can be given again.
    if (dialog.open && chat.socket.state === "idle") busy(false);
  });
  dialog.addEventListener("close", () => {
    field.value = "";
    if (isAnswered && chat.online) return;
    if (!isAnswered || !chat.online) chat.auth.cancel();
  });
}
