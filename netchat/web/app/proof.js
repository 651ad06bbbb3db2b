/** The dialog that asks for the password of a name. */

import { openDialog } from "./dialogs.js";
import { byId } from "./dom.js";

const PASSWORD = "If that is you, type the password of this name, or the word that an operator gave you.";
const WORD_ONLY =
  "Others could read a password on its way over this connection. If that is you, open this page by https, or type the word that an operator gave you.";

/** @param {import("./conversation.js").Conversation} chat */
export function askForProofs(chat) {
  const [dialog, form, field, error] = [byId("proof"), byId("proof-form"), byId("proof-password"), byId("proof-error")];
  const button = byId("proof-send");
  let isAsking = false;
  let asked = "";
  /** @param {boolean} isBusy */
  const busy = (isBusy) => {
    button.setAttribute("aria-disabled", String(isBusy));
    button.textContent = isBusy ? "Checking…" : "Join";
  };
  chat.auth.on("wanted", ({ name, methods, error: message }) => {
    isAsking = true;
    asked = name;
    const takesPassword = ["password", "scram"].some((method) => methods.includes(method));
    byId("proof-text").textContent = takesPassword ? PASSWORD : WORD_ONLY;
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
    busy(true);
    error.textContent = "";
    chat.auth.answer(field.value);
  });
  const done = () => {
    isAsking = false;
    dialog.close();
  };
  chat.on("login", done);
  chat.on("refused", done);
  chat.on("state", () => {
    // An answer that is lost with the connection can be given again.
    if (isAsking && ["idle", "stopped"].includes(chat.socket.state)) busy(false);
  });
  dialog.addEventListener("close", () => {
    field.value = "";
    if (isAsking) chat.auth.cancel(`${asked} belongs to somebody; join with another name.`);
    isAsking = false;
  });
}
