/** Light, dark, or as the device has it. */

import { store, stored } from "./storage.js";

/** @returns {string} */
export function theme() {
  return stored("browser", "theme", "auto");
}

/** @param {string} [chosen] "auto", "light" or "dark"; the stored one if it is left out */
export function applyTheme(chosen = theme()) {
  store("browser", "theme", chosen === "auto" ? null : chosen);
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}
