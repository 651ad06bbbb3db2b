/** Finds and makes elements of the page; texts are always text, never markup. */

/**
 * Return the element with this id.
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * Return a new element with a class, and with texts or elements in it.
 * @param {string} tag
 * @param {string} className
 * @param {...(string | Node)} children
 * @returns {any}
 */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/**
 * Return a number with its noun, such as "1 message".
 * @param {number} count
 * @param {string} noun
 */
export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * Have a screen reader say a sentence when it is idle.
 * @param {string} sentence
 */
export function announce(sentence) {
  byId("live").replaceChildren(make("p", "", sentence));
}
