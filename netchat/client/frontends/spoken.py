"""What is told in lines of their own to a user with a screen reader, who sees no other place.

It takes the place of the status line and of the number of unstored lines in the prompt.
"""

from __future__ import annotations

from collections.abc import Callable

from netchat.client.conversation.interfaces import OpenRoom
from netchat.client.frontends.status_line import Figures, room_text
from netchat.client.frontends.unstored import Unstored
from netchat.model.sanitize import sanitize


class Spoken:
    """Tells by `notify` what has changed, while it is `wanted`."""

    __slots__ = ("_notify", "_told", "_unstored", "_wanted")

    def __init__(
        self, wanted: Callable[[], bool], notify: Callable[[str], None], unstored: Unstored
    ) -> None:
        self._wanted = wanted
        self._notify = notify
        self._unstored = unstored
        self._told = False

    def unstored_changed(self) -> None:
        """Tell that lines are not stored yet, and later that they are."""
        lines = self._unstored.lines
        if self._unstored.badge and not self._told and self._wanted():
            self._told = True
            what = "1 line is" if lines == 1 else f"{lines} lines are"
            self._notify(f"! {what} not stored yet.")
        elif self._told and not lines:
            self._told = False
            self._notify("* All lines are stored.")

    def mentioned(self, room: OpenRoom) -> None:
        """Tell that somebody mentions the user in `room`, which is not shown."""
        if self._wanted():
            self._notify(f"* Somebody mentions you in {room.name}.")

    def status(self, figures: Figures) -> None:
        """Tell what the status line shows, for a user who asks by an empty line."""
        if self._wanted():
            rooms = sorted(figures.rooms, key=lambda room: not room.current)
            topics = (sanitize(room.topic) for room in rooms[:1] if room.current)
            topic = [f"topic: {text}" for text in topics if text]
            state = "connected" if figures.online else "not connected"
            self._notify(", ".join([*map(room_text, rooms), *topic, state]))
