"""The list of the rooms with members; it is rebuilt only after a join or leave."""

from __future__ import annotations

from netchat.chat.room import Room
from netchat.model.events import Rooms


class RoomList:
    """The rooms with members, by the number of people; the chat may know many more without."""

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
            rooms = ((room.name, room.people) for room in self._rooms)
            self._listed = Rooms(tuple(sorted(rooms)))
        return self._listed
