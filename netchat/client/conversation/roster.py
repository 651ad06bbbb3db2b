"""The user's names, and the rooms of the server, as far as they are known."""

from __future__ import annotations

import unicodedata
from typing import Any

from netchat.dialects.jsonl import events as wire

_MAX_NAMES = 1000
"""How many names are kept; a server cannot make the client keep more."""


class Roster:
    """The user's name, every name that they have had, and the rooms' names in order of arrival."""

    __slots__ = ("name", "own_names", "rooms")

    def __init__(self, name: str) -> None:
        self.name = unicodedata.normalize("NFC", name)
        self.own_names = {self.name}
        """Every name that the user has had."""
        self.rooms: dict[str, None] = {}

    def set_own_name(self, name: str) -> None:
        """Record the user's new name."""
        self.name = name
        self.own_names.add(name)

    def update(self, event: Any) -> None:
        """Record the names in `event`."""
        match event:
            case wire.Renamed(name=self.name):
                self.set_own_name(event.to)
            case wire.Entered() | wire.Names():
                if len(self.rooms) < _MAX_NAMES:
                    self.rooms[event.room] = None
            case wire.Rooms():
                self.rooms = {room.room: None for room in event.rooms[:_MAX_NAMES]}
