/** The page: joins, and connects its parts with one another. */

import { COMMANDS, parseTyped } from "./commands.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { announce, byId, make } from "./elements.js";
import { claimId } from "./identity.js";
import { fold } from "./names.js";
import { Notifier } from "./notify.js";
import { Outbox } from "./outbox.js";
import { renderPeople } from "./people.js";
import { Connection } from "./protocol.js";
import { SearchPanel } from "./search.js";
import { Sidebar } from "./sidebar.js";
import { Timeline, newMessages } from "./timeline.js";

const NAME_KEY = "netchat.name";
const JOINED_KEY = "netchat.joined";
const LATE = 2000;
const KEYS = [
  ["Enter", "send"], ["Shift+Enter", "a new line"], ["↑", "edit the last message that is not sent"],
  ["Ctrl+K", "jump to a room"], ["Alt+↑ ↓", "other rooms"], ["Alt+Shift+↑ ↓", "unread rooms"],
  ["Esc", "to the newest, all read"], ["?", "show this"],
];

/** @typedef {import("./rooms.js").Room} Room */

const client = await claimId();
let password = "";
let hasJoined = false;
let unheard = 0;
/** @type {Room | null} */
let current = null;
let wanted = sessionStorage.getItem("netchat.current") ?? "";

/** @type {Connection} */
const connection = new Connection({ hello, onMessage, onState });
const outbox = new Outbox(client, (message) => connection.send(message), () => showPending());
/** @type {Conversation} */
const conversation = new Conversation((message) => connection.send(message), {
  appended, changed, listed, entered, sought,
  stored: (nonce) => outbox.remove(nonce) && announce("Stored"),
});
const rooms = conversation.rooms;
const timeline = new Timeline({
  loadEarlier: (room) => conversation.loadEarlier(room),
  loadLater: (room) => conversation.loadLater(room),
  newest: (room) => conversation.loadNewest(room),
  onBottom: seen,
  takeBack,
});
const composer = new Composer({
  submit, editLast,
  names: () => [...(current?.names ?? [])].filter((name) => name !== conversation.me),
});
const notifier = new Notifier();
const sidebar = new Sidebar({ show, leave, join });
const search = new SearchPanel({
  search: (words) => current !== null && connection.send({ type: "search", room: current.name, words, limit: 50 }),
  open: (id) => current && (current.ids.has(id) ? timeline.toMessage(id) : conversation.loadAround(current, id)),
});

/** @returns {object} */
function hello() {
  const name = conversation.me || byId("join-name").value.trim();
  return { name, client, agent: "netchat-web", ...(password && { password }), ...conversation.resume() };
}

/** @param {any} message */
function onMessage(message) {
  if (message.type === "error") return refused(message);
  if (message.type === "found") return search.show(message);
  if (message.type === "rooms") return showRooms(message.rooms);
  if (message.type === "welcome") {
    hasJoined = true;
    localStorage.setItem(NAME_KEY, message.name);
    sessionStorage.setItem(JOINED_KEY, "1");
    composer.limit = message.limits.line;
    if (message.limits.burst) outbox.window = Math.max(1, Math.min(16, message.limits.burst));
    byId("join").hidden = true;
    byId("chat").hidden = false;
  }
  conversation.take(message);
  if (message.type === "welcome") {
    timeline.me = conversation.me;
    byId("me").textContent = conversation.me;
    for (const line of message.motd ?? []) announce(line);
    connection.send({ type: "rooms" });
    // The server enters the rooms of hello first, so a message for them may follow at once.
    outbox.setOnline(true);
  }
  if (message.type === "renamed") {
    timeline.me = conversation.me;
    byId("me").textContent = conversation.me;
    localStorage.setItem(NAME_KEY, conversation.me);
  }
}

/** @param {{code: string, message: string, nonce?: string}} error */
function refused(error) {
  if (outbox.refuse(error)) return;
  if (connection.state.name !== "connected") {
    if (error.code === "bad-password") byId("join-password-row").hidden = false;
    showJoin(error.code === "bad-password" && !password ? "This server wants a password." : error.message);
    byId(error.code === "bad-password" ? "join-password" : "join-name").focus();
    return;
  }
  composer.say(error.message);
}

/** @param {string} sentence */
function showJoin(sentence) {
  sessionStorage.removeItem(JOINED_KEY);
  byId("chat").hidden = true;
  byId("join").hidden = false;
  byId("join-error").textContent = sentence;
  byId("join-name").ariaInvalid = String(Boolean(sentence));
  byId("join-button").disabled = false;
}

/** @type {number | undefined} */
let stripTimer;
/** @param {import("./protocol.js").State} state */
function onState(state) {
  if (state.name !== "connected") {
    outbox?.setOnline(false);
    conversation?.disconnected();
  }
  byId("state").dataset.state = state.name;
  if (!hasJoined && (state.name === "waiting" || state.name === "stopped")) {
    connection.state.name === "waiting" && clearTimeout(connection.timer);
    showJoin(state.reason || byId("join-error").textContent || "The server does not answer; try again in a moment.");
  }
  showState();
  if (state.name === "connected" || state.name === "stopped") {
    clearTimeout(stripTimer);
    stripTimer = undefined;
    byId("strip").hidden = state.name === "connected";
  } else if (hasJoined) {
    stripTimer ??= setTimeout(() => (byId("strip").hidden = false), LATE);
  }
}

