/** The dialog about the user's name: owning it, what proves that it is theirs, and their devices. */

import { openDialog } from "./dialogs.js";
import { byId, make, show } from "./dom.js";
import { browserName } from "./browser.js";
import { dropInvitation, invitation } from "./invitations.js";
import { keyFor, keyOf } from "./keystore.js";
import { publicKey } from "./signing.js";
import { shortTime } from "./time.js";

/** @typedef {import("./protocol.js").Account} Account */

const NO_STORE = "This browser keeps no keys (in a private window, for instance); choose a password.";

/**
 * Return what opens the dialog.
 * @param {import("./conversation.js").Conversation} chat
 * @returns {() => void}
 */
export function accountDialog(chat) {
  const [dialog, error, token] = [byId("account"), byId("account-error"), byId("own-invitation")];
  const [form, password, again] = [byId("own-form"), byId("own-password"), byId("own-again")];
  /** Whether only an invitation lets the user in, who is outside. */
  let isOutside = false;
  /** @param {string} text @param {HTMLElement} [field] */
  const complain = (text, field) => {
    error.textContent = text;
    for (const each of [password, again, token]) each.setAttribute("aria-invalid", String(field === each));
    field?.focus();
  };
  /** @param {{message: string}} problem */
  const failed = ({ message }) => complain(message);
  /** @param {object} [request] */
  const change = (request) => {
    complain("");
    chat.ask({ type: "account", ...request }, "account", (/** @type {Account | import("./protocol.js").Done} */ answer) => {
      if (answer.type === "account") void drawOwned(chat, answer, change);
      else change();
    }, failed);
  };
  const refresh = () => {
    complain("");
    drawTitle(chat, isOutside);
    if (chat.rights.account) change();
  };
  /** @param {{key?: string, password?: string}} proof */
  const own = (proof) => {
    const word = token.value.trim();
    const request = { type: "own", label: browserName(), ...proof, ...(word ? { invitation: word } : {}) };
    chat.ask(request, "owned", () => {
      dropInvitation();
      password.value = again.value = "";
      refresh();
    }, failed);
  };
  /** @param {string} [text] the password */
  const enter = (text) => {
    const word = token.value.trim();
    if (!word) return complain("Type the invitation that you were given.", token);
    return void chat.auth.own({ invitation: word, label: browserName(), ...(text ? { password: text } : {}) });
  };
  byId("own-key").addEventListener("click", async () => {
    complain("");
    if (isOutside) return enter();
    try {
      return own({ key: await publicKey(await keyFor(chat.journal, chat.me)) });
    } catch {
      return complain(NO_STORE);
    }
  });
  form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    complain("");
    if (!password.value) return complain("Type a password.", password);
    if (password.value !== again.value) return complain("The two passwords are not the same; type them again.", again);
    return isOutside ? enter(password.value) : own({ password: password.value });
  });
  byId("end-others").addEventListener("click", () => change({ end: "all" }));
  const open = () => {
    password.value = again.value = "";
    token.value = invitation();
    refresh();
    openDialog("account");
  };
  chat.on("rights", () => {
    if (dialog.open) drawTitle(chat, isOutside);
  });
  chat.auth.on("unkept", () => chat.emit("problem", "This browser has not kept your key; add a password to your name (/own)."));
  chat.auth.on("invited", ({ error: message }) => {
    if (!isOutside) {
      isOutside = true;
      open();
    }
    if (message) complain(message, token);
  });
  chat.on("login", () => {
    if (!isOutside) return;
    isOutside = false;
    dropInvitation();
    dialog.close();
  });
  dialog.addEventListener("close", () => {
    if (!isOutside) return;
    isOutside = false;
    chat.auth.cancel(`Only members come in here, and nobody owns ${chat.me}; come with an invitation.`);
  });
  return open;
}

/**
 * @param {import("./conversation.js").Conversation} chat
 * @param {boolean} isOutside
 */
function drawTitle(chat, isOutside) {
  const isOwned = chat.rights.account && !isOutside;
  byId("account-title").textContent = isOwned ? `${chat.me} is yours` : `${chat.me} belongs to nobody`;
  byId("account-text").textContent = isOutside
    ? "Only members come in here. With an invitation you become one: make the name yours."
    : isOwned ? "Whoever comes with this name has to prove that it is theirs, by one of these:"
      : "Whoever comes first can have it. Make it yours, and nobody else can use it, here or on another device.";
  show(byId("account-details"), isOwned);
  show(byId("own-key-row"), !isOwned);
  byId("own-title").textContent = isOwned ? "Another proof" : "Make it mine";
  show(byId("own-invitation-row"), isOutside || (!isOwned && Boolean(invitation())));
}

/**
 * @param {import("./conversation.js").Conversation} chat
 * @param {Account} account
 * @param {(request?: object) => void} change
 */
async function drawOwned(chat, account, change) {
  const proofs = account.proofs.map(({ id, kind, label, since }) => {
    const name = `${kindName(kind)}${label ? `, ${label}` : ""}`;
    return item(name, `since ${shortTime(Date.parse(since))}`, "Remove", () => change({ remove: id }));
  });
  byId("proofs").replaceChildren(...proofs);
  const devices = account.devices.map(({ id, agent, door, since, own }) => {
    const about = [own ? "this one" : "", door, `since ${shortTime(Date.parse(since))}`].filter(Boolean).join(", ");
    return item(agent || "a program", about, own ? "" : "End", () => change({ end: id }));
  });
  byId("devices").replaceChildren(...devices);
  show(byId("end-others"), account.devices.length > 1);
  const roles = Object.entries(account.roles).map(([room, role]) => (room ? `${role} of ${room}` : `${role} of the server`));
  show(byId("roles-row"), roles.length > 0);
  byId("roles").textContent = roles.join(", ");
  show(byId("ignored-row"), account.ignored.length > 0);
  byId("ignored").replaceChildren(...account.ignored.map((name) => item(name, "", "Read again", () => {
    chat.ask({ type: "ignore", name, on: false }, "ignored", () => change());
  })));
  const hasKey = account.proofs.some(({ kind }) => kind === "key") && (await keyOf(chat.journal, chat.me));
  show(byId("own-key-row"), !hasKey);
}

/**
 * @param {string} name
 * @param {string} about
 * @param {string} action "": there is nothing to do
 * @param {() => void} act
 */
function item(name, about, action, act) {
  const row = make("li", { class: "account-row" }, make("span", {}, make("bdi", {}, name), " ", make("span", { class: "quiet small" }, about)));
  if (action) {
    const button = make("button", { type: "button", class: "link", "aria-label": `${action}: ${name}` }, action);
    button.addEventListener("click", act);
    row.append(button);
  }
  return row;
}

/** @param {string} kind */
function kindName(kind) {
  return { key: "key", password: "password", scram: "password", ssh: "SSH key", word: "one-time word" }[kind] || kind;
}
