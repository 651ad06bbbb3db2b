"""MONITOR: who is told when somebody comes and goes.

Source: https://ircv3.net/specs/extensions/monitor.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from netchat.dialects.irc.names import name_of
from netchat.session.irc.command import Command

if TYPE_CHECKING:
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient

MOST = 100
"""How many names one client can watch."""


def monitor(client: IrcClient, message: Message) -> None:
    """Watch names, or tell which are watched."""
    word = message.parameters[0]
    names = message.parameters[1].split(",") if len(message.parameters) > 1 else []
    match word:
        case "+":
            client.answer(lambda: _add(client, names))
        case "-":
            for name in names:
                client.chat.watches.remove(client.who, name)
        case "C" | "c":
            client.chat.watches.forget(client.who)
        case "L" | "l":
            client.answer(lambda: _list(client))
        case "S" | "s":
            client.answer(lambda: _status(client, client.chat.watches.names(client.who)))
        case _:
            client.reply("461", "MONITOR", "Not enough parameters")


def _add(client: IrcClient, names: list[str]) -> Iterator[bytes]:
    watches, added = client.chat.watches, list[str]()
    for number, name in enumerate(names):
        if name_of(name) is None:
            continue
        if len(watches.names(client.who)) >= MOST:
            rest = ",".join(names[number:])
            yield client.personal.numeric("734", str(MOST), rest, "Monitor list is full.")
            break
        watches.add(client.who, name)
        added.append(name)
    yield from _status(client, added)


def _status(client: IrcClient, names: list[str] | tuple[str, ...]) -> Iterator[bytes]:
    here, gone = [], []
    for name in names:
        person = client.chat.participants.find(name)
        if person is not None and person.name.casefold() == name.casefold():
            here.append(client.dialects.view.source(person.name))
        else:
            gone.append(name)
    yield from _listed(client, "730", here)
    yield from _listed(client, "731", gone)


def _list(client: IrcClient) -> Iterator[bytes]:
    yield from _listed(client, "732", client.chat.watches.names(client.who))
    yield client.personal.numeric("733", "End of MONITOR list")


def _listed(client: IrcClient, number: str, names: list[str] | tuple[str, ...]) -> Iterator[bytes]:
    for start in range(0, len(names), 4):
        yield client.personal.numeric(number, ",".join(names[start : start + 4]))


COMMANDS = {"MONITOR": Command(monitor, 1, is_expensive=True)}
