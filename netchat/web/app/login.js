/** The first screen: a name, and a password only if the server wants one. */

import { byId, show } from "./dom.js";
import { session } from "./membership.js";
import { store, stored } from "./storage.js";

/** @param {import("./conversation.js").Conversation} chat */
export function showLogin(chat) {
  const [form, name, password] = [byId("login-form"), byId("login-name"), byId("login-password")];
  const [error, button] = [byId("login-error"), byId("login-button")];
  byId("login-server").textContent = location.hostname;
  let asked = false;
  /** @param {boolean} isBusy */
  const busy = (isBusy) => {
    button.setAttribute("aria-disabled", String(isBusy));
    button.textContent = isBusy ? "Joining…" : "Join";
  };
  /** @param {string} text @param {HTMLInputElement} field */
  const complain = (text, field) => {
    busy(false);
    asked = false;
    error.textContent = text;
    name.setAttribute("aria-invalid", String(field === name));
    password.setAttribute("aria-invalid", String(field === password));
    show(byId("login"), true);
    show(byId("app"), false);
    field.focus();
    field.select();
  };
  form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const wanted = name.value.trim();
    if (!wanted) return complain("Type a name, so that the others know you.", name);
    if (asked) return undefined;
    asked = true;
    error.textContent = "";
    name.removeAttribute("aria-invalid");
    busy(true);
    return chat.login(wanted, password.value || undefined);
  });
  chat.on("refused", ({ code, message }) => {
    const isPassword = code === "bad-password";
    if (isPassword) show(byId("login-password-row"), true);
    const first = isPassword && !password.value;
    complain(first ? "This server wants a password." : message, isPassword ? password : name);
    name.value = name.value || chat.me;
  });
  chat.on("login", () => {
    asked = false;
    busy(false);
    error.textContent = "";
    const isNew = byId("app").hidden;
    show(byId("login"), false);
    show(byId("app"), true);
    if (isNew) byId("text").focus();
  });
  chat.on("state", () => {
    if (!asked || chat.online) return;
    const { state, message } = chat.socket;
    if (state === "waiting") {
      show(byId("login"), byId("app").hidden);
      error.textContent = `${message || "The server does not answer."} Trying again…`;
    }
    if (state === "stopped") complain(message || "The server has closed the connection.", name);
  });
  name.value = stored("browser", "name", "");
  const back = session().name;
  if (back) {
    // A reload goes on where it was, without a question.
    asked = true;
    store("browser", "name", back);
    name.value = back;
    chat.login(back);
  } else {
    show(byId("login"), true);
    name.focus();
  }
}
