/** The dialog about the user's name: owning it, what proves that it is theirs, and their devices. */

import { openDialog } from "./dialogs.js";
import { byId, make, show } from "./dom.js";
import { dropInvitation, invitation } from "./invitations.js";
import { forgetName, keyFor, keyOf, rememberName } from "./keystore.js";
import { publicKey } from "./signing.js";
import { fold } from "./text.js";
import { shortTime } from "./time.js";

/** @typedef {import("./protocol.js").Account} Account */

const NO_STORE = "This browser keeps no keys (in a private window, for instance); choose a password.";

/**
 * Return what opens the dialog.
 * @param {import("./conversation.js").Conversation} chat
 * @returns {() => void}
 */
export function accountDialog(chat) {
  const [dialog, error] = [byId("account"), byId("account-error")];
  const [form, password, again] = [byId("own-form"), byId("own-password"), byId("own-again")];
  /** @param {string} text @param {HTMLElement} [field] */
  const complain = (text, field) => {
    error.textContent = text;
    password.setAttribute("aria-invalid", String(field === password));
    again.setAttribute("aria-invalid", String(field === again));
    field?.focus();
  };
  /** @param {{message: string}} problem */
  const failed = ({ message }) => complain(message);
  const refresh = () => {
    complain("");
    drawFree(chat);
    if (!chat.rights.account) return;
    chat.ask({ type: "account" }, "account", (/** @type {Account} */ account) => void drawOwned(chat, account, change), failed);
  };
  /** @param {object} request */
  const change = (request) => {
    complain("");
    chat.ask({ type: "account", ...request }, "account", (/** @type {Account} */ account) => void drawOwned(chat, account, change), failed);
  };
  /** @param {object} proof @param {() => Promise<void>} [then] */
  const own = (proof, then) => {
    const token = invitation();
    const request = { type: "own", label: label(), ...proof, ...(token ? { invitation: token } : {}) };
    chat.ask(request, "owned", async () => {
      dropInvitation();
      password.value = again.value = "";
      try {
        await then?.();
      } catch {
        complain(NO_STORE);
      }
      refresh();
    }, failed);
  };
  byId("own-key").addEventListener("click", async () => {
    complain("");
    try {
      const key = await keyFor(chat.journal);
      own({ key: await publicKey(key.seed) }, () => rememberName(chat.journal, chat.me));
    } catch {
      complain(NO_STORE);
    }
  });
  form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    complain("");
    if (!password.value) return complain("Type a password.", password);
    if (password.value !== again.value) return complain("The two passwords are not the same; type them again.", again);
    return own({ password: password.value });
  });
  byId("end-others").addEventListener("click", () => change({ end: "all" }));
  chat.on("rights", () => {
    if (dialog.open) drawFree(chat);
  });
  return () => {
    password.value = again.value = "";
    refresh();
    openDialog("account");
  };
}

/** @param {import("./conversation.js").Conversation} chat */
function drawFree(chat) {
  const isOwned = chat.rights.account;
  byId("account-title").textContent = isOwned ? `${chat.me} is yours` : `${chat.me} belongs to nobody`;
  byId("account-text").textContent = isOwned
    ? "Whoever comes with this name has to prove that it is theirs, by one of these:"
    : "Whoever comes first can have it. Make it yours, and nobody else can use it, here or on another device.";
  show(byId("account-details"), isOwned);
  byId("own-title").textContent = isOwned ? "Another proof" : "Make it mine";
  byId("invited-text").hidden = isOwned || !invitation();
}

/**
 * @param {import("./conversation.js").Conversation} chat
 * @param {Account} account
 * @param {(request: object) => void} change
 */
async function drawOwned(chat, account, change) {
  const proofs = account.proofs.map(({ id, kind, label: text, since }) => {
    const name = `${kindName(kind)}${text ? `, ${text}` : ""}`;
    const remove = () => {
      if (kind === "key") void forgetKey(chat, text);
      change({ remove: id });
    };
    return item(name, `since ${shortTime(Date.parse(since))}`, "Remove", remove);
  });
  byId("proofs").replaceChildren(...proofs);
  const devices = account.devices.map(({ id, agent, door, since, own }) => {
    const about = `${own ? "this one, " : ""}${door}, since ${shortTime(Date.parse(since))}`;
    return item(agent || "a program", about, own ? "" : "End", () => change({ end: id }));
  });
  byId("devices").replaceChildren(...devices);
  show(byId("end-others"), account.devices.length > 1);
  const roles = Object.entries(account.roles).map(([room, role]) => (room ? `${role} of ${room}` : `${role} of the server`));
  show(byId("roles-row"), roles.length > 0);
  byId("roles").textContent = roles.join(", ");
  show(byId("ignored-row"), account.ignored.length > 0);
  byId("ignored").replaceChildren(...account.ignored.map((name) => item(name, "", "Read again", () => {
    chat.ask({ type: "ignore", name, on: false }, "ignored", () => change({}));
  })));
  const key = await keyOf(chat.journal);
  show(byId("own-key-row"), !key?.names.includes(fold(chat.me)));
}

/**
 * The proof is removed: if it was the key of this browser, it is not tried again.
 * @param {import("./conversation.js").Conversation} chat
 * @param {string} text the label of the proof
 */
async function forgetKey(chat, text) {
  if (text === label()) await forgetName(chat.journal, chat.me);
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

/** Return by what name the user knows this browser again. */
function label() {
  const { userAgent: agent } = navigator;
  const browser = ["Edg", "OPR", "Firefox", "Chrome", "Safari"].find((name) => agent.includes(`${name}/`)) || "browser";
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac OS X", "CrOS", "Linux"].find((name) => agent.includes(name));
  const names = /** @type {Record<string, string>} */ ({ Edg: "Edge", OPR: "Opera", "Mac OS X": "macOS", CrOS: "ChromeOS" });
  return [names[browser] || browser, system && (names[system] || system)].filter(Boolean).join(" on ");
}
