/** Makes and finds elements. Text becomes text nodes only, never markup. */

/**
 * Return the element with this id, which is in index.html.
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no element #${id}`);
  return element;
}

/**
 * Return a new element with these attributes and children.
 * @param {string} tag
 * @param {Record<string, string>} [attributes] as in HTML; `class` too
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Show or hide `element`.
 * @param {HTMLElement} element
 * @param {boolean} shown
 */
export function show(element, shown) {
  element.hidden = !shown;
}

const PHONE = matchMedia("(hover: none) and (pointer: coarse)");

/** Return whether the keyboard is that of a phone, on which Enter breaks a line. */
export function isPhone() {
  return PHONE.matches;
}
