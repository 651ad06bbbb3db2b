"""The JSON lines dialect: what clients send and receive, one object a line.

Source: docs/protocol.md, "JSON lines dialect"; the types are in `netchat.model.requests` (client to
server) and `netchat.dialects.jsonl.events` (server to client).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from netchat import __version__
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl.message import Message, rfc3339
from netchat.dialects.jsonl.notices import NOTICES
from netchat.dialects.jsonl.requests import START, parse, parse_hello, parse_plain
from netchat.model.answers import Found, Names, Pong, Rooms
from netchat.model.events import (
    Closing,
    Entered,
    Event,
    Gap,
    Joined,
    Left,
    Past,
    Refused,
    Renamed,
    Repeated,
    Said,
    SaidLines,
    Told,
    TopicSet,
    Welcome,
)
from netchat.model.names import MAX_NAME, MAX_ROOM
from netchat.model.notices import Conversation, ToldAgain
from netchat.model.person_news import NEWS, InvitedTo
from netchat.model.requests import MAX_HISTORY, MAX_NONCE, MAX_TOPIC

__all__ = [
    "START",
    "echo",
    "name",
    "of_programs",
    "on_other_device",
    "parse",
    "parse_hello",
    "parse_plain",
    "render",
    "rfc3339",
    "said_message",
]

PROTOCOL = 1
name = "jsonl"
of_programs = True
"""Whether its clients are programs."""
_encode = msgspec.json.Encoder().encode


def render(event: Event) -> bytes:
    """Return the lines that a client gets for `event`; b"" if it gets none."""
    return b"".join([_encode(message) + b"\n" for message in _RENDERERS[type(event)](event)])


def echo(event: Event) -> bytes:
    """Return the lines that a client gets for its own `event`: with its nonce."""
    if isinstance(event, Said):
        message = said_message(event, event.nonce)
        if event.everybody is False:
            message = replace(message, everybody=False)
        return _encode(message) + b"\n"
    if isinstance(event, SaidLines):
        return b"".join([echo(line) for line in event.each()])
    if isinstance(event, Told):
        return _encode(_private(event, event.nonce or UNSET)) + b"\n"
    return render(event)


on_other_device = render
"""Returns the lines that the other devices of a participant get: without a nonce."""


def said_message(event: Said, nonce: str = "") -> wire.Said:
    """Return the message for a line; `nonce` is for its speaker only."""
    when = rfc3339(event.time)
    return wire.Said(
        event.room,
        event.id,
        when,
        event.name,
        event.text,
        event.action,
        nonce or UNSET,
        event.deleted or UNSET,
        event.everybody or UNSET,
        event.notice or UNSET,
    )


def _said(event: Said) -> Iterator[Message]:
    yield said_message(event)


def _said_lines(event: SaidLines) -> Iterator[Message]:
    yield from map(said_message, event.each())


def _repeated(event: Repeated) -> Iterator[Message]:
    yield said_message(event.said, event.said.nonce)


def _gap(event: Gap) -> Iterator[Message]:
    yield wire.Gap(event.room, event.first, event.last, event.damaged or UNSET)


def _private(event: Told, nonce: str | UnsetType = UNSET) -> wire.Told:
    when = rfc3339(event.time)
    notice = event.notice or UNSET
    return wire.Told(event.name, event.to, when, event.text, nonce, event.id or UNSET, notice)


def _told(event: Told) -> Iterator[Message]:
    yield _private(event)


def _told_again(event: ToldAgain) -> Iterator[Message]:
    yield _private(event.told, event.told.nonce)


def _conversation(event: Conversation) -> Iterator[Message]:
    if not event.asked:
        for line in event.lines:
            yield from _gap(line) if isinstance(line, Gap) else _told(line)
        return
    told = tuple(_private(line) for line in event.lines if isinstance(line, Told))
    yield wire.History("", told, event.more, event.name)


def _joined(event: Joined) -> Iterator[Message]:
    yield wire.Joined(event.room, event.names, event.quiet or UNSET)


def _left(event: Left) -> Iterator[Message]:
    yield wire.Left(event.room, event.names, event.quiet or UNSET)


def _renamed(event: Renamed) -> Iterator[Message]:
    yield wire.Renamed(event.name, event.to)


def _topic_set(event: TopicSet) -> Iterator[Message]:
    yield wire.Topic(event.room, event.text, event.by)


def _welcome(event: Welcome) -> Iterator[Message]:
    limits = wire.WelcomeLimits(
        event.max_line,
        MAX_NAME,
        MAX_ROOM,
        MAX_NONCE,
        MAX_HISTORY,
        event.burst,
        MAX_TOPIC,
    )
    server = f"netchat/{__version__}"
    yield wire.Welcome(
        event.name,
        server,
        PROTOCOL,
        limits,
        event.motd or UNSET,
        event.journal or UNSET,
        event.account,
        dict(event.roles) or UNSET,
        event.names,
        event.servers or UNSET,
    )


def _entered(event: Entered) -> Iterator[Message]:
    yield wire.Entered(event.room, event.topic, event.names, event.last, event.quiet or UNSET)


def _past(event: Past) -> Iterator[Message]:
    if not event.asked:
        for line in event.lines:
            yield from _gap(line) if isinstance(line, Gap) else _said(line)
        return
    lines = yield from _lines(event.lines)
    yield wire.History(event.room, lines, event.more)


def _found(event: Found) -> Iterator[Message]:
    lines = yield from _lines(event.lines)
    yield wire.Found(event.room, event.words, lines, event.more)


def _lines(lines: Iterable[Said | Gap]) -> Any:
    """Yield the gaps in `lines`, and return the other lines as messages."""
    for line in lines:
        if isinstance(line, Gap):
            yield from _gap(line)
    return tuple(said_message(line) for line in lines if isinstance(line, Said))


def _names(event: Names) -> Iterator[Message]:
    as_of = rfc3339(event.as_of) if event.as_of else UNSET
    yield wire.Names(event.room, event.names, as_of, event.quiet or UNSET)


@lru_cache(maxsize=1)  # the list may be long, and many clients ask in one turn
def _rooms(event: Rooms) -> Iterable[Message]:
    return (wire.Rooms(tuple(wire.Members(name, count) for name, count in event.rooms)),)


def _pong(event: Pong) -> Iterator[Message]:
    yield wire.Pong(event.nonce or UNSET, event.trouble or UNSET)


def _refused(event: Refused) -> Iterator[Message]:
    yield wire.Error(event.code, event.message, event.nonce or UNSET)


def _invited_to(event: InvitedTo) -> Iterator[Message]:
    text = f"I invite you to the room {event.room}."
    yield wire.Told(event.name, event.to, rfc3339(event.time), text)


def _nothing(_: Event) -> Iterable[Message]:
    return ()


def _closing(event: Closing) -> Iterator[Message]:
    yield wire.Closing(event.reason, event.message, event.retry)


_RENDERERS: dict[type[Event], Callable[[Any], Iterable[Message]]] = {
    Said: _said,
    SaidLines: _said_lines,
    Repeated: _repeated,
    Gap: _gap,
    Told: _told,
    ToldAgain: _told_again,
    Conversation: _conversation,
    Joined: _joined,
    Left: _left,
    Renamed: _renamed,
    TopicSet: _topic_set,
    Welcome: _welcome,
    Entered: _entered,
    Past: _past,
    Found: _found,
    Names: _names,
    Rooms: _rooms,
    Pong: _pong,
    Refused: _refused,
    Closing: _closing,
    **NOTICES,
    InvitedTo: _invited_to,
    **dict.fromkeys(NEWS, _nothing),
}
