"""The list of the rooms with members; it is rebuilt only after a join or leave."""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat.room import Room
from netchat.model.answers import Rooms
from netchat.state.records import RoomSettings


class RoomList:
    """The rooms with members, by the number of people; the chat may know many more without.

    A private room is listed only for those who may enter it.
    """

    def __init__(self) -> None:
        self._rooms: dict[Room, None] = {}
        self._private: dict[Room, None] = {}
        self._listed: Rooms | None = None
        """The rooms that are not private, for everybody."""

    def update(self, room: Room, settings: RoomSettings | None) -> None:
        """Called when a participant has joined or left `room`, or when its `settings` changed."""
        self._listed = None
        self._rooms.pop(room, None)
        self._private.pop(room, None)
        if room.members:
            private = settings is not None and settings.private
            (self._private if private else self._rooms)[room] = None

    def show(self, may_enter: Callable[[str], bool]) -> Rooms:
        """Return the list, sorted by name; `may_enter` tells whether the reader may enter a room.

        It is called for private rooms only.
        """
        if self._listed is None:
            self._listed = Rooms(tuple(sorted(map(_entry, self._rooms))))
        private = [_entry(room) for room in self._private if may_enter(room.name)]
        return Rooms(tuple(sorted((*self._listed.rooms, *private)))) if private else self._listed


def _entry(room: Room) -> tuple[str, int]:
    return room.name, room.people
