"""One connection that appends and reads: what runs in the worker's thread, and blocks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, TypeVar

from msgspec import Struct
from psycopg import Connection, Cursor, Error
from psycopg.rows import TupleRow

from netchat.log.interface import Entry, LogError
from netchat.log.postgres import errors, statements
from netchat.log.postgres.connection import Handle, open_connection, single, timeline_of
from netchat.log.postgres.errors import REFUSALS, Failure, LostError
from netchat.log.postgres.opening import check_entries, check_site
from netchat.log.postgres.target import Target

T = TypeVar("T")


class Batch(Struct, frozen=True):
    """What is to be appended; `buries` an incarnation, if that has nothing behind `heard`."""

    number: int
    payload: bytes
    buries: int = 0
    heard: int | None = None


class Erasure(NamedTuple):
    """What the entry at `position` has from now on, if it has what it `was`."""

    position: int
    was: bytes
    payload: bytes


class Round(Struct, frozen=True):
    """What is done in one round trip: erase, append, and read what is behind `after`.

    And the oldest entry at or behind the position `wanted`, if that is not 0.
    """

    after: int
    batches: Sequence[Batch] = ()
    erasures: Sequence[Erasure] = ()
    wanted: int = 0


class Answer(Struct, frozen=True):
    """What a round has found.

    `added` is whether its batches are in the log, `position` the newest one, `current` whether this
    connection may append, `living` has the incarnations that may. `found` is the one wanted.
    """

    added: bool
    position: int
    current: bool
    living: Collection[int]
    entries: list[Entry]
    found: Entry | None = None


class Place(Struct, frozen=True):
    """How far a server has read: the position and key of the last entry, and the timeline."""

    site: str
    after: int
    key: tuple[int, int] | None
    timeline: int


class Begun(Struct, frozen=True):
    """What a new connection has found; `position` is the newest one at that moment."""

    position: int
    timeline: int


class Session:
    """A connection of an incarnation. All but `abandon` is called in the worker's thread."""

    def __init__(self, target: Target, incarnation: int) -> None:
        self._target = target
        self._number = str(incarnation)
        self._me = ""
        self._connection: Connection[TupleRow] | None = None
        self._handle = Handle()

    def abandon(self) -> None:
        """End the round that does not come to an end; called in another thread."""
        self._handle.end()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
        self._handle.close()

    def attempt(self, work: Callable[[], T]) -> T | Failure:
        """Return what `work` does, or why it has failed."""
        try:
            return work()
        except LogError as error:
            return Failure(str(error), isinstance(error, LostError))
        except Error as error:
            refused = isinstance(error, REFUSALS)
            return Failure(self._handle.describe(error, self._target.where), refused=refused)

    def begin(self, place: Place) -> Begun:
        """Connect, and take the place of the connection that this server had before.

        The row of the site then has the number of this connection. Whatever the one before has
        sent, and is still under way, in a buffer or waiting for the row, inserts nothing from then
        on: the WHERE of its UPDATE is evaluated on that row. If it has the row, this waits for it,
        and for the standby that it waits for. So after this, all that it has inserted is at or
        before the position returned, and what is not there never will be. That holds on a standby
        that was promoted too, for the row is in what it has got. An old primary is refused by its
        timeline.
        """
        where = self._target.where
        self._connection = connection = open_connection(self._target, self._handle)
        timeline = timeline_of(connection)
        if timeline < place.timeline:
            raise LogError(errors.FORMER_PRIMARY.format(where=where))
        try:
            with connection.transaction():
                _, position = check_site(connection, where, place.site)
                check_entries(connection, where, position, place.after, place.key)
                row = connection.execute(statements.REPLACE, {"number": self._number}).fetchone()
        except errors.MISSING as error:
            raise LostError(errors.LOST_TABLES.format(where=where)) from error
        # Without a row this incarnation is buried: it may read up to that, and append nothing.
        number = single(row) if row else -1
        self._me = f'{{"{self._number}": {{"session": {number}}}}}'
        return Begun(position, timeline)

    def run(self, work: Round) -> Answer:
        """Do a round; if it raises, it is not known whether its batches are in the log."""
        connection = self._connection
        assert connection is not None
        with (
            connection.cursor(binary=True) as read,
            connection.cursor(binary=True) as one,
            connection.cursor() as write,
        ):
            # What is sent in a pipeline is one transaction, of which nothing is used until its end.
            with connection.pipeline():
                if work.erasures:
                    columns = [*map(list, zip(*work.erasures, strict=True))]
                    connection.execute(statements.ERASE, columns)
                if work.batches:
                    self._append(write, work)
                read.execute(
                    statements.READ,
                    {"me": self._me, "number": self._number, "after": work.after},
                    prepare=True,
                )
                if work.wanted:
                    one.execute(statements.READ_ONE, [work.wanted])
            rows = read.fetchall()
            row = one.fetchone() if work.wanted else None
            added = bool(work.batches) and write.rowcount == len(work.batches)
        if not rows:
            raise LostError(errors.LOST_TABLES.format(where=self._target.where))
        position, current, living = rows[0][:3]
        entries = [Entry(*row[3:]) for row in rows if row[3] is not None]
        found = Entry(*row) if row else None
        return Answer(added, position, current, living or (), entries, found)

    def trim(self, before: float) -> bool:
        """Delete a part of what was written before that time; return whether there is more."""
        connection = self._connection
        assert connection is not None
        with connection.transaction():
            connection.execute(statements.LOCK_SITE)
            deleted = connection.execute(statements.TRIM, [before])
        return deleted.rowcount >= statements.CHUNK - 1

    def _append(self, write: Cursor[TupleRow], work: Round) -> None:
        values: dict[str, object] = {
            "me": self._me,
            "number": self._number,
            "after": work.after,
            "count": len(work.batches),
            "batches": [batch.number for batch in work.batches],
            "payloads": [batch.payload for batch in work.batches],
        }
        burial = work.batches[0]
        if burial.buries:
            write.execute(statements.LOCK_SITE)
            heard = statements.NEVER if burial.heard is None else burial.heard
            values |= {"buried": str(burial.buries), "heard": heard}
            write.execute(statements.BURY, values)
        else:
            write.execute(statements.APPEND, values, prepare=True)
