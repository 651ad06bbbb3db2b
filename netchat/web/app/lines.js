/** Draws the items of the timeline. */

import { colourClass } from "./colours.js";
import { make } from "./dom.js";
import { fromWire, linked } from "./text.js";
import { clockTime, dayName, fullTime } from "./time.js";

/** @typedef {import("./layout.js").Item} Item */

/**
 * Return what an item looks like, as a text: an item with the same one need not be drawn again.
 * @param {Item} item
 */
export function looks({ kind, entry, first, minute, text, time }) {
  switch (kind) {
    case "said": return `${first}${minute}${entry.mention}${entry.deleted}`;
    case "unsent": return `${first}${entry.error}`;
    case "presence": return `${entry.joined.length} ${entry.left.length}`;
    default: return `${text} ${time}`;
  }
}

/**
 * Return the element of an item. Buttons in it carry `data-do` and `data-nonce`.
 * @param {Item} item
 * @param {string} me
 * @returns {HTMLElement}
 */
export function draw(item, me) {
  switch (item.kind) {
    case "said": return drawSaid(item);
    case "unsent": return drawUnsent(item, me);
    case "presence": return drawPresence(item.entry);
    case "notice": return make("li", { class: "note" }, make("span", { dir: "auto" }, item.entry.text));
    case "day": return make("li", { class: "day" }, make("span", {}, dayName(item.time || 0)));
    case "marker": return make("li", { class: "marker" }, make("span", {}, `new since ${clockTime(item.time || 0)}`));
    default: return make("li", { class: "top" }, item.text || "");
  }
}

/** @param {Item} item */
function drawSaid({ entry, first, minute }) {
  const classes = ["line", first && "first", entry.action && "action", entry.mention && "mention", entry.deleted && "deleted"];
  const time = make("time", {
    datetime: new Date(entry.time).toISOString(), title: fullTime(entry.time), class: minute ? "" : "vh",
  }, clockTime(entry.time));
  const item = make("li", { class: classes.filter(Boolean).join(" ") }, author(entry.from, first), body(entry.deleted ? "deleted" : entry.text), time);
  item.dataset.from = entry.from;
  item.dataset.id = entry.id;
  return item;
}

/**
 * @param {Item} item
 * @param {string} me
 */
function drawUnsent({ entry, first }, me) {
  const classes = ["line unsent", first && "first", entry.action && "action", entry.error && "failed"];
  const item = make("li", { class: classes.filter(Boolean).join(" ") }, author(me, first), body(entry.text));
  if (entry.error) {
    const row = make("span", { class: "failed-row" }, make("span", { class: "error" }, entry.error));
    for (const [what, label] of [["retry", "Try again"], ["edit", "Edit"]]) {
      row.append(make("button", { type: "button", class: "link", "data-do": what, "data-nonce": entry.nonce }, label));
    }
    item.append(row);
  } else {
    item.append(make("span", { class: "clock", title: "Not stored yet" }, make("span", { "aria-hidden": "true" }, "◷"),
      make("span", { class: "vh" }, "not stored yet")));
  }
  return item;
}

/**
 * @param {string} name
 * @param {boolean | undefined} first
 */
function author(name, first) {
  const label = make("bdi", { class: first ? colourClass(name) : "", title: first ? name : "" }, name);
  return make("span", { class: first ? "author" : "author vh" }, label, make("span", { class: "vh" }, ": "));
}

/** @param {string} text */
function body(text) {
  const element = make("span", { class: "text", dir: "auto" });
  for (const piece of linked(fromWire(text))) {
    if (piece.link) {
      const link = { href: piece.link, target: "_blank", rel: "noopener noreferrer", referrerpolicy: "no-referrer", dir: "ltr" };
      element.append(make("a", link, piece.text));
    } else {
      element.append(piece.text);
    }
  }
  return element;
}

/** @param {import("./room.js").Presence} entry */
function drawPresence({ joined, left }) {
  const groups = /** @type {Array<[string[], string]>} */ ([[joined, "joined"], [left, "left"]]).filter(([names]) => names.length);
  const short = groups.flatMap(([names, what], index) => [index ? ", " : "", ...crowd(names), ` ${what}`]);
  if (joined.length + left.length <= 3) return make("li", { class: "note" }, ...short);
  const all = groups.flatMap(([names, what]) => [...listed(names), ` ${what}. `]);
  return make("li", { class: "note" }, make("details", {}, make("summary", {}, ...short), make("p", {}, ...all)));
}

/**
 * Return names as in "Ann, Tom and 4 others".
 * @param {string[]} names
 */
function crowd(names) {
  const different = [...new Set(names)];
  if (different.length > 3) return [...listed(different.slice(0, 2)), ` and ${different.length - 2} others`];
  if (different.length === 1) return listed(different);
  return [...listed(different.slice(0, -1)), " and ", ...listed(different.slice(-1))];
}

/**
 * Return names with commas between them, each in a direction of its own.
 * @param {string[]} names
 */
function listed(names) {
  return names.flatMap((name, index) => [index ? ", " : "", make("bdi", {}, name)]);
}
