"""The word index: filled while the journal is idle, or a part at a time under load.

A line is stored and delivered before it is indexed; until then a search reads the line itself. So
indexing hardly delays lines, and a damaged index loses none: it is rebuilt from the lines.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace

from netchat.journal.paging import take_page
from netchat.journal.sqlite.lines import read_lines
from netchat.journal.sqlite.rows import LINE_FIELDS, Row, StoredRoom
from netchat.journal.sqlite.schema import INDEX
from netchat.journal.sqlite.statements import insert, transaction
from netchat.journal.sqlite.write_batch import write_rooms
from netchat.journal.sqlite.writer import Writer
from netchat.journal.tokenizer import find_words
from netchat.model.events import Said

MIN_BATCH = 256
"""Index a room when it has this many new lines; a search reads fewer in little time."""
_BATCH = 500
# A damaged FTS5 table may be impossible to drop, so its contents are replaced by those of an empty
# one.
_REBUILD = (
    INDEX.format("temp.fresh"),
    "DELETE FROM words_data",
    "DELETE FROM words_idx",
    "INSERT INTO words_data SELECT * FROM temp.fresh_data",
    "DROP TABLE temp.fresh",
)


class IndexDamagedError(Exception):
    """SQLite cannot read or write the index."""


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

    def remove(self, room: StoredRoom, lines: Sequence[Said]) -> None:
        """Remove `lines` of `room` from the index, within a transaction; or IndexDamagedError."""
        rows = [(room.key(x.id), _words(x)) for x in lines if x.id <= room.indexed]
        with _detect_damage():
            self._writer.connection.executemany(
                "INSERT INTO words (words, rowid, folded) VALUES ('delete', ?, ?)", rows
            )

    def rebuild(self) -> bool:
        """Replace the index by an empty one; return whether that succeeded."""
        if self._rebuilt:
            return self._disable("the rebuilt index is damaged again")
        self._warn("The word index was damaged; it is being rebuilt from the lines.")
        rooms = [replace(room, indexed=0) for room in self._writer.rooms.values()]
        try:
            with transaction(self._writer.connection):
                write_rooms(self._writer.connection, rooms)
                for statement in _REBUILD:
                    self._writer.connection.execute(statement)
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
        with _detect_damage():
            rows = [(room.key(line.id), _words(line)) for line in said]
            insert(connection, "words (rowid, folded)", rows)
        grown = replace(room, indexed=some[-1].last)
        write_rooms(connection, [grown])
        return grown


def look_up(
    connection: sqlite3.Connection, words: Collection[str], keys: tuple[int, int], *, newest: bool
) -> Iterator[Row]:
    """Yield the rows of the lines between `keys` that the index has for all `words`, in order.

    IndexDamagedError if the index cannot be read. Lines that have changed since they were indexed
    may be among them.
    """
    query = (
        f"SELECT {LINE_FIELDS} FROM words CROSS JOIN lines ON key = words.rowid"  # noqa: S608
        " WHERE words MATCH ? AND words.rowid BETWEEN ? AND ?"
        " ORDER BY words.rowid" + (" DESC" if newest else "")
    )
    match = " ".join(f'"{word}"' for word in words)
    with _detect_damage():
        yield from connection.execute(query, (match, *keys))


@contextmanager
def _detect_damage() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError:
        raise
    # SQLite reports a damaged length field as a lack of memory.
    except (sqlite3.DatabaseError, MemoryError) as error:
        raise IndexDamagedError from error


def _words(line: Said) -> str:
    return " ".join(find_words(line.text))
