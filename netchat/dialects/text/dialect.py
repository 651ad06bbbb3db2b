"""The text dialect: what people type into nc, telnet and a terminal, and what they read there.

An answer begins with `* `, a refusal with `! `. Source: docs/protocol.md, "Text dialect".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from netchat.dialects.text.earlier import dated_lines, gap_texts, lines_by_day, said_text
from netchat.dialects.text.help import help_texts
from netchat.dialects.text.notices import NOTICES
from netchat.dialects.text.private_lines import conversation_texts, told_texts
from netchat.dialects.text.requests import parse, parse_hello, parse_password, parse_plain
from netchat.model.answers import Found, Help, Names, Rooms, Topic
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
    Said,
    SaidLines,
    Told,
    TopicSet,
    Welcome,
)
from netchat.model.notices import Conversation, ToldAgain
from netchat.model.person_news import NEWS, InvitedTo

__all__ = [
    "INVITATION_PROMPT",
    "NEW_PASSWORD_PROMPT",
    "PASSWORD_PROMPT",
    "PROMPT",
    "TextDialect",
    "echo",
    "lines",
    "name",
    "of_programs",
    "on_other_device",
    "parse",
    "parse_hello",
    "parse_password",
    "parse_plain",
    "render",
]

PROMPT = b"Enter username: "
PASSWORD_PROMPT = b"Enter password: "
name = "text"
of_programs = False
"""Whether its clients are programs."""
INVITATION_PROMPT = b"Enter invitation: "
NEW_PASSWORD_PROMPT = b"Enter new password: "
MODERATORS_ONLY = "Only moderators reach everybody with @all, so that was said as plain text."
_NOTHING_SAID = "Nothing has been said in {} yet"
_MAX_LIST = 1000
"""Characters of names in one line of a list; more go into further lines."""


class TextDialect:
    """The dialect for guests of a server whose clock is `now` (seconds since the epoch).

    Earlier lines are shown with their date unless that is today's.
    """

    name = "text"
    of_programs = False
    parse_hello = staticmethod(parse_hello)
    parse = staticmethod(parse)
    parse_plain = staticmethod(parse_plain)

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def render(self, event: Event) -> bytes:
        """Return the lines that a guest reads for `event`; b"" if there are none."""
        if isinstance(event, Past):
            return _encoded(_past(event, self._now()))
        if isinstance(event, Conversation):
            return _encoded(conversation_texts(event, self._now()))
        return render(event)

    def echo(self, event: Event) -> bytes:
        """Return the lines that a guest reads for their own `event`."""
        return echo(event)

    def on_other_device(self, event: Event) -> bytes:
        """Return the lines that an owner reads for what they did on another device."""
        return on_other_device(event)


def render(event: Event) -> bytes:
    """Return the lines that a user reads for `event`; b"" if there are none."""
    return _encoded(lines(event))


def lines(event: Event) -> Iterable[str]:
    """Return the lines that a user reads for `event`, without their ends."""
    return _RENDERERS[type(event)](event)


def echo(event: Event) -> bytes:
    """Return the lines that a user reads for their own `event`."""
    if isinstance(event, Said) and event.everybody is False:
        return f"* {MODERATORS_ONLY}\n".encode()
    if isinstance(event, Said | SaidLines | Left):
        return b""
    return render(replace(event, own=True)) if isinstance(event, Told) else render(event)


def on_other_device(event: Event) -> bytes:
    """Return the lines that a user reads for what they did themselves on another device."""
    if isinstance(event, Said) and not event.action:
        return f"You: {event.text}\n".encode()
    if isinstance(event, SaidLines):
        return _encoded([f"You: {text}" for text in event.texts])
    return echo(event) if isinstance(event, Told) else render(event)


def _encoded(texts: Iterable[str]) -> bytes:
    return "\n".join([*texts, ""]).encode()


def _said(event: Said) -> tuple[str]:
    return (said_text(event),)


def _said_lines(event: SaidLines) -> list[str]:
    if event.deleted:
        return [*map(said_text, event.each())]
    head = f"{event.name}: "
    return [head + text for text in event.texts]


def _joined(event: Joined) -> Iterator[str]:
    if not event.quiet:
        yield f"* {_name_list(event.names)} joined"


def _left(event: Left) -> Iterator[str]:
    if not event.quiet:
        yield f"* {_name_list(event.names)} left"


def _name_list(names: tuple[str, ...]) -> str:
    *several, last = names if len(names) <= 3 else (*names[:2], f"{len(names) - 2} others")
    return f"{', '.join(several)} and {last}" if several else last


def _renamed(event: Renamed) -> Iterator[str]:
    yield f"* {event.name} is now {event.to}"


def _topic_set(event: TopicSet) -> Iterator[str]:
    if event.text:
        yield f"* {event.by} changed the topic to: {event.text}"
    else:
        yield f"* {event.by} removed the topic"


def _topic(event: Topic) -> Iterator[str]:
    yield f"* Topic: {event.text}" if event.text else f"* {event.room} has no topic"


def _welcome(event: Welcome) -> Iterator[str]:
    yield "Welcome to chat room. Enter 'exit' anytime to exit"
    for line in event.motd:
        yield f"* {line}"


def _entered(event: Entered) -> Iterator[str]:
    if not event.first:
        yield f"* You are now in {event.room}"
    if event.topic:
        yield f"* Topic: {event.topic}"


def _past(event: Past, now: float | None = None) -> Iterator[str]:
    """Yield the lines of a page; without the time `now`, each has its date."""
    shown = list(dated_lines(event.lines) if now is None else lines_by_day(event.lines, now))
    yield from shown
    if event.asked and not shown:
        nothing = "Nothing is kept of what was said in {}" if event.lines else _NOTHING_SAID
        nothing = "Nothing is kept of what was said in {} before that" if event.earlier else nothing
        yield f"* {nothing.format(event.room)}"


def _found(event: Found) -> Iterator[str]:
    yield from dated_lines(event.lines)
    if event.more:
        yield "* There may be more, from before that; /search more shows it"
    elif not event.lines:
        before = " before that" if event.earlier else ""
        yield f"* Nothing in {event.room}{before} has these words in it: {event.words}"


def _names(event: Names) -> Iterator[str]:
    when = f" (as of {time.strftime('%H:%M', time.gmtime(event.as_of))} UTC)" if event.as_of else ""
    quiet = frozenset(event.quiet)
    names = (f"{name} (listens)" if name in quiet else name for name in event.names)
    return _listed(f"* In {event.room}{when}: ", names)


@lru_cache(maxsize=1)  # the list may be long, and many users ask in one turn
def _rooms(event: Rooms) -> Iterable[str]:
    return tuple(_listed("* Rooms: ", (f"{name} ({count})" for name, count in event.rooms)))


def _listed(head: str, words: Iterable[str]) -> Iterator[str]:
    line = ""
    for word in words:
        if line and len(line) + len(word) > _MAX_LIST:
            yield head + line
            line = ""
        line += f", {word}" if line else word
    yield head + line


def _help(event: Help) -> Iterator[str]:
    return help_texts(event.topic)


def _refused(event: Refused) -> Iterator[str]:
    yield f"! {event.message}"


def _invited_to(event: InvitedTo) -> Iterator[str]:
    yield f"* {event.name} invites you to {event.room}; /join {event.room} goes there"


def _nothing(_: Event) -> Iterable[str]:
    return ()


def _closing(event: Closing) -> Iterator[str]:
    yield f"! {event.message}" if event.message else "DISCONNECTED!!"


_RENDERERS: dict[type[Event], Callable[[Any], Iterable[str]]] = {
    Said: _said,
    SaidLines: _said_lines,
    Told: told_texts,
    ToldAgain: told_texts,
    Conversation: conversation_texts,
    Joined: _joined,
    Left: _left,
    Renamed: _renamed,
    TopicSet: _topic_set,
    Topic: _topic,
    Welcome: _welcome,
    Entered: _entered,
    Past: _past,
    Found: _found,
    Gap: gap_texts,
    Names: _names,
    Rooms: _rooms,
    Help: _help,
    Refused: _refused,
    Closing: _closing,
    **NOTICES,
    InvitedTo: _invited_to,
    **dict.fromkeys(NEWS, _nothing),
}
