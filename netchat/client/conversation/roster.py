"""Who is in the room with us and which rooms there are, as far as it has been heard."""

from __future__ import annotations

import unicodedata
from typing import Any

from netchat.dialects.jsonl import events as wire

_MOST = 1000
"""How many names are held: no server makes us hold more."""


class Company:
    """Our own name, and those of the others and of the rooms; in the order in which they came."""

    def __init__(self, name: str) -> None:
        self.name = unicodedata.normalize("NFC", name)
        self.own = {self.name}
        """Every name that has been ours."""
        self.people: dict[str, None] = {}
        self.rooms: dict[str, None] = {}

    def call_us(self, name: str) -> None:
        """Learn our own name."""
        self.name = name
        self.own.add(name)

    def learn(self, event: Any) -> None:
        """Keep account of what `event` tells about names, if it is in our room."""
        match event:
            case wire.Renamed():
                self._rename(event)
            case wire.Entered() | wire.Names():
                self.people.clear()
                self._meet(*event.names)
                if len(self.rooms) < _MOST:
                    self.rooms[event.room] = None
            case wire.Joined():
                self._meet(*event.names)
            case wire.Left():
                for name in event.names:
                    self.people.pop(name, None)
            case wire.Said():
                self._meet(event.name)
            case wire.Rooms():
                self.rooms = {room.room: None for room in event.rooms[:_MOST]}

    def _rename(self, renamed: wire.Renamed) -> None:
        if renamed.name == self.name:
            self.call_us(renamed.to)
        self.people.pop(renamed.name, None)
        self._meet(renamed.to)

    def _meet(self, *names: str) -> None:
        for name in names:
            if len(self.people) < _MOST:
                self.people[name] = None
