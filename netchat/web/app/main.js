/** Puts the page together. */

import { accountDialog } from "./account.js";
import { announceLines } from "./announce.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { openDialog, prepareDialogs } from "./dialogs.js";
import { byId, make } from "./dom.js";
import { fillHelp } from "./help.js";
import { invitation, inviter, takeInvitation } from "./invitations.js";
import { jumpDialog } from "./jump.js";
import { handleKeys } from "./keys.js";
import { showLogin } from "./login.js";
import { notifyAbout } from "./notify.js";
import { Panels } from "./panels.js";
import { showPeople } from "./people.js";
import { pickLines } from "./picking.js";
import { Pointing } from "./pointing.js";
import { restrictDialog } from "./restrict.js";
import { showRooms } from "./roomlist.js";
import { notice } from "./room.js";
import { askForProofs } from "./proof.js";
import { searchPanel } from "./search.js";
import { roomDialog, settingsDialog } from "./settings.js";
import { showStatus } from "./status.js";
import { claimClient } from "./tab.js";
import { applyTheme } from "./theme.js";
import { Timeline } from "./timeline.js";

/** Show the name and the topic of the room. @param {Conversation} chat @param {() => void} open */
function showHead(chat, open) {
  const draw = () => {
    const room = chat.current;
    byId("room-name").textContent = room?.name ?? "";
    const topic = byId("topic");
    const text = room?.isTalk ? "only the two of you" : room?.topic || "Set a topic";
    topic.hidden = !room;
    // The server keeps no private messages, so there is nothing to search.
    byId("open-search").hidden = !room || room.isTalk;
    topic.classList.toggle("unset", !room?.topic);
    if (topic.textContent !== text) {
      topic.replaceChildren(make("span", { dir: "auto" }, text));
      topic.title = text;
      topic.setAttribute("aria-label", `${text}. Room settings`);
    }
  };
  chat.on("room", (room) => {
    if (room === chat.current) draw();
  });
  chat.on("current", draw);
  byId("topic").addEventListener("click", open);
}

/** Show the message of the day once, below what was said before. @param {Conversation} chat */
function showMotd(chat) {
  /** @type {string[]} */
  let lines = [];
  chat.on("login", ({ motd, first }) => {
    if (first) lines = motd;
  });
  chat.on("current", ({ room }) => {
    if (!room || room.isTalk) return;
    for (const text of lines) room.note(notice(text));
    lines = [];
    chat.emit("room", room);
  });
}

/** Keep the page within what a virtual keyboard leaves of the screen, where the browser does not. */
function fitKeyboard() {
  const view = window.visualViewport;
  if (!view) return;
  const fit = () => {
    const covered = view.scale === 1 && innerHeight - view.height > 80;
    document.documentElement.style.setProperty("--height", covered ? `${view.height}px` : "");
    if (covered) scrollTo(0, 0);
  };
  view.addEventListener("resize", fit);
}

async function start() {
  takeInvitation();
  applyTheme();
  const chat = new Conversation(await claimClient());
  prepareDialogs();
  fillHelp();
  fitKeyboard();
  const compose = () => byId("text").focus();
  const panels = new Panels(compose);
  const chosen = () => {
    if (panels.closeAll(false)) compose();
  };
  const timeline = new Timeline(chat, { retry: (nonce) => chat.delivery.retry(nonce), edit: (nonce) => composer.edit(nonce) });
  const search = searchPanel(chat, (room, id) => {
    if (matchMedia("(max-width: 49.99rem)").matches) panels.closeAll(false);
    timeline.toLine(room, id);
  });
  const jump = jumpDialog(chat);
  const account = accountDialog(chat);
  const desk = {
    chat,
    invite: inviter(chat),
    /** @param {string} what */
    open: (what) => {
      if (what === "help") openDialog("help");
      else if (what === "jump") jump();
      else if (what === "account") account();
      else panels.open(what);
    },
    /** @param {string} words */
    search: (words) => {
      panels.open("search");
      search(words);
    },
  };
  const composer = new Composer(chat, desk, timeline);
  showRooms(chat, chosen);
  const pointing = new Pointing(desk, restrictDialog(chat));
  showPeople(chat, chosen, (opener, name) => pointing.person(opener, name));
  pickLines(chat, pointing);
  showHead(chat, roomDialog(chat));
  showStatus(chat);
  notifyAbout(chat);
  announceLines(chat);
  const dialogs = /** @type {Array<[string, () => void]>} */ ([["self", settingsDialog(chat, account)], ["open-jump", jump]]);
  for (const [button, open] of dialogs) {
    byId(button).addEventListener("click", () => {
      panels.closeAll(false);
      open();
    });
  }
  handleKeys(chat, { jump, newest: () => timeline.toNewest(), closePanels: () => panels.closeAll(true), compose });
  showMotd(chat);
  askForProofs(chat);
  chat.on("login", ({ first }) => {
    if (!first) return;
    document.head.append(make("link", { rel: "manifest", href: "app.webmanifest" }));
    if (invitation() && !chat.rights.account) account();
  });
  showLogin(chat);
}

void start();
