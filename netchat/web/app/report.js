/** A dialog with a table: what the server answers to a question about many. */

import { openDialog } from "./dialogs.js";
import { byId, make, show } from "./dom.js";

/**
 * Show a table.
 * @param {string} title
 * @param {string[]} columns
 * @param {Array<Array<string | Node>>} rows
 * @param {string} empty what to say if there are no rows
 */
export function showReport(title, columns, rows, empty) {
  byId("report-title").textContent = title;
  byId("report-empty").textContent = rows.length ? "" : empty;
  const table = byId("report-table");
  show(table, rows.length > 0);
  table.replaceChildren(
    make("thead", {}, make("tr", {}, ...columns.map((column) => (column ? make("th", { scope: "col" }, column) : make("td"))))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell) => make("td", { dir: "auto" }, cell))))),
  );
  openDialog("report");
}

/**
 * Return a button of a row, which removes the row when it has done what it is for.
 * @param {string} label
 * @param {string} spoken what a screen reader says for it
 * @param {(done: () => void) => void} act
 */
export function rowButton(label, spoken, act) {
  const button = make("button", { type: "button", class: "link", "aria-label": spoken }, label);
  button.addEventListener("click", () => act(() => {
    const body = button.closest("tbody");
    button.closest("tr")?.remove();
    if (!body?.childElementCount) byId("report-title").closest("dialog")?.close();
  }));
  return button;
}
