/** The names of emoji, which load when somebody types a colon. */

/** @type {Promise<Array<[string, string]>> | null} */
let loading = null;

/**
 * Return all emoji as [name, emoji]; none if they cannot be loaded now.
 * @returns {Promise<Array<[string, string]>>}
 */
export function emoji() {
  loading ||= fetch("emoji.txt", { credentials: "omit" })
    .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(String(answer.status)))))
    .then((text) => text.split("\n").filter(Boolean).map((line) => /** @type {[string, string]} */ (line.split(" "))))
    .catch(() => {
      loading = null; // Another try at the next colon.
      return [];
    });
  return loading;
}

/**
 * Return the emoji whose names begin with `start`, then those that have it in them.
 * @param {string} start
 * @param {number} most
 */
export async function findEmoji(start, most) {
  const all = await emoji();
  const begin = all.filter(([name]) => name.startsWith(start));
  const within = all.filter(([name]) => name.includes(`_${start}`));
  return [...begin, ...within].slice(0, most);
}

/**
 * Return `text` with each `:name:` of an emoji as that emoji, if the names are there.
 * @param {string} text
 */
export async function withEmoji(text) {
  if (!/:[a-z0-9_+-]+:/.test(text)) return text;
  /** @type {Promise<Array<[string, string]>>} */
  const late = new Promise((resolve) => setTimeout(resolve, 500, []));
  const names = new Map(await Promise.race([emoji(), late]));
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => names.get(name) || whole);
}
