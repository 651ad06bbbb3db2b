"""A session without a terminal: lines in, lines out, as with nc; refusals go to stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.model.lines import whole_lines

if TYPE_CHECKING:
    from netchat.doors.ssh.frontend import Link

_REFUSAL = b"! "


class PlainFrontend:
    """Passes lines of the text dialect through."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def data_received(self, data: bytes) -> None:
        """Pass lines on to the chat."""
        self._link.send(data)

    def input_ended(self) -> None:
        """Leave behind the last line."""
        self._link.end_input()

    def chat_received(self, data: bytes) -> None:
        """Pass lines on to the client."""
        if _REFUSAL not in data:
            self._link.write(data)
            return
        for line in whole_lines(data):
            if line.startswith(_REFUSAL):
                self._link.write_error(line + b"\n")
            else:
                self._link.write(line + b"\n")

    def resize(self, columns: int, rows: int) -> None:
        """Do nothing: there is no terminal."""

    def closing(self) -> None:
        """Do nothing: the last line has been written."""

    def connection_lost(self) -> None:
        """Do nothing: nothing is running."""


class RefusingFrontend(PlainFrontend):
    """Tells the client `sentence`, which has a line end, and nothing else."""

    def __init__(self, link: Link, sentence: str) -> None:
        super().__init__(link)
        self._sentence = sentence

    def closing(self) -> None:
        """Tell it."""
        self._link.write_error(self._sentence.encode())

    def data_received(self, data: bytes) -> None:
        """Drop input."""

    def input_ended(self) -> None:
        """Do nothing: it is about to close."""

    def chat_received(self, data: bytes) -> None:
        """Do nothing: the client is not in the chat."""
