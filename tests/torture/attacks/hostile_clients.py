"""Hostile lines, who says them, who hears them, and what of them may be heard."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.torture.attacks.raw_connection import Caller

INGREDIENTS = (
    "\x1b[2J", "\x1b[1;1H", "\x1b]0;title\x07", "\x1b]52;c;cm0gLXJm\x07", "\x1bP$q\x1b\\",
    "\x1bc", "\x9b31m", "\x90", "\x9d0;t\x9c", "\x07", "\x08", "\x00", "\x7f", "\x0b", "\x0c",
    "\x1c", "\x1e", "\x85", "\r", "\t", "\u2028", "\u2029", "\u202e", "\u2066", "\u2069",
    "\u200f", "\u061c", "\u200b", "\u200d", "\u2060", "\ufeff", "\u0301" * 40, "\u0489" * 9,
    "\U000e0041", "\ufff9", "%s%n", "{peer}", "${HOME}", "`id`", "exit", "/quit", "/nick root",
    "//", "\u00a0", "A\u030a", "\U0001f469\u200d\U0001f4bb", "\u0627\u0644", "! ", "* ",
    "[you -> Bob] ",
)  # fmt: skip
HIDDEN = INGREDIENTS[:23]
"""What may stand before a word, to make it a command."""
INVALID = (
    b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80",
    b"\xff\xfb\x01", b"\x80",
)  # fmt: skip
"""What is no UTF-8; two of them are a telnet negotiation, which takes a byte away."""
_MARK = "\n"
_NUMBER = re.compile(r" n(\d+) ")


@dataclass(frozen=True, slots=True)
class Line:
    """A hostile line; `valid` tells whether it is UTF-8, and must be heard."""

    data: bytes
    valid: bool

    @property
    def visible(self) -> str:
        """What of it may be heard, without any space."""
        return visible(self.data.decode(errors="ignore"))


def hostile(dice: Random, number: int) -> Line:
    """Return a line; most begin with a word of their own, the others with something hidden."""
    parts = [dice.choice(INGREDIENTS).encode() for _ in range(dice.randrange(1, 8))]
    hidden = dice.choice(HIDDEN).encode() if number % 5 == 0 else b""
    # Behind a hidden byte, what would be a command is none.
    word = dice.choice([b"/quit", b"exit", b"/nick x"]) if hidden else b""
    parts = [hidden, word, f" n{number} ".encode(), *parts]
    valid = number % 10 != 3
    if not valid:
        parts.insert(dice.randrange(3, len(parts) + 1), dice.choice(INVALID))
    return Line(b"".join(parts), valid)


def is_control(character: str) -> bool:
    """Return whether `character` could do something to a terminal, or end a line there."""
    bidi = character in "\u061c\u200e\u200f" or "\u202a" <= character <= "\u202e"
    isolate = "\u2066" <= character <= "\u2069"
    return unicodedata.category(character) in ("Cc", "Zl", "Zp") or bidi or isolate


def visible(text: str) -> str:
    """Return `text` without what may not reach anybody, spaces, and marks, some of which may."""
    return "".join(
        c for c in text if not (is_control(c) or c.isspace() or unicodedata.category(c)[0] == "M")
    )


def wrong(said: Sequence[Line], heard: Sequence[str]) -> list[str]:
    """Return what is wrong with what was heard: what is valid, once and in order, and no more."""
    numbers = [int(found[1]) if (found := _NUMBER.search(text)) else -1 for text in heard]
    by_number = dict(zip(numbers, heard, strict=True))
    faults = [] if numbers == sorted(set(numbers)) else ["not each once, or not in order"]
    for number, line in enumerate(said):
        text = by_number.pop(number, None)
        if line.valid and (text is None or visible(text) != line.visible):
            faults.append(f"{line.data!r} was heard as {text!r}")
    return faults + [f"nobody said {text!r}" for text in by_number.values()]


class Mouth:
    """Says lines in a room; counts refusals."""

    name = ""

    def __init__(self, port: int, room: str) -> None:
        self.caller = Caller(port)
        self.room = room
        self.refused = 0

    def say(self, line: Line) -> None:
        """Say one."""
        raise NotImplementedError

    def end(self, mark: str) -> None:
        """Say `mark`, and read all that was answered before it."""
        raise NotImplementedError


class TextMouth(Mouth):
    """A person."""

    name = "person"

    def __init__(self, port: int, room: str) -> None:
        super().__init__(port, room)
        self.caller.greet(self.name)
        self.caller.send(f"/join {room}\n".encode())

    def say(self, line: Line) -> None:
        """Type it."""
        self.caller.send(line.data + b"\n")

    def end(self, mark: str) -> None:
        """Say `mark`, and read until a question is answered."""
        self.caller.send(mark.encode() + b"\n/topic\n")
        while not (line := self.caller.line()).endswith(b" has no topic"):
            assert line, "the server has closed"
            self.refused += line.startswith(b"! ")


class JsonMouth(Mouth):
    """A program; every other line is written with escapes."""

    name = "program"

    def __init__(self, port: int, room: str) -> None:
        super().__init__(port, room)
        self.caller.hello(self.name, rooms=[room])
        self._count = 0

    def say(self, line: Line) -> None:
        """Say it."""
        self._count += 1
        if line.valid and self._count % 2:
            text = line.data.decode()
            self.caller.ask(type="say", room=self.room, text=text.replace(" ", _MARK, 1))
        elif line.valid:
            request = {"type": "say", "room": self.room, "text": line.data.decode()}
            self.caller.send(json.dumps(request).encode() + b"\n")
        else:
            start = f'{{"type":"say","room":"{self.room}","text":"'.encode()
            self.caller.send(start + line.data + b'"}\n')

    def end(self, mark: str) -> None:
        """Say `mark`, and read until its acknowledgement comes."""
        self.caller.ask(type="say", room=self.room, text=mark, nonce=mark)
        while event := self.caller.event("said", "error"):
            self.refused += event["type"] == "error"
            if event.get("nonce") == mark:
                return
        raise AssertionError("the server has closed")


class Ear:
    """Hears what somebody says in a room."""

    def __init__(self, port: int) -> None:
        self.caller = Caller(port)
        self.heard: list[str] = []

    def listen_until(self, mark: str) -> None:
        """Hear everything up to `mark`."""
        while (text := self.next()) != mark:
            self.heard.append(text)

    def next(self) -> str:
        """Return what is said next."""
        raise NotImplementedError


class TextEar(Ear):
    """A person; what he is sent must be a line each, and nothing but text."""

    def __init__(self, port: int, room: str, speaker: str) -> None:
        super().__init__(port)
        self.caller.greet(f"ear-{room}")
        self.caller.send(f"/join {room}\n".encode())
        while not self.caller.line().startswith(b"* You are now in"):
            pass
        self._start = f"{speaker}: "

    def next(self) -> str:
        """Return what is said next, with anything that is odd about it in front."""
        while line := self.caller.line():
            text = line.decode()
            if not text.startswith("* "):
                return text.removeprefix(self._start)
        raise AssertionError("the server has closed")


class JsonEar(Ear):
    """A program."""

    def __init__(self, port: int, room: str, speaker: str) -> None:
        super().__init__(port)
        self.caller.hello(f"program-{room}", rooms=[room])

    def next(self) -> str:
        """Return what is said next."""
        event = self.caller.event("said")
        assert event, "the server has closed"
        text: str = event["text"]
        return text
