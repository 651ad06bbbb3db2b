"""The text dialect: what people type into nc, telnet and a terminal, and what they read there.

An answer begins with `* `, a refusal with `! `. Source: docs/protocol.md, "Text dialect".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from netchat.dialects.text import telnet
from netchat.dialects.text.commands import COMMANDS
from netchat.model.events import (
    Closing,
    Entered,
    Event,
    Found,
    Gap,
    Help,
    Joined,
    Left,
    Names,
    Past,
    Refused,
    Renamed,
    Rooms,
    Said,
    SaidLines,
    Told,
    Topic,
    TopicSet,
    Welcome,
)
from netchat.model.requests import CURRENT_ROOM, Bye, Hello, Request, Say, SayLines
from netchat.model.sanitize import sanitize

PROMPT = b"Enter username: "
PASSWORD_PROMPT = b"Enter password: "
_NOTHING_SAID = "Nothing has been said in {} yet"
_BLANK = " \u00a0\u200b\u2060\u3000\ufeff"
_MAX_LIST = 1000
"""Characters of names in one line of a list; more go into further lines."""


def parse_hello(line: bytes) -> Request | Refused:
    """Return the Hello in the first line, or Bye if the user leaves."""
    text = _decode(line, "That is not UTF-8; set your terminal to UTF-8.")
    if isinstance(text, Refused):
        return text
    name = text.strip(" ")
    return Bye() if name.lower() in ("exit", "/exit", "/quit") else Hello(name)


def parse_password(line: bytes) -> str:
    """Return the password in `line`, with its spaces, which may be part of it."""
    return telnet.strip_negotiation(line).decode(errors="replace")


def parse(line: bytes) -> Request | Refused | None:
    """Return the request in `line` (without its end); None for a blank line."""
    text = _decode(line, "That is not UTF-8, so nobody saw it; set your terminal to UTF-8.")
    if isinstance(text, Refused):
        return text
    # Detect commands before sanitizing, so that no invisible byte makes a command of a text. Spaces
    # before a command are a slip, and a private message must not go to the room because of one.
    typed = text.strip(" ")
    if typed.lower() == "exit":
        return Bye()
    if typed.startswith("//"):
        return Say(CURRENT_ROOM, sanitize(typed[1:]))
    if typed.startswith("/"):
        return _command(typed[1:])
    said = sanitize(text)
    return Say(CURRENT_ROOM, said) if said.strip(_BLANK) else None


def parse_plain(lines: bytes) -> SayLines | None:
    """Return the texts of whole `lines` if all are plain ASCII text without commands, else None.

    Lines that might be anything else are parsed one by one with `parse`.
    """
    if not lines.isascii():
        return None
    typed = "\n" + lines.decode()
    texts = tuple(typed[1:-1].split("\n"))
    special = "\n/" in typed or "\n " in typed or "\n\n" in typed or "exit" in typed.lower()
    return SayLines(CURRENT_ROOM, texts) if not special and "".join(texts).isprintable() else None


def _decode(line: bytes, refusal: str) -> str | Refused:
    try:
        return telnet.strip_negotiation(line).decode()
    except UnicodeDecodeError:
        return Refused("bad-utf8", refusal)


def _command(text: str) -> Request | Refused:
    word, _, rest = text.replace("\t", " ").partition(" ")
    command = COMMANDS.get(word.lower())
    if command is None:
        shown = sanitize(word)[:20]
        return Refused("unknown-type", f"There is no command /{shown}; try /help.")
    return command.parse(rest.strip(" "))


def render(event: Event) -> bytes:
    """Return the lines that a user reads for `event`; b"" if there are none."""
    return "\n".join([*_RENDERERS[type(event)](event), ""]).encode()


def echo(event: Event) -> bytes:
    """Return the lines that a user reads for their own `event`."""
    if isinstance(event, Said | SaidLines | Left):
        return b""
    if isinstance(event, Told):
        return f"[you -> {event.to}] {event.text}\n".encode()
    return render(event)


def _said(event: Said) -> tuple[str]:
    return (f"* {event.name} {event.text}" if event.action else f"{event.name}: {event.text}",)


def _said_lines(event: SaidLines) -> Iterator[str]:
    head = f"{event.name}: "
    yield head + f"\n{head}".join(event.texts)


def _told(event: Told) -> Iterator[str]:
    yield f"[{event.name} -> you] {event.text}"


def _joined(event: Joined) -> Iterator[str]:
    yield f"* {_name_list(event.names)} joined"


def _left(event: Left) -> Iterator[str]:
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


def _past(event: Past) -> Iterator[str]:
    shown = list(_dated("[%H:%M]", event.lines))
    yield from shown
    if event.asked and not shown:
        nothing = "Nothing is kept of what was said in {}" if event.lines else _NOTHING_SAID
        yield f"* {nothing.format(event.room)}"


def _found(event: Found) -> Iterator[str]:
    yield from _dated("[%Y-%m-%d %H:%M]", event.lines)
    if event.more:
        yield "* There may be more, from before that"
    elif not event.lines:
        yield f"* Nothing in {event.room} has these words in it: {event.words}"


def _dated(form: str, lines: Iterable[Said | Gap]) -> Iterator[str]:
    for line in lines:
        if isinstance(line, Gap):
            yield from _gap(line)
        else:
            when = time.strftime(form, time.localtime(line.time))
            yield from (f"{when} {said}" for said in _said(line))


def _gap(event: Gap) -> Iterator[str]:
    # A gap of lines that are no longer stored is not shown: users see the newest lines.
    if event.damaged:
        lines = "A line is" if event.first == event.last else "Some lines are"
        yield f"* {lines} missing here: the server cannot read what it has stored"


def _names(event: Names) -> Iterator[str]:
    return _listed(f"* In {event.room}: ", event.names)


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


def _help(_: Help) -> Iterator[str]:
    for command in COMMANDS.values():
        yield f"* {command.usage:<16}  {command.purpose}"
    yield f"* {'//TEXT':<16}  say /TEXT"


def _refused(event: Refused) -> Iterator[str]:
    yield f"! {event.message}"


def _closing(event: Closing) -> Iterator[str]:
    yield f"! {event.message}" if event.message else "DISCONNECTED!!"


_RENDERERS: dict[type[Event], Callable[[Any], Iterable[str]]] = {
    Said: _said,
    SaidLines: _said_lines,
    Told: _told,
    Joined: _joined,
    Left: _left,
    Renamed: _renamed,
    TopicSet: _topic_set,
    Topic: _topic,
    Welcome: _welcome,
    Entered: _entered,
    Past: _past,
    Found: _found,
    Gap: _gap,
    Names: _names,
    Rooms: _rooms,
    Help: _help,
    Refused: _refused,
    Closing: _closing,
}