function showState() {
  const { name, until = 0, reason = "" } = connection?.state ?? { name: "connecting" };
  const seconds = Math.max(1, Math.ceil((until - Date.now()) / 1000));
  const words = { connected: "Connected", connecting: "Connecting", waiting: `Back in ${seconds} s`, stopped: "Offline" };
  byId("state-word").textContent = words[name];
  const strip = name === "stopped" ? `${reason} ` : "Not connected. What you type waits here and is sent when the server is back.";
  if (byId("strip").dataset.text === strip) return;
  byId("strip").dataset.text = strip;
  byId("strip").replaceChildren(strip);
  if (name !== "stopped") return;
  const again = make("button", "quiet", "Connect again");
  again.addEventListener("click", () => connection.open());
  byId("strip").append(again);
}
setInterval(showState, 1000);

/** @param {Room} room */
function show(room) {
  closePanels();
  search.toggle(false);
  if (current && current !== room) current.newAfter = null;
  current = room;
  wanted = room.name;
  sessionStorage.setItem("netchat.current", room.name);
  timeline.show(room);
  composer.show((room.isTalk ? "@" : "") + room.name, room.name);
  notifier.show(room);
  byId("search-button").hidden = room.isTalk;
  showPending();
  describe();
  listed();
  if (matchMedia("(min-width: 800px)").matches) composer.focus();
}

function describe() {
  if (!current) return;
  byId("room-name").textContent = current.name;
  const topic = byId("topic");
  topic.textContent = current.isTalk ? "Private" : current.topic || "Set a topic";
  topic.classList.toggle("unset", !current.topic);
  topic.disabled = current.isTalk;
  renderPeople(current, conversation.me, (name) => show(rooms.open(name, true)));
}

/**
 * @param {Room} room
 * @param {Omit<import("./rooms.js").Item, "seq">} item
 */
function appended(room, item) {
  const isOwn = fold(item.from) === fold(conversation.me);
  if (room === current) timeline.append();
  const isSeen = room === current && timeline.isFollowing && !document.hidden;
  if (isSeen || isOwn) {
    if (isSeen) rooms.markRead(room);
  } else {
    if (room === current && document.hidden && room.newAfter === null) {
      room.newAfter = item.id - 1;
      timeline.refresh();
    } else if (room !== current) room.newAfter ??= item.id - 1;
    room.unread++;
    if (item.mention || room.isTalk) room.mentions++;
    notifier.tell(room, { ...item, mention: item.mention || room.isTalk });
    listed();
  }
  if (room === current && !isOwn && !document.hidden) speak(item);
}

/** @type {number | undefined} */
let speechTimer;
/** @param {{from: string, text: string}} item */
function speak(item) {
  unheard++;
  clearTimeout(speechTimer);
  speechTimer = setTimeout(() => {
    announce(unheard === 1 ? `${item.from}: ${item.text}` : newMessages(unheard, current?.name ?? ""));
    unheard = 0;
  }, 500);
}

/** @param {Room} room */
function changed(room) {
  if (room !== current) return listed();
  timeline.refresh();
  describe();
}

/**
 * @param {Room} room
 * @param {number} id
 */
function sought(room, id) {
  if (room === current) timeline.toMessage(id);
}

/** @param {Room} room */
function entered(room) {
  if (!current || fold(room.name) === fold(wanted)) show(room);
  else if (room === current) describe();
  listed();
}

function listed() {
  if (current && !rooms.get(current.name, current.isTalk)) {
    current = null;
    const next = rooms.rooms[0] ?? rooms.talks[0];
    if (next) return show(next);
  }
  sidebar.render(rooms, current);
  notifier.count(rooms.all.values(), current);
}

/** @param {Room} room */
function seen(room) {
  if (document.hidden || !room.isLoaded) return;
  const hadUnread = room.unread > 0;
  rooms.markRead(room);
  if (hadUnread) listed();
}

function showPending() {
  if (!current || !timeline) return;
  const key = fold(current.name);
  timeline.showPending(outbox.messages.filter((message) => fold((current?.isTalk ? message.to : message.room) ?? "") === key));
}

/**
 * @param {string} nonce
 * @param {boolean} edit
 */
function takeBack(nonce, edit) {
  const message = outbox.remove(nonce);
  if (message && edit) {
    composer.set(message.text);
    composer.focus();
  }
}

function editLast() {
  const last = outbox.messages.findLast((message) => message.error || !outbox.online);
  return last ? (outbox.remove(last.nonce)?.text ?? null) : null;
}

