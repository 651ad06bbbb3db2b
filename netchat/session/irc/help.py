"""HELP: what can be asked of this server. Source: https://modern.ircdocs.horse/#help-message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from netchat.session.irc.command import Command

if TYPE_CHECKING:
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient

INDEX = "*"
TOPICS = {
    INDEX: (
        "This is netchat. A channel is a room, in which people with other programs are as well.",
        "Ask for HELP with one of:",
    ),
    "AWAY": ("AWAY <text> tells others why you do not answer; AWAY alone says that you are back.",),
    "INVITE": ("INVITE <nick> <channel> asks somebody to come into a channel.",),
    "JOIN": ("JOIN <channel>{,<channel>} enters channels, or makes them.",),
    "KICK": ("KICK <channel> <nick> [<reason>] removes somebody from a channel.",),
    "LIST": ("LIST shows the channels that you may enter.",),
    "MODE": (
        "MODE <channel> +i, +m, +r: only members enter; only members speak; only moderators speak.",
        "MODE <channel> +b <nick, account or address> bans; +o and +v make moderators and members.",
        "MODE <your nick> +B says that you are a bot.",
    ),
    "MONITOR": ("MONITOR + <nick>{,<nick>} tells you when somebody comes and goes.",),
    "NAMES": ("NAMES <channel> shows who is in a channel.",),
    "NICK": ("NICK <nick> takes another name; owners can write theirs in another way.",),
    "NOTICE": ("NOTICE <target> <text> is a PRIVMSG that no program answers.",),
    "PART": ("PART <channel> [<reason>] leaves a channel.",),
    "PRIVMSG": ("PRIVMSG <channel or nick>{,...} <text> says something.",),
    "QUIT": ("QUIT [<reason>] leaves the server.",),
    "TOPIC": ("TOPIC <channel> [<text>] shows the topic of a channel, or sets it.",),
    "WHO": ("WHO <channel, nick or mask> [%<fields>] tells who is there.",),
    "WHOIS": ("WHOIS <nick> tells what everybody may know of somebody.",),
    "WHOWAS": ("WHOWAS <nick> tells when somebody was last here.",),
}
"""What there is to say, by subject."""


def show_help(client: IrcClient, message: Message) -> None:
    """Tell about a subject, or which subjects there are."""
    subject = message.parameters[0].upper() if message.parameters else ""
    if (subject or INDEX) not in TOPICS:
        client.reply("524", message.parameters[0], "There is no help on this subject")
    else:
        client.answer(lambda: _lines(client, subject or INDEX))


def _lines(client: IrcClient, subject: str) -> Iterator[bytes]:
    numeric = client.personal.numeric
    first, *rest = TOPICS[subject]
    yield numeric("704", subject, first)
    for line in rest:
        yield numeric("705", subject, line)
    if subject == INDEX:
        yield numeric("705", subject, " ".join(sorted(topic for topic in TOPICS if topic != INDEX)))
    yield numeric("706", subject, "End of /HELP")


COMMANDS = {"HELP": Command(show_help), "HELPOP": Command(show_help)}
