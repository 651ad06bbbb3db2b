"""The list of the rooms with members; it is made anew only after somebody has joined or left."""

from __future__ import annotations

from netchat.chat.room import Room
from netchat.model.events import Rooms


class RoomList:
    """The rooms with members; there can be many more known rooms without."""

    def __init__(self) -> None:
        self._rooms: dict[Room, None] = {}
        self._listed: Rooms | None = None

    def update(self, room: Room) -> None:
        """Called when a participant has joined or left `room`."""
        self._listed = None
        if room.members:
            self._rooms[room] = None
        else:
            self._rooms.pop(room, None)

    def show(self) -> Rooms:
        """Return the list, sorted by name."""
        if self._listed is None:
            rooms = ((room.name, len(room.members)) for room in self._rooms)
            self._listed = Rooms(tuple(sorted(rooms)))
        return self._listed
