"""Decode the JSON lines dialect at the client's end: from the server's bytes to its events.

No byte of the server reaches the terminal unchecked: control characters are removed from every text
(`netchat.model.sanitize`), and the connection is given up on a line that is too long. Source:
docs/protocol.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

import msgspec

from netchat.dialects.framing import Framer, TooLong
from netchat.dialects.jsonl.events import AnyEvent, Closing
from netchat.dialects.text.dialect import PROMPT
from netchat.model.disconnects import DENIED
from netchat.model.sanitize import sanitize

MAX_LINE_BYTES = 4 * 1024 * 1024
"""Longest line that is accepted from a server, in bytes; enough for a history of 500 lines."""
_decode_event = msgspec.json.Decoder(AnyEvent).decode
_encode = msgspec.json.Encoder().encode
_KNOWN_TYPES = frozenset(kind.__struct_config__.tag for kind in get_args(AnyEvent))


class ProtocolViolation:
    """The server sent something that no netchat server sends; nothing is decoded after it."""


class Received(NamedTuple):
    """One event from the server, and the line that it was in, which is safe to print."""

    event: Any
    raw: bytes


class _HistoryLines(msgspec.Struct):
    """The lines of a history, still encoded."""

    lines: tuple[msgspec.Raw, ...]


class _TypeOnly(msgspec.Struct):
    """The type of an object, "" if it has none."""

    type: str = ""


def history_lines(history: bytes) -> Iterator[bytes]:
    """Yield the encoded lines in `history`, an event of that type."""
    return map(bytes, msgspec.json.decode(history, type=_HistoryLines).lines)


class Decoder:
    """Split what a server sends into lines, and decode each line into an event.

    Before the server detects the JSON dialect, it may have sent the prompts of the text dialect.
    """

    __slots__ = ("_failed", "_framer", "_started")

    def __init__(self) -> None:
        self._framer = Framer(MAX_LINE_BYTES, longest=0)
        self._started = False
        self._failed = False

    @property
    def is_foreign(self) -> bool:
        """Whether the bytes received so far, if no more follow, are not from a netchat server."""
        begun = self._framer.unfinished
        return not self._started and bool(begun.replace(PROMPT, b"").strip())

    def feed(self, data: bytes) -> Iterator[Received | ProtocolViolation]:
        """Yield the events that `data` completes.

        Exhaust the iterator before the next call, or drop it and call no more.
        """
        for line in self._framer.feed(data):
            if self._failed:
                return
            if isinstance(line, TooLong):
                decoded: Received | ProtocolViolation | None = ProtocolViolation()
            else:
                decoded = self._decode_line(line)
            self._failed = isinstance(decoded, ProtocolViolation)
            if decoded is not None:
                yield decoded
        if self._framer.overlong and not self._failed:
            self._failed = True
            yield ProtocolViolation()

    def _decode_line(self, line: bytes) -> Received | ProtocolViolation | None:
        if not self._started:
            prompted = line.startswith(PROMPT)
            while line.startswith(PROMPT):
                line = line[len(PROMPT) :]
            if line.startswith(b"! ") and not prompted:
                return _text_rejection(line)
            self._started = line.startswith(b"{")
        return _parse_event(line) if line else None


def _text_rejection(line: bytes) -> Received:
    """Return the event for a server that closes before it detects the JSON dialect."""
    why = sanitize(line[2:].decode(errors="replace"))
    # What is not final is tried again after delays of the client's own.
    final = why == DENIED.message
    closing = Closing(DENIED.reason, why, None) if final else Closing("closed", why, retry=0)
    return Received(closing, b"")


def _parse_event(line: bytes) -> Received | ProtocolViolation | None:
    """Return the event in `line`, or None if its type is unknown, as of a later version."""
    try:
        text = line.decode()
        # Most lines contain nothing to remove, so they are decoded as they are.
        clean = sanitize(text) == text and "\\" not in text
        decoded = line if clean else _encode(_sanitized(msgspec.json.decode(line)))
        return Received(_decode_event(decoded), line if clean else _escape_controls(text).encode())
    except (ValueError, OverflowError, RecursionError):
        return None if _is_unknown_type(line) else ProtocolViolation()


def _is_unknown_type(line: bytes) -> bool:
    """Return whether `line` is an event of a type that this version does not know."""
    try:
        kind = msgspec.json.decode(line, type=_TypeOnly).type
    except (ValueError, RecursionError):
        return False
    return kind not in _KNOWN_TYPES


def _sanitized(decoded: Any) -> Any:
    if isinstance(decoded, str):
        return sanitize(decoded)
    if isinstance(decoded, list):
        return [_sanitized(item) for item in decoded]
    if isinstance(decoded, dict):
        return {key: _sanitized(value) for key, value in decoded.items()}
    return decoded


def _escape_controls(line: str) -> str:
    """Return `line`, which is JSON, with every control character in its texts as a JSON escape."""
    if sanitize(line) == line:
        return line
    # In JSON, a character below the space can only be whitespace between tokens.
    return "".join(
        char if char == sanitize(char) else " " if char < " " else f"\\u{ord(char):04x}"
        for char in line
    )
