"""`netchat verify`: checks whether everything in a journal is as it was stored.

It reads every row once, in one snapshot, and changes nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from netchat.admin.arguments import REPORT_LOST, add_directory, parser_for, report_error
from netchat.admin.compare import differences, position_of
from netchat.admin.stored import journal_in, open_for_reading
from netchat.commandline.output import Output
from netchat.commandline.parser import Parser
from netchat.journal.interface import JournalError
from netchat.journal.sqlite.clock_record import is_clock_damaged
from netchat.journal.sqlite.identity import read_identity
from netchat.journal.sqlite.lines import has_rows, read_lines
from netchat.journal.sqlite.private_lines import damaged_lines
from netchat.journal.sqlite.records import damaged_entries, name_of, stored_records
from netchat.journal.sqlite.rooms import DamagedRoomError, known_room, room_rows
from netchat.journal.sqlite.rows import (
    MAX_ID,
    NONCE_FIELDS,
    StoredRoom,
    id_of,
    is_nonce_intact,
    number_of,
)
from netchat.journal.sqlite.schema import (
    CLOCK_VERSION,
    IDENTITY_VERSION,
    PRIVATE_VERSION,
    STATE_VERSION,
)
from netchat.journal.sqlite.statements import snapshot
from netchat.model.events import Gap


@dataclass(slots=True)
class Tally:
    """Counts of the rows read."""

    rooms: dict[int, StoredRoom] = field(default_factory=dict)
    unknown: set[int] = field(default_factory=set)
    lines: int = 0
    nonces: int = 0
    records: int = 0
    audited: int = 0

    def __str__(self) -> str:
        counts = {
            "room": len(self.rooms),
            "line": self.lines,
            "nonce": self.nonces,
            "record": self.records,
            "audited change": self.audited,
        }
        return ", ".join(f"{count} {what}{'s' * (count != 1)}" for what, count in counts.items())


def main(arguments: Sequence[str]) -> int:
    """Verify the journal in the directory that `arguments` name; return the exit code."""
    parser = make_parser()
    given = parser.parse_args(arguments)
    output = parser.output()
    try:
        path = journal_in(given.directory)
        problems = report(path, path, output)
        if given.against is not None:
            other = journal_in(given.against)
            problems += report(other, other, output) + _compare(path, other, output)
        return output.close(1 if problems else 0)
    except JournalError as error:
        report_error(str(error))
        return output.close(2)


def make_parser() -> Parser:
    """Return the parser of `netchat verify`."""
    parser = parser_for(
        "verify",
        "Read a whole journal and name what is damaged or missing; change nothing.",
        "0: the journal is whole; 1: it has problems; 2: it cannot be read",
        code_if_lost=REPORT_LOST,
    )
    add_directory(parser)
    parser.add_argument(
        "--against",
        metavar="DIR2",
        type=Path,
        help="compare it with the journal of another server of the site, or with a copy of it",
    )
    return parser


def _compare(path: Path, other: Path, output: Output) -> int:
    """Print what differs in two journals of a site, and a summary; return the number of it."""
    count = 0
    for difference in differences(path, other):
        output.print(difference)
        count += 1
    entries = position_of(path), position_of(other)
    verdict = f"{count} difference{'s' * (count != 1)}" if count else "no difference"
    output.print(f"{path} (entry {entries[0]}) and {other} (entry {entries[1]}): {verdict}.")
    return count


def report(path: Path, name: Path, output: Output) -> int:
    """Print the problems of the journal at `path`, and a summary; return the number of problems."""
    tally, count = Tally(), 0
    with open_for_reading(path) as connection:
        for problem in find_problems(connection, tally):
            output.print(problem)
            count += 1
    verdict = f"has {count} problem{'s' * (count > 1)}" if count else "is whole"
    output.print(f"{name} {verdict}: {tally}.")
    return count


def find_problems(connection: sqlite3.Connection, tally: Tally) -> Iterator[str]:
    """Yield a line for each problem, and count the rows in `tally`."""
    with snapshot(connection):
        for part in _CHECKS:
            try:
                yield from part(connection, tally)
            except sqlite3.DatabaseError as error:
                yield f"the file: {error}"


def _check_file(connection: sqlite3.Connection, tally: Tally) -> Iterator[str]:
    for (message,) in connection.execute("PRAGMA integrity_check"):
        if message != b"ok":
            yield "the file: " + " ".join(message.decode(errors="replace").split())


def _check_records(connection: sqlite3.Connection, tally: Tally) -> Iterator[str]:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version >= IDENTITY_VERSION and read_identity(connection) is None:
        yield "the file: the record of the journal's identifier is damaged"
    if version >= CLOCK_VERSION and is_clock_damaged(connection):
        yield "the file: the record of the clock is damaged"


def _check_state(connection: sqlite3.Connection, tally: Tally) -> Iterator[str]:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version < STATE_VERSION:
        return
    for kind, key, record in stored_records(connection):
        if record is None:
            yield f"the record {name_of(kind, key)} is damaged"
        tally.records += 1
    for number, damaged in damaged_entries(connection):
        if damaged:
            yield f"the audit: the entry of change {number} is damaged"
        tally.audited += 1


def _check_private(connection: sqlite3.Connection, tally: Tally) -> Iterator[str]:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version >= PRIVATE_VERSION:
        for account, id in damaged_lines(connection):
            yield f"account {account}: private line {id} is damaged"


def _check_rooms(connection: sqlite3.Connection, tally: Tally) -> Iterator[str]:
    for row in room_rows(connection):
        try:
            room, whole = known_room(connection, row)
        except DamagedRoomError as error:
            tally.unknown.add(row[0])
            yield f"the file: {error}, so its lines cannot be checked"
        else:
            tally.rooms[room.number] = room
            if not whole:
                yield f"room {room.name}: its record is damaged"


def _check_lines(connection: sqlite3.Connection, tally: Tally) -> Iterator[str]:
    for room in tally.rooms.values():
        for line in read_lines(connection, room, room.first, room.last):
            if isinstance(line, Gap):
                yield _problem(connection, room, line)
            else:
                tally.lines += 1


def _problem(connection: sqlite3.Connection, room: StoredRoom, gap: Gap) -> str:
    if gap.first != gap.last:
        return f"room {room.name}: lines {gap.first} to {gap.last} are missing"
    try:
        missing = not has_rows(connection, room, gap.first, gap.last)
    except sqlite3.DatabaseError:
        missing = False
    return f"room {room.name}: line {gap.first} is {'missing' if missing else 'damaged'}"


def _check_strays(connection: sqlite3.Connection, tally: Tally) -> Iterator[str]:
    """Yield the lines that belong to no known room, or are outside its ids."""
    after = -1 << 63
    while True:
        query = "SELECT key FROM lines WHERE key > ? ORDER BY key LIMIT 1"
        row = connection.execute(query, (after,)).fetchone()
        if row is None:
            return
        number, id = number_of(row[0]), id_of(row[0])
        room = tally.rooms.get(number)
        if room is None:
            if number not in tally.unknown:
                yield f"the room with number {number}: it has lines, but no record"
            after = StoredRoom(number, "").key(MAX_ID)
        elif room.first <= id <= room.last:
            after = room.key(room.last)
        else:
            yield f"room {room.name}: line {id} is outside the ids of the room"
            after = row[0]


def _check_nonces(connection: sqlite3.Connection, tally: Tally) -> Iterator[str]:
    for row in connection.execute(f"SELECT {NONCE_FIELDS} FROM nonces"):  # noqa: S608
        room = tally.rooms.get(row[2])
        if room is None:
            if row[2] not in tally.unknown:
                yield f"the room with number {row[2]}: it has a nonce, but no record"
        elif not is_nonce_intact(room.name.encode(), row):
            yield f"room {room.name}: the record of the nonce of line {row[3]} is damaged"
        tally.nonces += 1


_CHECKS = (
    _check_file,
    _check_records,
    _check_state,
    _check_private,
    _check_rooms,
    _check_lines,
    _check_strays,
    _check_nonces,
)
