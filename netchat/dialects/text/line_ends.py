"""Line ends of telnet and of old clients: CR NUL, CR, or CR LF where others send LF.

Telnet sends CR NUL for Enter in character mode, and CR LF in line mode (RFC 854, "NVT printer and
keyboard"); some old clients send a bare CR.

What ends the first line of a client decides. After LF, as nc sends it, CR is part of the text: it
comes from a progress bar, or is hidden in a pasted text, where no command may begin behind it.
After CR LF, as of a telnet client in line mode, CR NUL ends a line too. After CR or CR NUL, all do.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from enum import Enum

_END_AT_CR = re.compile(rb"\r+[\n\0]?")
_AFTER_CR = re.compile(rb"\r*([\n\0]?)")
_RUN = re.compile(rb"\r\r+")
_FIRST_END = re.compile(rb"\n|\r+([^\r])", re.DOTALL)


class _Mode(Enum):
    UNKNOWN = 0
    """No line has ended yet, or only one at a CR whose next byte has not come."""
    VERBATIM = 1
    """Nothing is translated: a program, or a client that ends its lines with LF."""
    CR_LF = 2
    CR = 3


class LineEnds:
    """Translates the line ends of a stream of bytes to LF or CR LF, however the stream is cut.

    Nothing is changed in a stream that begins with `program_start`, after a byte order mark. A line
    that ends at a CR is complete at once, and what follows of its end is dropped.
    """

    __slots__ = ("_after_cr", "_head", "_held", "_mode", "_program_start")

    def __init__(self, program_start: bytes) -> None:
        self._program_start = program_start
        self._mode = _Mode.UNKNOWN
        self._head: bytes | None = b""
        """The first bytes, while they may be those of a byte order mark; None after that."""
        self._after_cr = False
        """Whether the last byte was a CR that has ended a line."""
        self._held = b""
        """A CR at the end of what was read, whose meaning the next byte decides."""

    @property
    def is_verbatim(self) -> bool:
        """Whether nothing has to be translated, now or later."""
        return self._mode is _Mode.VERBATIM

    def translate(self, data: bytes) -> bytes:
        """Return `data`, the next bytes of the stream, with its line ends translated."""
        if self._head is not None:
            self._detect_program(data)
        if self._after_cr:
            data = self._drop_rest_of_end(data)
        if self._mode is _Mode.UNKNOWN:
            self._detect_mode(data)
        if self._mode is _Mode.CR_LF:
            return self._translate_pairs(data)
        if self._mode is _Mode.VERBATIM or b"\r" not in data:
            return data
        self._after_cr = data.endswith(b"\r")
        return _END_AT_CR.sub(b"\n", data)

    def _detect_program(self, data: bytes) -> None:
        head = (self._head or b"") + data[: len(BOM_UTF8) + 1]
        start = head.removeprefix(BOM_UTF8)
        if start and not BOM_UTF8.startswith(start):
            self._head = None
            if start.startswith(self._program_start):
                self._mode = _Mode.VERBATIM
        else:
            self._head = head

    def _drop_rest_of_end(self, data: bytes) -> bytes:
        rest = _AFTER_CR.match(data)
        assert rest is not None, "it matches nothing, too"
        if not rest[1] and rest.end() == len(data):
            return b""
        self._after_cr = False
        if self._mode is _Mode.UNKNOWN:
            self._mode = _Mode.CR_LF if rest[1] == b"\n" else _Mode.CR
        return data[rest.end() :]

    def _detect_mode(self, data: bytes) -> None:
        end = _FIRST_END.search(data)
        if end is None:
            return
        if end[0] == b"\n":
            self._mode = _Mode.VERBATIM
        else:
            self._mode = _Mode.CR_LF if end[1] == b"\n" else _Mode.CR

    def _translate_pairs(self, data: bytes) -> bytes:
        """Return `data` with LF for CR NUL, and with one CR for a run of them."""
        if not self._held and b"\r" not in data:
            return data
        data = _RUN.sub(b"\r", self._held + data)
        self._held = b"\r" if data.endswith(b"\r") else b""
        return data[: len(data) - len(self._held)].replace(b"\r\0", b"\n")
