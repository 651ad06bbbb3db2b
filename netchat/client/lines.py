"""The text dialect, read from the client's end: bytes from the server into what is heard.

No byte of a server reaches a terminal as it came: lines are decoded, cleaned of controls
(`netchat.printable`), and a line that never ends is given up. Source: docs/protocol.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator

from netchat.client.heard import (
    Came,
    Goodbye,
    Heard,
    Moved,
    Notice,
    Past,
    Present,
    Refusal,
    Renamed,
    RoomList,
    Said,
    Welcome,
    Went,
    Whispered,
)
from netchat.printable import printable

LONGEST_SAID = 4096
"""How many bytes of text the protocol lets a guest say in one line."""
LONGEST_HEARD = 64 * 1024
"""How many bytes a server's line may have before it is taken for endless."""

_PROMPT = b"Enter username: "
_NAME = r"[^\s:\[\]]+"


class EndlessLineError(Exception):
    """The server sent a line without an end."""


class Prompt(Heard):
    """The server asks for the name."""

    __slots__ = ()


class Inbox:
    """Cuts what a server sends into lines, and tells what each of them is.

    The prompt is a line of its own though it has no end, wherever the bytes are split.
    """

    def __init__(self) -> None:
        self._tail = b""

    def feed(self, data: bytes) -> Iterator[Heard]:
        """Yield what `data` completes; raise EndlessLineError when a line has no end.

        Work the iterator through before feeding again, or drop it and feed no more.
        """
        *lines, tail = (self._tail + data).split(b"\n")
        for line in lines:
            rest = yield from _prompts(line)
            text = printable(rest.removesuffix(b"\r").decode(errors="replace"))
            if text:
                yield parse(text)
        self._tail = yield from _prompts(tail)
        if len(self._tail) > LONGEST_HEARD:
            raise EndlessLineError


def _prompts(line: bytes) -> Generator[Heard, None, bytes]:
    while line.startswith(_PROMPT):
        line = line[len(_PROMPT) :]
        yield Prompt(_PROMPT.decode())
    return line


def parse(text: str) -> Heard:
    """Return what the line `text` (clean, no line end) tells."""
    for pattern, make in _KINDS:
        found = pattern.fullmatch(text)
        if found:
            return make(text, *found.groups())
    return Notice(text)


def is_wire_name(text: str) -> bool:
    """Return whether `text` can be sent as a name: one word, and not the start of another dialect.

    Whether it is a good name is for the server to say.
    """
    return len(text.split()) == 1 and text == printable(text).strip() and text[0] != "{"


def is_leaving(text: str) -> bool:
    """Return whether a guest leaves by saying `text`."""
    return text.strip(" ").lower() == "exit" or command_of(text) in ("exit", "quit")


def command_of(text: str) -> str:
    """Return the command that `text` gives, in lower case and without its slash, or ""."""
    text = text.strip(" ").replace("\t", " ")
    if not text.startswith("/") or text.startswith("//"):
        return ""
    return text[1:].partition(" ")[0].lower()


def _past(text: str, when: str, what: str) -> Heard:
    match = re.match(rf"(?:\* )?({_NAME})", what)
    return Past(text, when, what, match[1] if match else "")


def _crowd(make: Callable[[str, tuple[str, ...]], Heard]) -> Callable[[str, str], Heard]:
    def told(text: str, crowd: str) -> Heard:
        words = re.split(r", | and ", crowd)
        return make(text, tuple(word for word in words if re.fullmatch(_NAME, word)))

    return told


def _present(text: str, room: str, names: str) -> Heard:
    return Present(text, room, tuple(names.split(", ")))


def _rooms(text: str, rooms: str) -> Heard:
    return RoomList(text, tuple(re.findall(rf"({_NAME}) \(\d+\)", rooms)))


def _told(text: str, name: str) -> Heard:
    return Whispered(text, name, mine=False)


def _telling(text: str, name: str) -> Heard:
    return Whispered(text, name, mine=True)


_KINDS: tuple[tuple[re.Pattern[str], Callable[..., Heard]], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (rf"({_NAME}): .*", Said),
        (r"\[(\d\d:\d\d)\] (.*)", _past),
        (rf"\[({_NAME}) -> you\] .*", _told),
        (rf"\[you -> ({_NAME})\] .*", _telling),
        (r"! .*", Refusal),
        (r"Welcome to chat room\..*", Welcome),
        (r"DISCONNECTED!!", Goodbye),
        (rf"\* ({_NAME}) is now ({_NAME})", Renamed),
        (rf"\* You are now in ({_NAME})", Moved),
        (rf"\* In ({_NAME}): (.*)", _present),
        (r"\* Rooms: (.*)", _rooms),
        (r"\* (.+) joined", _crowd(Came)),
        (r"\* (.+) left", _crowd(Went)),
    )
)
