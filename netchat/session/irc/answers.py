"""What a client of IRC is answered before it is registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netchat.dialects.irc.replies import Personal
    from netchat.session.interfaces import Connection


class Answers:
    """Writes to the client over `connection`, as `personal` renders it."""

    __slots__ = ("_connection", "personal")

    def __init__(self, connection: Connection, personal: Personal) -> None:
        self._connection = connection
        self.personal = personal

    def write(self, command: str, *parameters: str) -> None:
        """Write a line of the server."""
        self.write_line(self.personal.dialect.writer.from_server(command, *parameters))

    def reply(self, number: str, *parameters: str) -> None:
        """Write a numeric reply."""
        self.write_line(self.personal.numeric(number, *parameters))

    def write_line(self, line: bytes) -> None:
        """Write a line that is formatted already."""
        self._connection.write(self.personal.dialect.framed(line))

    def note(self, command: str, code: str, context: str, sentence: str) -> None:
        """Write a NOTE, or the `sentence` alone if the client does not take standard replies."""
        if "standard-replies" in self.personal.user.capabilities:
            self.write("NOTE", command, code, context, sentence)
        else:
            self.write("NOTICE", self.personal.nick() or "*", sentence)
