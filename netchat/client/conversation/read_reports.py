"""Tells the server how far the user has read, for their other devices."""

from __future__ import annotations

from netchat.client.conversation.server_link import ServerLink
from netchat.model.state_requests import ReadRequest

INTERVAL = 1.0
"""Seconds between what is seen and the report of it: one report for many lines."""
_MAX_ROOMS = 1000
"""How many rooms are remembered; a server cannot make the client remember more."""
NONCE = "read"
"""The nonce of a report: a refusal of it is of no interest to the user."""


class ReadReports:
    """Reports the last line seen of the current room; `enabled` for a user who sees the lines.

    `timer` is the name of its delayed call.
    """

    __slots__ = ("_enabled", "_reported", "_room", "_scheduled", "_seen", "_timer")

    def __init__(self, timer: str, *, enabled: bool) -> None:
        self._timer = timer
        self._enabled = enabled
        self._room = ""
        self._seen = 0
        self._reported: dict[str, int] = {}
        self._scheduled = False

    def reset(self) -> None:
        """Forget what was to be reported: the connection is lost."""
        self._scheduled = False

    def saw(self, room: str, id: int, link: ServerLink) -> None:
        """Record that the user has seen the lines of `room`, where they are, up to `id`."""
        if not self._enabled or id <= self._reported.get(room, 0):
            return
        if room != self._room:
            self.flush(link)
        self._room, self._seen = room, id
        if not self._scheduled:
            self._scheduled = True
            link.call_later(self._timer, INTERVAL, lambda: self.flush(link))

    def flush(self, link: ServerLink) -> None:
        """Report now what was seen."""
        self._scheduled = False
        if self._enabled and self._seen > self._reported.get(self._room, 0):
            self._reported[self._room] = self._seen
            link.send(ReadRequest(self._room, self._seen, nonce=NONCE))

    def handle_read(self, room: str, id: int) -> None:
        """Record that the server knows that the user has read `room` up to `id`."""
        if room in self._reported or len(self._reported) < _MAX_ROOMS:
            self._reported[room] = max(id, self._reported.get(room, 0))
