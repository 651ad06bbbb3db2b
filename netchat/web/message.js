/** Shows one item of a timeline as an element. */

import { make } from "./elements.js";
import { colourClass, containsName, fold } from "./names.js";

/** Messages of one person stand under one name for this long, in milliseconds. */
const GROUPED = 5 * 60_000;
const SHOWN_NAMES = 3;
const URL_PATTERN = /\bhttps?:\/\/[^\s<>"]+/giu;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** @typedef {import("./rooms.js").Item} Item */

/** @param {number} time */
export const clockTime = (time) => clock.format(time);

/** @param {number} time */
const dayOf = (time) => new Date(time).toDateString();

/**
 * Return the elements of an item that follows `before`.
 * @param {Item} item
 * @param {Item | undefined} before
 * @param {string} me
 * @returns {HTMLElement[]}
 */
export function elementsOf(item, before, me) {
  const elements = [];
  const isNewDay = !before || dayOf(before.time) !== dayOf(item.time);
  if (isNewDay) elements.push(make("li", "day", make("span", "", day.format(item.time))));
  if (item.kind === "came") elements.push(presence(item));
  else if (item.kind === "note") elements.push(make("li", "note", item.text));
  else elements.push(message(item, !isNewDay && isGrouped(item, before), me));
  return elements;
}

/**
 * Return an element with the text of a message, with its links.
 * @param {string} text
 */
export function textElement(text) {
  const element = make("span", "text");
  element.dir = "auto";
  let end = 0;
  for (const found of text.matchAll(URL_PATTERN)) {
    const address = trimmed(found[0]);
    element.append(text.slice(end, found.index), link(address));
    end = found.index + address.length;
  }
  element.append(text.slice(end));
  return element;
}

/**
 * Return the name of a participant in their colour.
 * @param {string} name
 */
export function nameElement(name) {
  const element = make("bdi", `name ${colourClass(name)}`, name);
  return element;
}

/**
 * Return whether a message mentions me.
 * @param {{from: string, text: string}} said
 * @param {string} me
 */
export function isMention(said, me) {
  return fold(said.from) !== fold(me) && containsName(said.text, me);
}

/**
 * @param {Item} item
 * @param {Item | undefined} before
 */
function isGrouped(item, before) {
  return (
    before?.kind === "said" && !before.action && !item.action && before.from === item.from &&
    item.time - before.time < GROUPED
  );
}

/**
 * @param {Item} item
 * @param {boolean} grouped
 * @param {string} me
 */
function message(item, grouped, me) {
  const classes = ["message", grouped && "grouped", item.action && "action", item.mention && "mention"];
  const author = nameElement(item.from);
  if (fold(item.from) === fold(me)) author.classList.add("me");
  const element = make("li", classes.filter(Boolean).join(" "), author, " ", textElement(item.text), " ", timeElement(item.time));
  element.dataset.seq = String(item.seq);
  element.dataset.id = String(item.id);
  return element;
}

/** @param {number} time */
export function timeElement(time) {
  const element = make("time", "", clock.format(time));
  element.dateTime = new Date(time).toISOString();
  element.title = full.format(time);
  return element;
}

/** @param {Item} item */
function presence(item) {
  const { joined, left } = item.names ?? { joined: [], left: [] };
  const all = joined.length + left.length;
  const parts = [summary(joined, "joined"), summary(left, "left")].filter(Boolean).join("; ");
  if (Math.max(joined.length, left.length) <= SHOWN_NAMES || all === 0) return make("li", "note", parts);
  const whole = [
    joined.length ? `Joined: ${joined.join(", ")}` : "", left.length ? `Left: ${left.join(", ")}` : "",
  ];
  const details = make("details", "", make("summary", "", parts), ...whole.filter(Boolean).map((line) => make("p", "", line)));
  return make("li", "note", details);
}

/**
 * @param {string[]} names
 * @param {string} verb
 */
function summary(names, verb) {
  if (!names.length) return "";
  if (names.length === 1) return `${names[0]} ${verb}`;
  if (names.length <= SHOWN_NAMES) return `${names.slice(0, -1).join(", ")} and ${names.at(-1)} ${verb}`;
  return `${names.slice(0, 2).join(", ")} and ${names.length - 2} others ${verb}`;
}

/** @param {string} address */
function trimmed(address) {
  let end = address.replace(/[.,;:!?'»”]+$/u, "");
  while (end.endsWith(")") && end.split("(").length < end.split(")").length) end = end.slice(0, -1);
  return end;
}

/** @param {string} address */
function link(address) {
  const element = make("a", "", address);
  element.href = address;
  element.target = "_blank";
  element.rel = "noopener noreferrer";
  return element;
}
