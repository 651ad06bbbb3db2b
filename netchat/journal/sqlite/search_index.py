"""The word index: filled while the journal is idle, or a part at a time under load.

A line is stored and delivered before it is indexed; until then a search reads the line itself. So
indexing hardly delays lines, and a damaged index loses none: it is rebuilt from the lines.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from netchat.journal.paging import take_page
from netchat.journal.sqlite.lines import read_lines
from netchat.journal.sqlite.rows import StoredRoom
from netchat.journal.sqlite.statements import transaction
from netchat.journal.sqlite.words import IndexDamagedError, add_words, empty_words
from netchat.journal.sqlite.write_batch import write_rooms
from netchat.journal.sqlite.writer import Writer
from netchat.model.events import Said

MIN_BATCH = 256
"""Index a room when it has this many new lines; a search reads fewer in little time."""
_BATCH = 500


class SearchIndex:
    """The word index in the file of `writer`; `warn` is called when it has to be rebuilt."""

    def __init__(self, writer: Writer, warn: Callable[[str], None]) -> None:
        self._writer = writer
        self._warn = warn
        self._rebuilt = False
        """Whether the index has been rebuilt and no line has been indexed since."""
        self._disabled = False

    @property
    def unindexed(self) -> int:
        """The largest number of lines of one room that are not indexed."""
        return max(room.last - room.indexed for room in self._writer.rooms.values())

    def fill(self) -> bool:
        """Index some lines, in one transaction; return whether there may be more."""
        rooms = self._writer.rooms.values()
        room = next((room for room in rooms if room.last - room.indexed >= MIN_BATCH), None)
        if room is None or self._disabled:
            return False
        try:
            with transaction(self._writer.connection):
                grown = self._add(room)
        except IndexDamagedError:
            return self.rebuild()
        except sqlite3.Error:
            # If the error persists, the next store fails with it and reports it.
            return False
        self._writer.rooms[room.name] = grown
        self._rebuilt = False
        return True

    def rebuild(self) -> bool:
        """Replace the index by an empty one; return whether that succeeded."""
        if self._rebuilt:
            return self._disable("the rebuilt index is damaged again")
        self._warn("The word index was damaged; it is being rebuilt from the lines.")
        rooms = [replace(room, indexed=0) for room in self._writer.rooms.values()]
        try:
            with transaction(self._writer.connection):
                write_rooms(self._writer.connection, rooms)
                empty_words(self._writer.connection)
        except sqlite3.Error as error:
            return self._disable(str(error))
        self._writer.rooms.update((room.name, room) for room in rooms)
        self._rebuilt = True
        return True

    def _disable(self, why: str) -> bool:
        self._warn(f"The word index cannot be rebuilt, so searches are slow: {why}.")
        self._disabled = True
        return False

    def _add(self, room: StoredRoom) -> StoredRoom:
        connection = self._writer.connection
        with closing(read_lines(connection, room, room.indexed + 1, room.last)) as lines:
            some = take_page(lines, _BATCH)
        said = [line for line in some if isinstance(line, Said)]
        add_words(connection, room, said)
        grown = replace(room, indexed=some[-1].last)
        write_rooms(connection, [grown])
        return grown
