"""WHO and WHOX: who is in a room, or who is called so.

A client sees those in its rooms, and whoever it names. Sources: RFC 2812 section 3.6.1,
https://ircv3.net/specs/extensions/whox.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from netchat.chat.away import person_of
from netchat.chat.participants import Participants
from netchat.dialects.irc.masks import is_match
from netchat.dialects.irc.names import channel_of
from netchat.session.irc.command import Command
from netchat.session.irc.targets import find_room, is_channel
from netchat.state.rights import Rank, rank_of

if TYPE_CHECKING:
    from netchat.chat.room import Participant, Room
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient

FIELDS = "tcuihsnfdlaor"
"""The fields of WHOX, in the order in which they are told."""
MOST = 500
"""How many people one WHO tells of."""
NO_ADDRESS = "255.255.255.255"


def who(client: IrcClient, message: Message) -> None:
    """Tell who is in a room, or whose name matches a mask."""
    mask, options = (*message.parameters, "*", "")[:2] if message.parameters else ("*", "")
    options = message.parameters[1] if len(message.parameters) > 1 else ""
    asked, _, token = options.partition("%")[2].partition(",")
    has_fields = "%" in options

    def lines() -> Iterator[bytes]:
        for number, (name, room) in enumerate(_found(client, mask)):
            if number >= MOST:
                break
            if has_fields:
                yield _whox(client, name, room, asked, token)
            else:
                yield _who(client, name, room)
        yield client.personal.numeric("315", mask, "End of WHO list")

    client.answer(lines)


def _found(client: IrcClient, mask: str) -> Iterable[tuple[str, Room | None]]:
    """Return the names to tell of, each with the room to tell, if there is one."""
    if is_channel(mask):
        room = find_room(client, mask)
        visible = room is not None and client.who in room.members
        return [(name, room) for name in room.names] if room is not None and visible else []
    person = client.chat.participants.find(mask)
    if person is not None:
        return [(person.name, shared_room(client, person))]
    found: dict[str, Room | None] = {}
    for room in client.who.confirmed_rooms:
        for name in room.names:
            if mask in {"*", "0"} or is_match(mask, name):
                found.setdefault(name, room)
    return found.items()


def shared_room(client: IrcClient, person: Participant) -> Room | None:
    """Return a room in which the client sees `person`, or None."""
    theirs = {
        room for one in client.chat.participants.devices(person) for room in one.confirmed_rooms
    }
    return next((room for room in client.who.confirmed_rooms if room in theirs), None)


def flags_of(client: IrcClient, name: str, room: Room | None) -> str:
    """Return whether `name` is here or away, an operator, a bot, and their prefix in `room`."""
    person = client.chat.participants.find(name)
    view = client.dialects.view
    away = client.chat.private.absences.find(person_of(person)) if person else ""
    is_operator = person is not None and (
        rank_of(client.chat.state, person.account) >= Rank.OPERATOR
    )
    prefixes = view.prefixes(room.name, name) if room else ""
    shown = prefixes if client.has("multi-prefix") else prefixes[:1]
    bot = "B" if view.is_bot(name) else ""
    return f"{'G' if away else 'H'}{'*' if is_operator else ''}{bot}{shown}"


def _who(client: IrcClient, name: str, room: Room | None) -> bytes:
    view = client.dialects.view
    return client.personal.numeric(
        "352",
        channel_of(room.name) if room else "*",
        view.user(name),
        view.host(name),
        view.server,
        name,
        flags_of(client, name, room),
        f"0 {view.realname(name)}",
    )


def _whox(client: IrcClient, name: str, room: Room | None, asked: str, token: str) -> bytes:
    view = client.dialects.view
    values = {
        "t": token[:3] or "0",
        "c": channel_of(room.name) if room else "*",
        "u": view.user(name),
        "i": NO_ADDRESS,
        "h": view.host(name),
        "s": view.server,
        "n": name,
        "f": flags_of(client, name, room),
        "d": "0",
        "l": str(idle_seconds(client.chat.participants, name)),
        "a": view.account(name) or "0",
        "o": "n/a",
        "r": view.realname(name),
    }
    return client.personal.numeric("354", *(values[x] for x in FIELDS if x in asked))


def idle_seconds(participants: Participants, name: str) -> int:
    """Return for how long nothing was heard of `name`, on any device."""
    person = participants.find(name)
    devices = participants.devices(person) if person is not None else ()
    return int(min((one.connection.idle for one in devices), default=0))


COMMANDS = {"WHO": Command(who, is_expensive=True)}
