"""How the rooms are written of which something is remembered: equivalent names are one room."""

from __future__ import annotations

from collections import Counter

from netchat.model.registry import NameRegistry


class RoomSpellings:
    """The spelling of each room that has records, as long as it has any."""

    def __init__(self) -> None:
        self._names: NameRegistry[str] = NameRegistry()
        self._records: Counter[str] = Counter()
        """The number of records of each room."""

    @property
    def names(self) -> set[str]:
        """The rooms, as they are written."""
        return {*self._records}

    def has(self, room: str) -> bool:
        """Return whether a room written as `room` has records."""
        return room in self._records

    def of(self, room: str) -> str:
        """Return how `room` is written in its records; `room` itself if there are none."""
        if not self._records or room in self._records:
            return room
        return self._names.find(room) or room

    def add(self, room: str) -> None:
        """Count one more record of `room` ("": of none); the name is one that `of` has returned."""
        if not room:
            return
        if room not in self._records:
            if any(self._names.holders(room)):
                raise ValueError(f"{room} is a room under another spelling")
            self._names.register(room, room)
        self._records[room] += 1

    def remove(self, room: str) -> None:
        """Count one record of `room` ("": of none) less."""
        if not room:
            return
        self._records[room] -= 1
        if not self._records[room]:
            del self._records[room]
            self._names.unregister(room)
