"""The participants in the room, and the rooms of the server, as far as they are known."""

from __future__ import annotations

import unicodedata
from typing import Any

from netchat.dialects.jsonl import events as wire

_MAX_NAMES = 1000
"""How many names are kept; a server cannot make the client keep more."""


class Roster:
    """The user's name, the other participants' names and the rooms' names, in order of arrival."""

    def __init__(self, name: str) -> None:
        self.name = unicodedata.normalize("NFC", name)
        self.own_names = {self.name}
        """Every name that the user has had."""
        self.participants: dict[str, None] = {}
        self.rooms: dict[str, None] = {}

    def set_own_name(self, name: str) -> None:
        """Record the user's new name."""
        self.name = name
        self.own_names.add(name)

    def update(self, event: Any) -> None:
        """Record the names in `event`, an event in the current room."""
        match event:
            case wire.Renamed():
                self._rename(event)
            case wire.Entered() | wire.Names():
                self.participants.clear()
                self._add(*event.names)
                if len(self.rooms) < _MAX_NAMES:
                    self.rooms[event.room] = None
            case wire.Joined():
                self._add(*event.names)
            case wire.Left():
                for name in event.names:
                    self.participants.pop(name, None)
            case wire.Said():
                self._add(event.name)
            case wire.Rooms():
                self.rooms = {room.room: None for room in event.rooms[:_MAX_NAMES]}

    def _rename(self, renamed: wire.Renamed) -> None:
        if renamed.name == self.name:
            self.set_own_name(renamed.to)
        self.participants.pop(renamed.name, None)
        self._add(renamed.to)

    def _add(self, *names: str) -> None:
        for name in names:
            if len(self.participants) < _MAX_NAMES:
                self.participants[name] = None
