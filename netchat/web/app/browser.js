/** By what name the user knows this browser again. */

const BROWSERS = { Edg: "Edge", OPR: "Opera", Firefox: "Firefox", Chrome: "Chrome", Safari: "Safari" };
const SYSTEMS = {
  Android: "Android", iPhone: "iPhone", iPad: "iPad", Windows: "Windows", "Mac OS X": "macOS", CrOS: "ChromeOS", Linux: "Linux",
};

/** Return it, as in "Firefox on Linux". */
export function browserName() {
  const { userAgent } = navigator;
  const browser = Object.entries(BROWSERS).find(([sign]) => userAgent.includes(`${sign}/`));
  const system = Object.entries(SYSTEMS).find(([sign]) => userAgent.includes(sign));
  return [browser?.[1] || "a browser", system?.[1]].filter(Boolean).join(" on ");
}
