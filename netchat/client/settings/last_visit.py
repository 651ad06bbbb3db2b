"""What the client remembers of its last run at a server: the open rooms, and what was read.

It is one file for each server, beside the keys, and readable by its owner only.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec.structs import replace

from netchat.client.settings.files import file_name, replace_file

DIRECTORY = "servers"
_MAX_FILE_BYTES = 262_144
MAX_ROOMS = 100
"""How many open rooms are remembered."""
MAX_READ = 200
"""Of how many rooms it is remembered how far they were read."""
_LAST_SECOND = 253_402_300_799
"""The end of the year 9999, after which there is no date."""


class RememberedRoom(msgspec.Struct, frozen=True, omit_defaults=True):
    """A room, or with `talk` a private talk with the participant called `name`."""

    name: str
    talk: bool = False


class RememberedRead(msgspec.Struct, frozen=True, array_like=True):
    """The `id` of the last line that was read in a room, and when the user was there last.

    `left_at` is in seconds since the epoch, None if it is not known.
    """

    id: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    left_at: Annotated[float, msgspec.Meta(ge=0, le=_LAST_SECOND)] | None = None


class Visit(msgspec.Struct, frozen=True, omit_defaults=True):
    """The open rooms in their order, and the one that was shown; "" and none if not known.

    The `current` one is called as in a Target: by its name, which follows @ if it is a talk. `read`
    tells for each room how far it was read, by the ids of the server's `journal`; the room that was
    entered last comes last.
    """

    rooms: tuple[RememberedRoom, ...] = ()
    current: str = ""
    journal: str = ""
    read: dict[str, RememberedRead] = {}


class LastVisit:
    """The last visit to the server at `address`, kept in `directory`; None keeps nothing."""

    def __init__(self, directory: Path | None, address: str) -> None:
        self._path = directory / DIRECTORY / f"{file_name(address)}.json" if directory else None
        self._known = Visit()

    def load(self) -> Visit:
        """Return what is remembered; nothing if there is no file, or it cannot be used."""
        # It is a convenience: without it the client starts as at first.
        with suppress(OSError, ValueError):
            if self._path is not None:
                with open(self._path, "rb") as file:
                    self._known = msgspec.json.decode(file.read(_MAX_FILE_BYTES), type=Visit)
        return self._known

    def remember(self, visit: Visit, *, at_end: bool) -> None:
        """Remember the last rooms of `visit`; it writes nothing if it cannot.

        It writes only what has changed. A later time of leaving counts as that `at_end` only: until
        then, the user stays.
        """
        read = dict(list(visit.read.items())[-MAX_READ:])
        visit = replace(visit, rooms=visit.rooms[:MAX_ROOMS], read=read)
        if self._path is None or visit == self._known:
            return
        if not at_end and _without_times(visit) == _without_times(self._known):
            return
        self._known = visit
        with suppress(OSError):
            replace_file(self._path, msgspec.json.encode(visit) + b"\n", durable=False)


def _without_times(visit: Visit) -> tuple[object, ...]:
    read = {room: read.id for room, read in visit.read.items()}
    return visit.rooms, visit.current, visit.journal, read