/** @param {string} name */
function join(name) {
  wanted = name;
  const room = rooms.get(name);
  if (room) show(room);
  else if (!connection.send({ type: "join", room: name })) composer.say("You are offline; join again when connected.");
}

/** @param {Room} room */
function leave(room) {
  if (!room.isTalk && connection.send({ type: "leave", room: room.name })) return;
  rooms.close(room);
  listed();
}

/** @param {string} text */
function submit(text) {
  const typed = parseTyped(text);
  if (typeof typed === "string") {
    composer.say(typed);
    return false;
  }
  if (!current) return false;
  run(typed, current);
  return true;
}

/**
 * @param {import("./commands.js").Typed} typed
 * @param {Room} room
 */
function run({ command, text }, room) {
  const [first, ...others] = text.split(" ");
  const rest = others.join(" ").trim();
  /** @type {Record<string, () => unknown>} */
  const actions = {
    say: () => say(room, text, false),
    me: () => say(room, text, true),
    msg: () => {
      const talk = rooms.open(first, true);
      if (rest) outbox.put({ type: "tell", to: first, text: rest });
      show(talk);
    },
    join: () => join(text),
    leave: () => leave(room),
    nick: () => connection.send({ type: "rename", name: text }),
    topic: () => connection.send({ type: "topic", room: room.name, text: text === "-" ? "" : text }),
    names: () => togglePanel("people", true),
    rooms: () => connection.send({ type: "rooms" }) && byId("join-room").focus(),
    search: () => {
      search.toggle(true);
      search.search(text);
    },
    help: showHelp,
    quit: () => {
      sessionStorage.removeItem(JOINED_KEY);
      connection.stop("You have left.");
    },
  };
  actions[command]();
}

/**
 * @param {Room} room
 * @param {string} text
 * @param {boolean} action
 */
function say(room, text, action) {
  for (const line of text.split("\n")) {
    const said = { text: line, ...(action && { action }) };
    outbox.put(room.isTalk ? { type: "tell", to: room.name, text: line } : { type: "say", room: room.name, ...said });
  }
  timeline.toNewest();
}

/** @param {{room: string, members: number}[]} list */
function showRooms(list) {
  byId("room-names").replaceChildren(...list.map(({ room, members }) => {
    const option = make("option", "", `${members} people`);
    option.value = room;
    return option;
  }));
}

/**
 * @param {string} name
 * @param {boolean} isOpen
 */
function togglePanel(name, isOpen) {
  document.body.classList.toggle(`${name}-open`, isOpen);
  byId(name === "people" ? "people-button" : "menu-button").ariaExpanded = String(isOpen);
}

function closePanels() {
  togglePanel("people", false);
  togglePanel("menu", false);
}

function showHelp() {
  const rows = [...KEYS, ...Object.values(COMMANDS).map(({ usage, purpose }) => [usage, purpose])];
  byId("help-list").replaceChildren(...rows.flatMap(([key, purpose]) => [make("dt", "", key), make("dd", "", purpose)]));
  byId("help").showModal();
}

/** @param {KeyboardEvent} event */
function keyPressed(event) {
  if (byId("chat").hidden || byId("help").open) return;
  const all = [...rooms.rooms, ...rooms.talks];
  const isTyping = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    togglePanel("menu", true);
    byId("join-room").focus();
  } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    const list = event.shiftKey ? all.filter((room) => room.unread || room === current) : all;
    const step = event.key === "ArrowDown" ? 1 : list.length - 1;
    const next = list[((current ? list.indexOf(current) : 0) + step) % list.length];
    if (next) show(next);
  } else if (event.key === "Escape") {
    closePanels();
    search.toggle(false);
    if (current) current.newAfter = null;
    timeline.refresh();
    timeline.toNewest();
    composer.focus();
  } else if (event.key === "?" && !isTyping) showHelp();
  else return;
  event.preventDefault();
}

byId("join-form").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  byId("join-error").textContent = "";
  if (!byId("join-name").value.trim()) return showJoin("Type a name first.");
  password = byId("join-password").value;
  conversation.me = "";
  byId("join-button").disabled = true;
  if (connection.state.name === "connecting" && connection.send({ type: "hello", ...hello() })) return;
  connection.open();
});
byId("topic").addEventListener("click", () => {
  composer.set(`/topic ${current?.topic ?? ""}`);
  composer.focus();
});
byId("menu-button").addEventListener("click", () => togglePanel("menu", !document.body.classList.contains("menu-open")));
byId("people-button").addEventListener("click", () => togglePanel("people", !document.body.classList.contains("people-open")));
byId("shade").addEventListener("click", closePanels);
byId("help-button").addEventListener("click", showHelp);
document.addEventListener("keydown", keyPressed);
document.addEventListener("visibilitychange", () => current && timeline.isFollowing && seen(current));

byId("join-host").textContent = location.host;
byId("join-name").value = localStorage.getItem(NAME_KEY) ?? "";
if (sessionStorage.getItem(JOINED_KEY) && byId("join-name").value) {
  byId("join").hidden = true;
  connection.open();
} else byId("join-name").focus();
