"""The JSON lines dialect, read from the client's end: bytes from the server into what it tells.

No byte of a server reaches a terminal as it came: every text in what it tells is cleaned of
controls (`netchat.model.sanitize`), and a line that never ends is given up. Source:
docs/protocol.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

import msgspec

from netchat.dialects.jsonl.events import AnyEvent, Closing
from netchat.dialects.text.dialect import PROMPT
from netchat.model.sanitize import sanitize

MAX_LINE_BYTES = 4 * 1024 * 1024
"""How many bytes a server's line may have before it is taken for endless: 500 lines of a past."""
_decode_event = msgspec.json.Decoder(AnyEvent).decode
_encode = msgspec.json.Encoder().encode
_KNOWN_TYPES = frozenset(kind.__struct_config__.tag for kind in get_args(AnyEvent))


class ProtocolViolation:
    """What a netchat server does not say, or a line without an end; nothing comes after it."""


class Received(NamedTuple):
    """One thing that the server told, and the line it stood in, safe to print."""

    event: Any
    raw: bytes


class _HistoryLines(msgspec.Struct):
    """The lines of a history, as they stand in it."""

    lines: tuple[msgspec.Raw, ...]


class _TypeOnly(msgspec.Struct):
    """An object, and its type if it has one."""

    type: str = ""


def history_lines(history: bytes) -> Iterator[bytes]:
    """Yield the lines in the line `history`, which is of the type of that name."""
    return map(bytes, msgspec.json.decode(history, type=_HistoryLines).lines)


class Decoder:
    """Cuts what a server sends into lines, and tells what each of them says.

    Before it saw that we speak JSON, it may have asked for a name as it asks people.
    """

    def __init__(self) -> None:
        self._tail = b""
        self._started = False
        self._failed = False

    @property
    def is_foreign(self) -> bool:
        """Whether what came so far, if it ends here, is not what a netchat server says."""
        return not self._started and bool(self._tail.replace(PROMPT, b"").strip())

    def feed(self, data: bytes) -> Iterator[Received | ProtocolViolation]:
        """Yield what `data` completes.

        Work the iterator through before feeding again, or drop it and feed no more.
        """
        *lines, self._tail = (self._tail + data).split(b"\n")
        for line in lines:
            if self._failed:
                return
            decoded = self._decode_line(line.removesuffix(b"\r"))
            self._failed = isinstance(decoded, ProtocolViolation)
            if decoded is not None:
                yield decoded
        if len(self._tail) > MAX_LINE_BYTES and not self._failed:
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
    """Return what a server says that closes before it knows our dialect."""
    why = sanitize(line[2:].decode(errors="replace"))
    return Received(Closing("closed", why, retry=0), b"")


def _parse_event(line: bytes) -> Received | ProtocolViolation | None:
    """Return what `line` tells, or None if only a later version of us understands it."""
    try:
        text = line.decode()
        # Most lines are clean as they are.
        clean = sanitize(text) == text and "\\" not in text
        decoded = line if clean else _encode(_sanitized(msgspec.json.decode(line)))
        return Received(_decode_event(decoded), line if clean else _escape_controls(text).encode())
    except (ValueError, OverflowError, RecursionError):
        return None if _is_unknown_type(line) else ProtocolViolation()


def _is_unknown_type(line: bytes) -> bool:
    """Return whether `line` is of a type that we do not know."""
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
    """Return `line`, which is JSON, with every control in its texts written as JSON's escape."""
    if sanitize(line) == line:
        return line
    # Below the space there is only what stands between the texts.
    return "".join(
        char if char == sanitize(char) else " " if char < " " else f"\\u{ord(char):04x}"
        for char in line
    )
