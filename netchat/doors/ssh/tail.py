"""`ssh HOST tail`: prints earlier lines of a room, and with --follow what is said from now on."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from netchat.doors.ssh.plain import PlainFrontend
from netchat.model.lines import whole_lines

if TYPE_CHECKING:
    from netchat.doors.ssh.commands import Tail
    from netchat.doors.ssh.frontend import Link


class _Line(msgspec.Struct):
    """A line of a room, or a gap of lines that are no longer kept."""

    type: str = ""
    id: int = 0
    time: str = ""
    name: str = msgspec.field(default="", name="from")
    text: str = ""
    action: bool = False
    to: int | str = 0


class _Heard(msgspec.Struct):
    type: str
    room: str = ""
    last: int = 0
    lines: list[msgspec.Raw] = []
    message: str = ""


_decode = msgspec.json.Decoder(_Heard).decode
_decode_line = msgspec.json.Decoder(_Line).decode
_KINDS = {"said": _Line, "gap": _Line}


class TailFrontend(PlainFrontend):
    """Prints the lines that `tail` asks for."""

    def __init__(self, link: Link, tail: Tail) -> None:
        super().__init__(link)
        self._tail = tail
        self._last = 0
        """The last id of the room when the client came in."""
        self._printed = 0
        self._held: list[bytes] | None = []
        """What is said while the earlier lines are being read; None: they are printed."""
        self._is_done = False

    def data_received(self, data: bytes) -> None:
        """Drop input: none is read."""

    def input_ended(self) -> None:
        """Go on: `ssh -n` has no input."""

    def chat_received(self, data: bytes) -> None:
        """Print lines, and problems."""
        for line in whole_lines(data):
            if self._is_done:
                return
            heard = _decode(line)
            match heard.type:
                case "entered":
                    self._entered(heard)
                case "history":
                    for one in heard.lines:
                        self._print(bytes(one))
                    self._caught_up()
                case "said" | "gap" if self._held is not None and self._tail.after is None:
                    self._held.append(line)
                case "said" | "gap":
                    self._print(line)
                    self._leave_at_end()
                case "error" | "closing" if heard.message:
                    self._link.write_error(f"{heard.message}\n".encode())
                    self._finish(1)

    def _entered(self, heard: _Heard) -> None:
        self._last = heard.last
        if self._tail.after is not None:
            self._held = None
            self._printed = self._tail.after
            self._leave_at_end()
        elif self._tail.last:
            request = {"type": "history", "room": heard.room, "limit": self._tail.last}
            self._link.send(msgspec.json.encode(request) + b"\n")
        else:
            self._printed = heard.last
            self._caught_up()

    def _caught_up(self) -> None:
        held, self._held = self._held or [], None
        if not self._tail.follow:
            self._finish(0)
            return
        for line in held:
            self._print(line)

    def _leave_at_end(self) -> None:
        if not self._tail.follow and self._printed >= self._last:
            self._finish(0)

    def _finish(self, status: int) -> None:
        self._is_done = True
        self._link.close(status)

    def _print(self, line: bytes) -> None:
        said = _decode_line(line)
        last = said.to if said.type == "gap" and isinstance(said.to, int) else said.id
        if last <= self._printed:
            return
        self._printed = last
        self._link.write((line if self._tail.json else _text(said).encode()) + b"\n")


def _text(line: _Line) -> str:
    """Return `line` for people, with its date and time in the local time of the server."""
    if line.type == "gap":
        return f"* Lines up to {line.to} are no longer kept"
    seconds = datetime.fromisoformat(line.time).timestamp()
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
    what = f"* {line.name} {line.text}" if line.action else f"{line.name}: {line.text}"
    return f"[{when}] {what}"
