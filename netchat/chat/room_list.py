"""The list of the rooms that somebody is in, made anew only when somebody has come or gone."""

from __future__ import annotations

from netchat.chat.room import Room
from netchat.model.events import Rooms


class RoomList:
    """Rooms with somebody in them: of the others there can be many more."""

    def __init__(self) -> None:
        self._rooms: dict[Room, None] = {}
        self._listed: Rooms | None = None

    def update(self, room: Room) -> None:
        """Learn that somebody has come into `room`, or gone."""
        self._listed = None
        if room.members:
            self._rooms[room] = None
        else:
            self._rooms.pop(room, None)

    def show(self) -> Rooms:
        """Return the list, by name."""
        if self._listed is None:
            rooms = ((room.name, len(room.members)) for room in self._rooms)
            self._listed = Rooms(tuple(sorted(rooms)))
        return self._listed
