"""`ssh HOST say TEXT`: says lines, shows none, and ends with the exit code of `netchat say`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from netchat.dialects.framing import EndlessLineError, Framer, TooLong
from netchat.doors.ssh.plain import PlainFrontend
from netchat.model.lines import lines_of, whole_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netchat.doors.ssh.frontend import Link

MAX_LINE = 64 * 1024
"""Bytes of a line that are kept until its end has come; the limit of the server is lower."""
_TOO_LONG = "A line is too long, and was not said; split it."


class _Heard(msgspec.Struct):
    type: str
    room: str = ""
    nonce: str = ""
    message: str = ""


_decode = msgspec.json.Decoder(_Heard).decode
_encode = msgspec.json.encode


class SayFrontend(PlainFrontend):
    """Says `text` in the room that the client is in, or the lines that it sends if that is None."""

    def __init__(self, link: Link, text: str | None) -> None:
        super().__init__(link)
        self._room = ""
        """The room, once the client is in it."""
        self._framer = Framer(MAX_LINE, MAX_LINE)
        self._framer.yield_blanks = False
        self._said = 0
        self._unstored: set[str] = set()
        self._has_ended = False
        self._problem = ""
        self._text = text
        link.pause_input()

    def data_received(self, data: bytes) -> None:
        """Say the lines in `data`."""
        if self._text is None:
            try:
                self._say(self._framer.feed(data))
            except EndlessLineError:
                self._fail(_TOO_LONG)

    def input_ended(self) -> None:
        """Leave when every line is stored."""
        if self._text is None:
            self._say(self._framer.rest())
            self._has_ended = True
            self._leave_when_stored()

    def chat_received(self, data: bytes) -> None:
        """Take note of what is stored, and of what is refused."""
        for line in whole_lines(data):
            heard = _decode(line)
            if heard.type == "entered" and not self._room:
                self._entered(heard.room)
            elif heard.type == "closing" and heard.message:
                self._problem = self._problem or heard.message
            elif heard.type == "error":
                self._problem = self._problem or heard.message
                self._settled(heard.nonce)
            elif heard.nonce:
                self._settled(heard.nonce)

    def closing(self) -> None:
        """Tell what was not said."""
        if not self._problem and not (self._has_ended and not self._unstored):
            self._problem = "Not all is stored; try again later."
        if self._problem:
            self._link.write_error(f"{self._problem}\n".encode())

    def _entered(self, room: str) -> None:
        self._room = room
        if self._text is not None:
            self._say(line.encode() for line in lines_of(self._text))
            self._has_ended = True
            self._leave_when_stored()
        self._link.resume_input()

    def _say(self, lines: Iterable[bytes | TooLong]) -> None:
        for line in lines:
            if isinstance(line, TooLong):
                self._problem = self._problem or _TOO_LONG
                continue
            text = line.decode(errors="replace")
            if text.strip():
                self._said += 1
                nonce = str(self._said)
                self._unstored.add(nonce)
                request = {"type": "say", "room": self._room, "text": text, "nonce": nonce}
                self._link.send(_encode(request) + b"\n")

    def _settled(self, nonce: str) -> None:
        self._unstored.discard(nonce)
        self._leave_when_stored()

    def _leave_when_stored(self) -> None:
        if self._has_ended and not self._unstored:
            self._link.close(int(bool(self._problem)))

    def _fail(self, problem: str) -> None:
        self._problem = self._problem or problem
        self._link.close(1)
