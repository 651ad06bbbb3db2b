/** Invitations: the link that makes one, and the dialog that shows a new one. */

import { openDialog } from "./dialogs.js";
import { byId } from "./dom.js";
import { store, stored } from "./storage.js";
import { shortTime } from "./time.js";

const KEY = "invitation";
const LINK = /^#invite=([\w.~-]+)$/;

/**
 * Take the invitation out of the address of the page, where others could read it; a reload keeps it.
 */
export function takeInvitation() {
  const [, token] = LINK.exec(location.hash) || [];
  if (!token) return;
  store("tab", KEY, token);
  history.replaceState(null, "", location.pathname + location.search);
}

/** @returns {string} the invitation with which the page was opened, or "" */
export function invitation() {
  return stored("tab", KEY, "");
}

/** The invitation has been used. */
export function dropInvitation() {
  store("tab", KEY, null);
}

/**
 * Return what makes an invitation and shows its link.
 * @param {import("./conversation.js").Conversation} chat
 * @returns {(wanted: {uses?: number, duration?: number}) => void}
 */
export function inviter(chat) {
  const [link, button] = [byId("invitation-link"), byId("invitation-copy")];
  link.addEventListener("focus", () => link.select());
  button.addEventListener("click", async () => {
    link.select();
    try {
      await navigator.clipboard.writeText(link.value);
      button.textContent = "Copied";
    } catch {
      // Plain http has no clipboard: the link is selected, so that Ctrl+C copies it.
    }
  });
  return (wanted) => {
    chat.ask({ type: "invite", ...wanted }, "invited", (/** @type {import("./protocol.js").Invited} */ { token, uses, until }) => {
      link.value = `${location.origin}${location.pathname}#invite=${token}`;
      const people = uses === 1 ? "one person" : `${uses} people`;
      byId("invitation-text").textContent = `For ${people}${until ? `, until ${shortTime(Date.parse(until))}` : ""}. The link is not shown again.`;
      button.textContent = "Copy";
      openDialog("invitation");
      link.focus();
    });
  };
}
