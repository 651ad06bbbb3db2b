"""How far the user has read the rooms in which they were: here, and on their other devices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netchat.client.conversation.interfaces import LastRead
from netchat.client.conversation.read_marker import ReadMarker

_MAX_ROOMS = 200
"""How many rooms keep their read position."""
_MAX_MARKS = 1000
"""How many rooms keep the mark of other devices; a server cannot make the client keep more."""


class ReadPositions:
    """The read position of each room, by the room's name.

    An earlier run of the client has ended at `last_read`, by the ids of `journal`.
    """

    __slots__ = ("_elsewhere", "_markers", "journal")

    def __init__(self, last_read: Mapping[str, LastRead], journal: str) -> None:
        self.journal = journal or None
        """The identifier of the server's journal; None if the server has not told."""
        self._markers = {room: _earlier_run(read) for room, read in last_read.items()}
        self._elsewhere: dict[str, int] = {}

    def __bool__(self) -> bool:
        """Whether the user was in any room."""
        return bool(self._markers)

    def __getitem__(self, room: str) -> ReadMarker:
        """Return the position in `room`, where the user is."""
        return self._markers[room]

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the rooms, the one that was entered last comes last."""
        return iter(self._markers)

    def clear(self) -> None:
        """Forget every position: the server has other lines under these ids."""
        self._markers.clear()
        self._elsewhere.clear()

    def forget(self, room: str) -> None:
        """Forget the position in `room`: lines before it were not shown."""
        self._markers.pop(room, None)

    def mark_read(self, room: str, last: int) -> None:
        """Take the lines of `room` up to the id `last` as read."""
        self._markers[room] = ReadMarker(last)

    def mark_elsewhere(self, room: str, last: int) -> None:
        """Record that the user has read `room` up to the id `last`, possibly on another device."""
        if room in self._elsewhere or len(self._elsewhere) < _MAX_MARKS:
            self._elsewhere[room] = last

    def last_read(self, room: str) -> int | None:
        """Return the id of the last line read in `room`, None if the user never was there."""
        return self._markers[room].last if room in self._markers else None

    def last_elsewhere(self, room: str) -> int:
        """Return the id up to which `room` was read, possibly on another device; 0 if unknown."""
        return self._elsewhere.get(room, 0)

    def enter(self, room: str, asked: str, last: int) -> ReadMarker | None:
        """Enter `room`, which was `asked` for and has the last id `last`.

        Return its position if the user was there before.
        """
        known = self._markers.pop(asked, None)
        self._markers[room] = known or ReadMarker(last)
        if len(self._markers) > _MAX_ROOMS:
            del self._markers[next(iter(self._markers))]
        return known

    def canonical_name(self, room: str) -> str:
        """Return the name of `room` as the server spells it, if the user was there."""
        # Imported here because it loads a large table, and most users stay in one room.
        from netchat.model.names import MAX_ROOM, match_keys

        if room in self._markers or len(room) > MAX_ROOM:
            return room
        keys = match_keys(room)
        known = (name for key in keys for name in self._markers if key in match_keys(name))
        return next(known, room)


def _earlier_run(read: LastRead) -> ReadMarker:
    marker = ReadMarker(read.id)
    marker.earlier, marker.left_at = read.id, read.left_at
    return marker
