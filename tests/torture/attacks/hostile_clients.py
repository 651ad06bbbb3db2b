"""Hostile lines, clients that say them, clients that receive them, and the check of the result."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.torture.attacks.raw_connection import RawConnection

HOSTILE_SEQUENCES = (
    "\x1b[2J", "\x1b[1;1H", "\x1b]0;title\x07", "\x1b]52;c;cm0gLXJm\x07", "\x1bP$q\x1b\\",
    "\x1bc", "\x9b31m", "\x90", "\x9d0;t\x9c", "\x07", "\x08", "\x00", "\x7f", "\x0b", "\x0c",
    "\x1c", "\x1e", "\x85", "\r", "\t", "\u2028", "\u2029", "\u202e", "\u2066", "\u2069",
    "\u200f", "\u061c", "\u200b", "\u200d", "\u2060", "\ufeff", "\u0301" * 40, "\u0489" * 9,
    "\U000e0041", "\ufff9", "%s%n", "{peer}", "${HOME}", "`id`", "exit", "/quit", "/nick root",
    "//", "\u00a0", "A\u030a", "\U0001f469\u200d\U0001f4bb", "\u0627\u0644", "! ", "* ",
    "[you -> Bob] ",
)  # fmt: skip
HIDDEN = HOSTILE_SEQUENCES[:23]
"""Sequences that may be put before a command, in the hope that they vanish."""
INVALID = (
    b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80",
    b"\xff\xfb\x01", b"\x80",
)  # fmt: skip
"""Bytes that are not UTF-8; one of them is a telnet negotiation, which swallows a byte."""
_LINE_BREAK = "\n"
_NUMBER = re.compile(r" n(\d+) ")


@dataclass(frozen=True, slots=True)
class HostileLine:
    """A hostile line; it must be delivered if it is `valid` UTF-8."""

    data: bytes
    valid: bool

    @property
    def visible(self) -> str:
        """The characters of it that may be delivered, without spaces."""
        return visible(self.data.decode(errors="ignore"))


def hostile_line(rng: Random, number: int) -> HostileLine:
    """Return a random line; every fifth begins with a hidden sequence and a command."""
    parts = [rng.choice(HOSTILE_SEQUENCES).encode() for _ in range(rng.randrange(1, 8))]
    hidden = rng.choice(HIDDEN).encode() if number % 5 == 0 else b""
    # After a hidden sequence, a command must not be executed.
    word = rng.choice([b"/quit", b"exit", b"/nick x"]) if hidden else b""
    parts = [hidden, word, f" n{number} ".encode(), *parts]
    valid = number % 10 != 3
    if not valid:
        parts.insert(rng.randrange(3, len(parts) + 1), rng.choice(INVALID))
    return HostileLine(b"".join(parts), valid)


def is_control(character: str) -> bool:
    """Return whether `character` could control a terminal, or end a line there."""
    bidi = character in "\u061c\u200e\u200f" or "\u202a" <= character <= "\u202e"
    isolate = "\u2066" <= character <= "\u2069"
    return unicodedata.category(character) in ("Cc", "Zl", "Zp") or bidi or isolate


def visible(text: str) -> str:
    """Return `text` without control characters, spaces and marks (the server removes some)."""
    return "".join(
        c for c in text if not (is_control(c) or c.isspace() or unicodedata.category(c)[0] == "M")
    )


def find_faults(said: Sequence[HostileLine], received: Sequence[str]) -> list[str]:
    """Return the faults: valid lines must be received once and in order, and nothing else."""
    numbers = [int(found[1]) if (found := _NUMBER.search(text)) else -1 for text in received]
    by_number = dict(zip(numbers, received, strict=True))
    faults = [] if numbers == sorted(set(numbers)) else ["lines not once, or not in order"]
    for number, line in enumerate(said):
        text = by_number.pop(number, None)
        if line.valid and (text is None or visible(text) != line.visible):
            faults.append(f"{line.data!r} was received as {text!r}")
    return faults + [f"nobody said {text!r}" for text in by_number.values()]


class HostileSpeaker:
    """Says hostile lines in a room, and counts refusals."""

    name = ""

    def __init__(self, port: int, room: str) -> None:
        self.connection = RawConnection(port)
        self.room = room
        self.refused = 0

    def say(self, line: HostileLine) -> None:
        """Say a line."""
        raise NotImplementedError

    def end(self, mark: str) -> None:
        """Say `mark`, and read all answers to the lines before it."""
        raise NotImplementedError


class HostileTextSpeaker(HostileSpeaker):
    """Uses the text dialect."""

    name = "person"

    def __init__(self, port: int, room: str) -> None:
        super().__init__(port, room)
        self.connection.greet(self.name)
        self.connection.send(f"/join {room}\n".encode())

    def say(self, line: HostileLine) -> None:
        """Send the line as it is."""
        self.connection.send(line.data + b"\n")

    def end(self, mark: str) -> None:
        """Say `mark`, and read until the answer to a request after it."""
        self.connection.send(mark.encode() + b"\n/topic\n")
        while not (line := self.connection.line()).endswith(b" has no topic"):
            assert line, "the server has closed"
            self.refused += line.startswith(b"! ")


class HostileJsonSpeaker(HostileSpeaker):
    """Uses the JSON lines dialect; every other valid line has each non-ASCII character escaped."""

    name = "program"

    def __init__(self, port: int, room: str) -> None:
        super().__init__(port, room)
        self.connection.hello(self.name, rooms=[room])
        self._count = 0

    def say(self, line: HostileLine) -> None:
        """Send the line in a request."""
        self._count += 1
        if line.valid and self._count % 2:
            text = line.data.decode()
            self.connection.ask(type="say", room=self.room, text=text.replace(" ", _LINE_BREAK, 1))
        elif line.valid:
            request = {"type": "say", "room": self.room, "text": line.data.decode()}
            self.connection.send(json.dumps(request).encode() + b"\n")
        else:
            start = f'{{"type":"say","room":"{self.room}","text":"'.encode()
            self.connection.send(start + line.data + b'"}\n')

    def end(self, mark: str) -> None:
        """Say `mark`, and read until its acknowledgement."""
        self.connection.ask(type="say", room=self.room, text=mark, nonce=mark)
        while event := self.connection.event("said", "error"):
            self.refused += event["type"] == "error"
            if event.get("nonce") == mark:
                return
        raise AssertionError("the server has closed")


class RoomListener:
    """Records the lines of the speaker in a room."""

    def __init__(self, port: int) -> None:
        self.connection = RawConnection(port)
        self.received: list[str] = []

    def listen_until(self, mark: str) -> None:
        """Record all texts up to `mark`."""
        while (text := self.next()) != mark:
            self.received.append(text)

    def next(self) -> str:
        """Return the text of the next line."""
        raise NotImplementedError


class TextListener(RoomListener):
    """Uses the text dialect."""

    def __init__(self, port: int, room: str, speaker: str) -> None:
        super().__init__(port)
        self.connection.greet(f"listener-{room}")
        self.connection.send(f"/join {room}\n".encode())
        while not self.connection.line().startswith(b"* You are now in"):
            pass
        self._start = f"{speaker}: "

    def next(self) -> str:
        """Return the text of the next line; if it is not one of the speaker, the whole line."""
        while line := self.connection.line():
            text = line.decode()
            if not text.startswith("* "):
                return text.removeprefix(self._start)
        raise AssertionError("the server has closed")


class JsonListener(RoomListener):
    """Uses the JSON lines dialect."""

    def __init__(self, port: int, room: str, speaker: str) -> None:
        super().__init__(port)
        self.connection.hello(f"program-{room}", rooms=[room])

    def next(self) -> str:
        """Return the text of the next line."""
        event = self.connection.event("said")
        assert event, "the server has closed"
        text: str = event["text"]
        return text
