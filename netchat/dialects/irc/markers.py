"""Up to which time a client has read its rooms and its talks with people.

Source: https://ircv3.net/specs/extensions/read-marker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.dialects.irc.names import channel_of
from netchat.dialects.irc.references import server_time
from netchat.model.names import TALK

if TYPE_CHECKING:
    from netchat.dialects.irc.writer import Writer

READ_MARKER = "draft/read-marker"
MAX_MARKERS = 200
"""The most targets of one client; the first one is forgotten for another one."""


class Markers:
    """The times of one client by their targets; a time never goes back."""

    __slots__ = ("_times",)

    def __init__(self) -> None:
        self._times: dict[str, float] | None = None

    def get(self, target: str) -> float:
        """Return the time, in seconds since the epoch; 0: there is none."""
        return self._times.get(target.casefold(), 0) if self._times else 0

    def advance(self, target: str, time: float) -> bool:
        """Move the time of `target` forward to `time`; return whether it was earlier."""
        if time <= self.get(target):
            return False
        if self._times is None:
            self._times = {}
        self._times[target.casefold()] = time
        if len(self._times) > MAX_MARKERS:
            del self._times[next(iter(self._times))]
        return True


def marked_target(writer: Writer, room: str) -> str:
    """Return whom or what a mark of `room` is for; "" if clients of IRC have no name for it."""
    if room.startswith(TALK):
        return writer.view.account_name(int(room.removeprefix(TALK)))
    return channel_of(room) if room else ""


def marker_line(writer: Writer, target: str, time: float) -> bytes:
    """Return what tells the client the `time` of `target`."""
    return writer.from_server("MARKREAD", target, f"timestamp={server_time(time)}" if time else "*")
