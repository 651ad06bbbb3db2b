// A client made of irc-framework: takes lines and commands on stdin, and prints what arrives.
const { Client } = require("irc-framework");

const { port, nick, password, tls } = JSON.parse(process.argv[2]);
const client = new Client();
let target = "#lobby";

const show = (...words) => console.log(words.join(" "));
const said = ({ nick, target, message, time }) => show(`<${nick}>`, message, `in ${target}`, `at ${time ?? "no time"}`);
client.on("registered", () => client.join("#lobby"));
client.on("privmsg", said);
client.on("notice", ({ nick, target, message }) => show("notice", `-${nick}-`, message, `in ${target}`));
client.on("action", ({ nick, message }) => show("*", nick, message));
client.on("join", ({ nick, channel }) => show(nick, "has joined", channel));
client.on("part", ({ nick, channel }) => show(nick, "has left", channel));
client.on("quit", ({ nick }) => show(nick, "has quit"));
client.on("nick", ({ nick, new_nick }) => show(nick, "is now known as", new_nick));
client.on("topic", ({ nick, channel, topic }) => show(nick ?? "", "topic", channel, topic));
client.on("kick", ({ nick, kicked, channel, message }) => show(kicked, "kicked", channel, nick, message));
client.on("userlist", ({ channel, users }) => show("names", channel, users.map((user) => user.nick).join(" ")));
client.on("loggedin", ({ account }) => show("logged in as", account));
client.on("sasl failed", ({ reason }) => show("sasl failed", reason));
client.on("nick in use", ({ nick }) => client.changeNick(`${nick}_`));
client.on("nick invalid", ({ nick }) => show("nick invalid", nick));
client.on("irc error", ({ error, reason }) => show("error", error, reason));
client.on("reconnecting", () => show("reconnecting"));
client.on("close", () => show("closed"));
client.on("whois", (whois) => show("whois", JSON.stringify(whois)));

const commands = {
    join: (room) => client.join((target = room)),
    part: () => client.part(target),
    query: (name) => (target = name),
    msg: (name, ...words) => client.say(name, words.join(" ")),
    me: (...words) => client.action(target, words.join(" ")),
    nick: (name) => client.changeNick(name),
    topic: (...words) => client.setTopic(target, words.join(" ")),
    kick: (name, ...words) => client.raw("KICK", target, name, words.join(" ")),
    quote: (...words) => client.raw(words.join(" ")),
    whois: (name) => client.whois(name),
    reconnect: () => client.connect(),
    quit: () => client.quit(),
};
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const [, name, rest] = /^\/(\w+) ?(.*)$/.exec(line) ?? [];
    if (name) commands[name](...rest.split(" "));
    else client.say(target, line);
}).on("close", () => process.exit());

client.connect({
    host: "127.0.0.1",
    port,
    tls,
    rejectUnauthorized: false,
    nick,
    username: nick,
    gecos: nick,
    account: password ? { account: nick, password } : undefined,
    auto_reconnect: true,
    auto_reconnect_max_wait: 1000,
    auto_reconnect_max_retries: 60,
    enable_chghost: true,
    enable_echomessage: false,
});
