"""What the client remembers of its last run at a server: the rooms that were open.

It is one file for each server, beside the keys, and readable by its owner only.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from netchat.client.settings.files import file_name, replace_file

DIRECTORY = "servers"
_MAX_FILE_BYTES = 65_536
_MAX_ROOMS = 100


class RememberedRoom(msgspec.Struct, frozen=True, omit_defaults=True):
    """A room, or with `talk` a private talk with the participant called `name`."""

    name: str
    talk: bool = False


class Visit(msgspec.Struct, frozen=True, omit_defaults=True):
    """The open rooms in their order, and the one that was shown; "" and none if not known.

    The `current` one is called as in a Target: by its name, which follows @ if it is a talk.
    """

    rooms: tuple[RememberedRoom, ...] = ()
    current: str = ""


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

    def remember(self, rooms: Sequence[RememberedRoom], current: str) -> None:
        """Remember that these `rooms` are open, and `current` is shown; as in Visit.

        It writes only what has changed, and nothing if it cannot.
        """
        visit = Visit(tuple(rooms[:_MAX_ROOMS]), current)
        if self._path is None or visit == self._known:
            return
        self._known = visit
        with suppress(OSError):
            replace_file(self._path, msgspec.json.encode(visit) + b"\n", durable=False)
