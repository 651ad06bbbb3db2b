"""Random lines with control characters, escape sequences and invalid bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

LINES = 10_000
FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
"""Never relayed: control characters, other line separators and bidirectional formatting."""
TOWER = re.compile("[\u0300-\u036f\u0489\u20dd]{9}")

_CONTROLS = [*map(chr, range(32)), "\x7f", *map(chr, range(0x80, 0xA0))]
_SEQUENCES = [
    "\x1b[2J", "\x1b[H", "\x1b[31m", "\x1b[6n", "\x1b[?1049h", "\x1bc", "\x1b7", "\x1b(0",
    "\x1b]0;title\x07", "\x1b]52;c;AAAA\x1b\\", "\x1b]8;;http://x\x07", "\x1bP1$r\x1b\\",
    "\x1b_Gq\x1b\\", "\x1b^x\x1b\\", "\x9b2J", "\x9d0;t\x9c", "\x90q\x9c", "\x85", "\x84", "\x8d",
    "\x07", "\x00", "\x08\x08\x08", "\r", "\v", "\f", "\r\rYou: ", "\x1b[1A\x1b[2K", "\x1b[999B",
]  # fmt: skip
_INVISIBLE = [
    "\u202e", "\u202a", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c", "\u200b", "\u200c",
    "\u200d", "\u2060", "\ufeff", "\u00ad", "\u180e", "\u2028", "\u2029", "\u034f", "\ufe0f",
    "\U000e0041", "\ufff9", "\ufffb", "\u2800", "\u3164",
]  # fmt: skip
_PLAIN = ["hello", "Bob:", "*", "!", "You:", "<b>", "%s", "{}", "${x}", "日本", "é", "😀", "\ufffd"]
_COMMANDS = ["/quit", "exit", "/nick Eve", "/join dev", "/msg Carl psst", "/topic owned", "//x"]
_BYTES = [
    b"\xff", b"\xff\xfb\x01", b"\xff\xfd\x18", b"\xff\xfa\x18\x01\xff\xf0", b"\xff\xf4",
    b"\xc0\xaf", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xf4\x90\x80\x80", b"\x80",
    b"\xe2\x80", b"\xfe",
]  # fmt: skip
_ESCAPES = ["\\u001b[2J", "\\u0007", "\\u0000", "\\u000a", "\\n/quit", "\\r\\n", "\\u202e",
            "\\u0085", "\\u2028", "\\ud800", "\\udc00\\ud800", "\\ud83d\\ude00", "\\u009b2J",
            "\\b", "\\f", "\\/quit", "\\x1b", "\\"]  # fmt: skip


def _combining_marks(random: Random) -> str:
    return random.choice("aZ é") + random.choice("\u0301\u0334\u0489\u20dd") * random.choice(
        [1, 2, 9, 40, 400]
    )


def texts(random: Random, lines: int = LINES) -> Iterator[str]:
    """Yield this many texts; some resemble a command, but none is one."""
    for number in range(lines):
        kinds = [_CONTROLS, _SEQUENCES, _INVISIBLE, _PLAIN]
        parts = [random.choice(random.choice(kinds)) for _ in range(random.randint(0, 6))]
        if random.random() < 0.2:
            parts.insert(random.randint(0, len(parts)), _combining_marks(random))
        if random.random() < 0.2:
            hidden = random.choice([*_CONTROLS, *_INVISIBLE])
            command = random.choice(_COMMANDS)
            split = random.randint(0, 1)
            parts = [command[:split], hidden, command[split:], *parts]
        if number % 7 == 0:
            parts.append(str(number))
        yield "".join(parts)


def is_command(line: bytes) -> bool:
    """Return whether `line` is visibly a command, or an exit."""
    typed = line.strip(b" \r")
    return typed.startswith(b"/") or typed.lower() == b"exit"


def text_lines(random: Random, lines: int = LINES) -> Iterator[bytes]:
    """Yield this many lines of the text dialect, without their line ends."""
    for text in texts(random, lines):
        line = text.replace("\n", "\v").encode()
        if random.random() < 0.15:
            place = random.randint(1, len(line)) if line else 0
            line = line[:place] + random.choice(_BYTES) + line[place:]
        yield b"x" + line if is_command(line) else line


def json_lines(random: Random, lines: int = LINES) -> Iterator[bytes]:
    """Yield this many JSON lines, without their line ends; most of them are valid."""
    for text in texts(random, lines):
        body = "".join(_written(random, char) for char in text)
        if random.random() < 0.2:
            body += random.choice(_ESCAPES)
        line = b'{"type":"say","room":"lobby","text":"%s"}' % body.encode()
        if random.random() < 0.05:
            line = line[:40] + random.choice(_BYTES) + line[40:]
        yield line


def _written(random: Random, char: str) -> str:
    if char in '"\\' or ord(char) < 0x20:
        # Sometimes unescaped, which is not valid JSON.
        return char if random.random() < 0.02 and char != "\n" else f"\\u{ord(char):04x}"
    if random.random() < 0.2 and ord(char) < 0x10000:
        return f"\\u{ord(char):04X}"
    return char
