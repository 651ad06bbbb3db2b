"""Hostile lines, and the check of what has been received of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

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
