"""Who is in the room with us and which rooms there are, as far as it has been heard."""

from __future__ import annotations

import unicodedata

from netchat.client.heard import Came, Heard, Present, Renamed, RoomList, Said, Went

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

    def learn(self, heard: Heard) -> None:
        """Keep account of what `heard` tells about names."""
        match heard:
            case Renamed():
                self._rename(heard)
            case Came() | Present():
                self._meet(*heard.names)
            case Went():
                for name in heard.names:
                    self.people.pop(name, None)
            case Said():
                self._meet(heard.name)
            case RoomList():
                self.rooms = dict.fromkeys(heard.rooms[:_MOST])
        if isinstance(heard, Present) and len(self.rooms) < _MOST:
            self.rooms[heard.room] = None

    def _rename(self, renamed: Renamed) -> None:
        if renamed.name == self.name:
            self.name = renamed.to
            self.own.add(renamed.to)
        self.people.pop(renamed.name, None)
        self._meet(renamed.to)

    def _meet(self, *names: str) -> None:
        for name in names:
            if len(self.people) < _MOST:
                self.people[name] = None
