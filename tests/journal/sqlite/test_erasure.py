"""Nothing of a deleted line is left in any file of the journal's directory."""

from __future__ import annotations

import random
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from netchat.admin.verify import Tally, find_problems
from netchat.journal.interface import Page, Span
from netchat.journal.sqlite.journal import ERASE_INTERVAL, TRIM_INTERVAL
from netchat.journal.sqlite.schema import CLOCK_VERSION, MIGRATIONS, prepare
from netchat.journal.sqlite.search_index import MIN_BATCH
from netchat.model.events import Event, Gap, Refused, Repeated, Said
from netchat.state.changes import Change, Changed, DeleteLines
from tests.support.changes import change, settled
from tests.support.checkout import CHECKOUT
from tests.support.journals import (
    NOW,
    HeldWorker,
    JournalFile,
    all_of,
    append,
    ask,
    line,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from netchat.threads.worker import T

SECRET = "Hunter2Passphrase"
WORD = SECRET.lower()
"""The secret as the word index has it."""


@pytest.fixture
def journal_file(tmp_path: Path) -> Iterator[JournalFile]:
    journal_file = JournalFile(tmp_path)
    yield journal_file
    journal_file.close()


def deletion(*ids: int, room: str = "lobby") -> Change:
    return change(DeleteLines(room, ids))


def traces(directory: Path, *secrets: str) -> list[str]:
    """Return the files in `directory` that have any of `secrets` in them, in any case."""
    wanted = [secret.lower().encode() for secret in secrets or (WORD,)]
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return [
        path.name for path in files if any(secret in path.read_bytes().lower() for secret in wanted)
    ]


def many(count: int = 2 * MIN_BATCH) -> list[Event]:
    """Return lines of which the last one has the secret; so many are indexed."""
    return [*(line(f"line {number}") for number in range(1, count)), line(SECRET, nonce="n")]


@pytest.mark.parametrize("count", [1, 10, 2 * MIN_BATCH, 5000])
def test_a_deleted_line_is_soon_in_no_file_of_a_running_server(
    journal_file: JournalFile, count: int
) -> None:
    journal = journal_file.open()
    append(journal, *many(count))
    journal_file.clock.advance(10)
    assert traces(journal_file.directory)
    settled(journal, deletion(count))
    journal_file.clock.advance(10)
    assert traces(journal_file.directory) == []
    assert all_of(journal)[-1] == Said("lobby", "Bob", "", NOW, id=count, deleted=True)
    assert not journal_file.clock.warnings


def test_long_lines_leave_nothing_either(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    append(journal, *[line(f"{SECRET} {'x' * 4000}{number}") for number in range(50)])
    settled(journal, deletion(*range(1, 51)))
    journal_file.clock.advance(10)
    assert traces(journal_file.directory) == []


def test_a_line_that_is_deleted_at_once_leaves_nothing(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    append(journal, line(SECRET, nonce="n"), deletion(1))
    journal_file.clock.advance(10)
    assert traces(journal_file.directory) == []


@pytest.mark.parametrize("seed", range(3))
def test_no_copy_is_left_where_sqlite_has_moved_lines(journal_file: JournalFile, seed: int) -> None:
    rng, journal = random.Random(seed), journal_file.open()
    counts = dict.fromkeys(["lobby", "dev", "tea", "ops", "a", "b", "c"], 0)
    for _ in range(60):
        batch: list[Event] = []
        for room in rng.choices(list(counts), k=rng.randint(1, 40)):
            counts[room] += 1
            # Each line consists of its own place, so that a piece of it gives it away.
            batch.append(line(f"<{room}.{counts[room]}>" * rng.randint(1, 40), room))
        append(journal, *batch)
    places = [(room, id) for room, count in counts.items() for id in range(1, count + 1)]
    gone = rng.sample(places, len(places) // 3)
    for room, id in gone:
        settled(journal, deletion(id, room=room))
    journal_file.clock.advance(60)
    found = set(re.findall(rb"<(\w+)\.(\d+)>", journal_file.path.read_bytes()))
    assert not found & {(room.encode(), b"%d" % id) for room, id in gone}
    for room, count in counts.items():
        expected = [(room, id) in gone for id in range(1, count + 1)]
        assert [isinstance(x, Said) and x.deleted for x in all_of(journal, room)] == expected


@pytest.mark.parametrize("count", [1, 2 * MIN_BATCH])
def test_a_server_that_is_killed_at_once_leaves_nothing_after_its_restart(
    journal_file: JournalFile, count: int
) -> None:
    code = f"""if True:
        import os, signal, sys
        sys.path.insert(0, {str(CHECKOUT)!r})
        from pathlib import Path
        from tests.journal.sqlite.test_erasure import JournalFile, append, deletion, many
        journal_file = JournalFile(Path({str(journal_file.directory)!r}))
        journal = journal_file.open()
        append(journal, *many({count}))
        journal_file.clock.advance(10)
        append(journal, deletion({count}))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert traces(journal_file.directory)
    journal = journal_file.open()
    (deleted,) = ask(journal, Span(count - 1, count, 1)).lines
    assert isinstance(deleted, Said)
    assert deleted.deleted
    journal_file.clock.advance(10)
    assert traces(journal_file.directory) == []


def test_what_another_program_reads_is_erased_when_it_has_finished(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open()
    append(journal, *many())
    with closing(sqlite3.connect(journal_file.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM lines").fetchone()
        settled(journal, deletion(2 * MIN_BATCH))
        journal_file.clock.advance(5)
        assert traces(journal_file.directory)
    journal_file.clock.advance(ERASE_INTERVAL)
    assert traces(journal_file.directory) == []


def test_an_erasure_is_finished_after_the_journal_was_closed(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    append(journal, *many())
    journal_file.clock.advance(10)
    append(journal, deletion(2 * MIN_BATCH))
    journal_file.open()
    journal_file.clock.advance(10)
    assert traces(journal_file.directory) == []


def test_lines_deleted_one_after_the_other_are_all_erased(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    secrets = [f"{SECRET}{number}x" for number in range(600)]
    append(journal, *map(line, secrets))
    journal_file.clock.advance(10)
    for number in range(1, 61):
        settled(journal, deletion(number))
        journal_file.clock.advance(0.06)
    journal_file.clock.advance(10)
    assert traces(journal_file.directory, *secrets[:60]) == []
    assert len(ask(journal, Span(0, 600, 500), words=secrets[60]).lines) == 1
    assert not ask(journal, Span(0, 600, 500), words=secrets[0]).lines


def test_a_deletion_rebuilds_a_damaged_index(journal_file: JournalFile) -> None:
    append(journal_file.open(), *many())
    journal_file.clock.advance(10)
    journal_file.change(f"UPDATE words_data SET block = x'{'ff' * 40}'")
    journal = journal_file.open()
    settled(journal, deletion(2 * MIN_BATCH))
    journal_file.clock.advance(10)
    assert "index was damaged" in journal_file.clock.warnings[0]
    assert traces(journal_file.directory) == []
    assert len(ask(journal, Span(0, 600, 500), words="line 7").lines) == 1
    assert not ask(journal, Span(0, 600, 500), words=SECRET).lines


def test_an_index_that_is_damaged_during_the_erasure_is_rebuilt(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    append(journal, *many())
    journal_file.clock.advance(10)
    append(journal, deletion(2 * MIN_BATCH))
    journal_file.change(f"UPDATE words_data SET block = x'{'ff' * 40}'")
    journal = journal_file.open()
    journal_file.clock.advance(10)
    assert traces(journal_file.directory) == []
    assert len(ask(journal, Span(0, 600, 500), words="line 7").lines) == 1


def test_damaged_lines_and_nonces_near_a_deleted_one_stay_as_they_are(
    journal_file: JournalFile,
) -> None:
    append(journal_file.open(), *[line(f"line {n}", nonce=f"n{n}") for n in range(1, 6)])
    journal_file.change("UPDATE lines SET text = x'ff00' WHERE text = 'line 3'")
    journal_file.change("UPDATE nonces SET name = 'Eve' WHERE nonce = 'n4'")
    journal = journal_file.open()
    settled(journal, deletion(2, 4))
    (refused,) = append(journal, line("line 4", nonce="n4"))
    assert isinstance(refused, Refused)
    journal_file.close()
    with closing(sqlite3.connect(journal_file.path)) as connection:
        rows = connection.execute("SELECT text FROM lines ORDER BY key").fetchall()
        (digest,) = connection.execute("SELECT digest FROM nonces WHERE nonce = 'n4'").fetchone()
    assert [text for (text,) in rows] == ["line 1", "", b"\xff\0", "", "line 5"]
    assert digest == b""


def test_a_line_near_an_unreadable_page_is_deleted_all_the_same(
    journal_file: JournalFile,
) -> None:
    append(journal_file.open(), *(line(f"{n} " + "x" * 100) for n in range(1, 400)))
    journal_file.close()
    data = bytearray(journal_file.path.read_bytes())
    data[data.index(b"200 xxx") // 4096 * 4096] = 0xFF
    journal_file.path.write_bytes(data)
    journal = journal_file.open()
    lost = [x.first for x in all_of(journal) if isinstance(x, Gap)]
    settled(journal, deletion(lost[0] - 45))
    assert texts(all_of(journal))[lost[0] - 46] == ""


class LateWorker(HeldWorker):
    """A worker whose answers the test delivers, after the work was done."""

    def call(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        result = work()

        def deliver() -> None:
            done(result)

        self.held.append(deliver)


@pytest.mark.parametrize("newest", [False, True])
def test_an_answer_that_was_found_before_a_deletion_has_no_text_after_it(
    journal_file: JournalFile, newest: bool
) -> None:
    late = LateWorker()
    journal = journal_file.open(read=late, search=late)
    append(journal, line(f"tea {SECRET}"), line("tea"), line(f"{SECRET} tea"), line("tea"))
    found: list[object] = []
    journal.read("lobby", Span(0, 4, 9, newest), found.append)
    journal.search("lobby", "tea", Span(0, 4, 9, newest), found.append)
    settled(journal, deletion(1))
    settled(journal, deletion(3))
    late.run_all()
    page, hits = found
    assert isinstance(page, Page)
    assert isinstance(hits, Page)
    assert texts(page.lines) == ["", "tea", "", "tea"]
    assert texts(hits.lines) == ["tea", "tea"]
    journal.close(lambda: None)
    late.run_all()
    journal_file.journal = None


def test_old_lines_are_dropped_whether_they_are_deleted_or_not(journal_file: JournalFile) -> None:
    journal = journal_file.open(keep_lines=100)
    append(journal, *many())
    journal_file.clock.advance(10)
    settled(journal, deletion(1, 300, 450, 2 * MIN_BATCH))
    append(journal, *[line(f"later {number}") for number in range(100)])
    journal_file.clock.advance(TRIM_INTERVAL + 10)
    assert ask(journal, Span(0, 9999, 9)).lines[0] == Gap("lobby", 1, 2 * MIN_BATCH)
    journal = journal_file.open(keep_lines=50)
    journal_file.clock.advance(TRIM_INTERVAL + 10)
    assert not journal_file.clock.warnings
    assert len(ask(journal, Span(0, 9999, 200), words="later").lines) == 50
    again = append(journal, line(SECRET, nonce="n"))
    assert isinstance(again[0], Repeated)


def test_a_journal_with_deleted_lines_is_whole(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    append(journal, *many())
    journal_file.clock.advance(10)
    settled(journal, deletion(7, 2 * MIN_BATCH))
    journal_file.clock.advance(10)
    journal_file.close()
    with closing(sqlite3.connect(journal_file.path, isolation_level=None)) as connection:
        connection.text_factory = bytes
        assert list(find_problems(connection, Tally())) == []


def test_the_migration_overwrites_what_older_versions_left_in_the_file(
    journal_file: JournalFile,
) -> None:
    prepare(journal_file.path, MIGRATIONS[:CLOCK_VERSION])
    with closing(sqlite3.connect(journal_file.path)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        rows = [(number, 0, "Bob", SECRET, 0, 0) for number in range(1000)]
        connection.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?)", rows)
        connection.commit()
        connection.execute("DELETE FROM lines")
        connection.commit()
    assert traces(journal_file.directory)
    journal_file.open()
    journal_file.close()
    assert traces(journal_file.directory) == []


def test_a_deletion_that_fails_has_not_happened(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    append(journal, *many())
    with closing(sqlite3.connect(journal_file.path, isolation_level=None)) as operator:
        operator.execute(
            "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
        (refused,) = append(journal, deletion(2 * MIN_BATCH))
        operator.execute("DROP TRIGGER full")
    assert isinstance(refused, Refused)
    assert refused.code == "storage"
    assert texts(all_of(journal))[-1] == SECRET
    assert len(ask(journal, Span(0, 600, 500), words=SECRET).lines) == 1
    (again,) = append(journal, line(SECRET, nonce="n"))
    assert isinstance(again, Repeated)
    assert again.said.text == SECRET
    (result,) = settled(journal, deletion(2 * MIN_BATCH))
    assert isinstance(result, Changed)
