/** The commands about oneself and single others: /own, /account, /invite, /reply, /ignore, /away, /whois. */

import { isMeantAsDuration, leadingDuration } from "./durations.js";
import { shortTime } from "./time.js";

/** @typedef {import("./commands.js").Command} Command */

/** @type {Record<string, Command>} */
export const PERSONAL = {
  account: { usage: "/account", purpose: "what proves that your name is yours, and your devices", run: (desk) => desk.open("account") },
  away: { usage: "/away [TEXT]", purpose: "say that you are away; without a text: back", run: away },
  ignore: { usage: "/ignore [NAME] [off]", purpose: "do not read what somebody says", run: ignore },
  invite: { usage: "/invite [USES] [DURATION]", purpose: "make a link that lets somebody own a name", run: invite },
  own: { usage: "/own", purpose: "make your name yours: nobody else can have it", run: (desk) => desk.open("account") },
  reply: { usage: "/reply TEXT", purpose: "answer the last private message", run: reply },
  whois: { usage: "/whois NAME", purpose: "what is known of somebody", run: whois },
};

/** @type {Command["run"]} */
function away({ chat }, text) {
  return chat.demand({ type: "away", ...(text ? { text } : {}) });
}

/** @type {Command["run"]} */
function ignore({ chat }, text) {
  const [, name, off] = text.match(/^(\S*)\s*(off)?$/i) || ["", "", ""];
  if (text && !name) return false;
  return chat.ask({ type: "ignore", ...(name ? { name, on: !off } : {}) }, "ignored", ({ type, names, message }) => {
    if (type === "ignored") chat.tell(names.length ? `You do not read: ${names.join(", ")}` : "You read everybody.");
    else if (message) chat.tell(message);
  });
}

/** @type {Command["run"]} */
function invite(desk, text) {
  const words = text.split(/\s+/).filter(Boolean);
  const uses = /^\d+$/.test(words[0] || "") ? Number(words.shift()) : undefined;
  if (words.length > 1 || (words[0] && !isMeantAsDuration(words[0]))) return false;
  const { duration, error } = leadingDuration(words[0] || "");
  if (error) return { error };
  return desk.invite({ ...(uses ? { uses } : {}), ...(duration ? { duration } : {}) });
}

/** @type {Command["run"]} */
function reply({ chat }, text) {
  if (!text) return false;
  if (!chat.lastTold) return { error: "Nobody has written to you in private yet; /msg NAME TEXT begins." };
  chat.show(`@${chat.lastTold.talk.name}`);
  return { say: text, reply: chat.lastTold.from };
}

/** @type {Command["run"]} */
function whois({ chat }, name) {
  if (!name || /\s/.test(name)) return false;
  return chat.ask({ type: "whois", name }, "whois", (/** @type {import("./protocol.js").Whois} */ answer) => {
    const roles = Object.entries(answer.roles || {}).map(([room, role]) => (room ? `${role} of ${room}` : role));
    const facts = [
      answer.account ? "owns that name" : "has no account",
      ...roles,
      answer.here ? (answer.since ? `here since ${shortTime(Date.parse(answer.since))}` : "here") : "not here",
      answer.away && `away: ${answer.away}`,
    ];
    chat.tell(`${answer.name}: ${facts.filter(Boolean).join("; ")}`);
  });
}
