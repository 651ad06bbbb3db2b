"""WHOIS, WHOWAS, ISON and USERHOST. Source: RFC 2812 sections 3.6 and 4."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from netchat.chat.away import person_of
from netchat.chat.departures import MOST_OF_A_NAME
from netchat.dialects.irc.names import channel_of
from netchat.session.irc.command import Command
from netchat.session.irc.people import idle_seconds
from netchat.state.rights import Rank, rank_of

if TYPE_CHECKING:
    from netchat.chat.room import Participant
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient

MOST = 10
"""How many names one request is about."""


def whois(client: IrcClient, message: Message) -> None:
    """Tell what everybody may know of people."""
    if not message.parameters or not message.parameters[-1]:
        client.reply("431", "No nickname given")
        return
    server = message.parameters[0] if len(message.parameters) > 1 else ""
    names = message.parameters[1 if server else 0]
    known = {client.dialects.view.server.lower(), "*", names.lower()}
    if server and server.lower() not in known and client.chat.participants.find(server) is None:
        client.reply("402", server, "No such server")
        return
    for name in names.split(",")[:MOST]:
        client.answer(partial(_whois, client, name))


def _whois(client: IrcClient, asked: str) -> Iterator[bytes]:
    numeric, view, chat = client.personal.numeric, client.dialects.view, client.chat
    person = chat.participants.find(asked)
    if person is None:
        yield numeric("401", asked, "No such nick")
        yield numeric("318", asked, "End of /WHOIS list")
        return
    name = person.name
    yield numeric("311", name, view.user(name), view.host(name), "*", view.realname(name))
    if channels := _channels(client, person):
        yield numeric("319", name, " ".join(channels))
    yield numeric("312", name, view.server, "netchat")
    if rank_of(chat.state, person.account) >= Rank.OPERATOR:
        yield numeric("313", name, "is an operator of this server")
    asker = rank_of(chat.state, client.who.account)
    if person is client.who or asker >= Rank.OPERATOR:
        host = str(person.connection.host or "localhost")
        yield numeric("338", name, f"{view.user(name)}@{host}", host, "Actual user@host, Actual IP")
    if away := chat.private.absences.find(person_of(person)):
        yield numeric("301", name, away)
    if view.is_bot(name):
        yield numeric("335", name, "is a bot on this network")
    if person.account:
        yield numeric("330", name, name, "is logged in as")
    if person.connection.door == "tls":
        yield numeric("671", name, "is using a secure connection")
    since = int(chat.time() - person.connection.online)
    idle = str(idle_seconds(chat.participants, name))
    yield numeric("317", name, idle, str(since), "seconds idle, signon time")
    yield numeric("318", asked, "End of /WHOIS list")


def _channels(client: IrcClient, person: Participant) -> list[str]:
    """Return the rooms of the client in which it sees `person`, with their prefixes."""
    devices = client.chat.participants.devices(person)
    theirs = {room for one in devices for room in one.confirmed_rooms}
    prefixes = client.dialects.view.prefixes
    return [
        f"{prefixes(room.name, person.name)[:1]}{channel_of(room.name)}"
        for room in client.who.confirmed_rooms
        if room in theirs
    ]


def whowas(client: IrcClient, message: Message) -> None:
    """Tell when somebody was last here."""
    if not message.parameters or not message.parameters[0]:
        client.reply("431", "No nickname given")
        return
    name = message.parameters[0]
    count = message.parameters[1] if len(message.parameters) > 1 else ""
    most = int(count) if count in {"1", "2", "3"} else MOST_OF_A_NAME

    def lines() -> Iterator[bytes]:
        numeric, view = client.personal.numeric, client.dialects.view
        departures = client.chat.departures.all(name)[:most]
        for left in departures:
            if shown := left.profile:
                yield numeric("314", name, shown.user, shown.host, "*", shown.realname)
            yield numeric("312", name, view.server, view.time_text(left.time))
        if not departures:
            yield numeric("406", name, "There was no such nickname")
        yield numeric("369", name, "End of WHOWAS")

    client.answer(lines)


def ison(client: IrcClient, message: Message) -> None:
    """Tell which of these names are here."""
    names = [name for text in message.parameters for name in text.split()]

    def lines() -> list[bytes]:
        here = map(client.chat.participants.find, names)
        shown = dict.fromkeys(person.name for person in here if person is not None)
        return [client.personal.numeric("303", " ".join(shown))]

    client.answer(lines)


def userhost(client: IrcClient, message: Message) -> None:
    """Tell user and host of up to five names."""

    def lines() -> list[bytes]:
        view, absences = client.dialects.view, client.chat.private.absences
        shown = []
        for name in message.parameters[:5]:
            person = client.chat.participants.find(name)
            if person is not None:
                sign = "-" if absences.find(person_of(person)) else "+"
                star = "*" if rank_of(client.chat.state, person.account) >= Rank.OPERATOR else ""
                address = f"{view.user(person.name)}@{view.host(person.name)}"
                shown.append(f"{person.name}{star}={sign}{address}")
        return [client.personal.numeric("302", " ".join(shown))]

    client.answer(lines)


COMMANDS = {
    "WHOIS": Command(whois, is_expensive=True),
    "WHOWAS": Command(whowas),
    "ISON": Command(ison, 1),
    "USERHOST": Command(userhost, 1),
}
