"""A disk that takes no data: clients get an error, and the journal recovers by itself.

The failures are real: a limit on the size of files or of the database, a lock, a kernel in which
fsync fails.
"""

from __future__ import annotations

import ctypes
import platform
import resource
import signal
import sqlite3
import struct
import subprocess
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from netchat.journal.interface import EventGroup, Span
from netchat.model.events import Event, Joined, Left, Refused, Repeated, Said, SaidLines, TopicSet
from tests.support.checkout import CHECKOUT
from tests.support.journals import (
    NOW,
    HeldWorker,
    JournalFile,
    all_of,
    append,
    ask,
    close,
    line,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REFUSED = Refused(
    "storage", "Your line could not be stored, so nobody saw it; send it again later."
)


@pytest.fixture
def journal_file(tmp_path: Path) -> Iterator[JournalFile]:
    journal_file = JournalFile(tmp_path)
    yield journal_file
    journal_file.close()


@contextmanager
def no_room_on_disk(journal_file: JournalFile) -> Iterator[None]:
    """Allow no file to grow beyond the current size of the write-ahead log."""
    size = journal_file.path.with_name("journal.sqlite-wal").stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_lines_with_nonces_are_refused_one_by_one(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    append(journal, line("a"))
    lines = SaidLines("lobby", "Bob", ("x", "y"), NOW, nonces=("1", "2"), client="c")
    with no_room_on_disk(journal_file):
        (refused,) = append(journal, lines)
    assert refused == EventGroup((replace(REFUSED, nonce="1"), replace(REFUSED, nonce="2")))
    assert append(journal, lines) == [replace(lines, first=2)]


def test_a_repeated_line_is_acknowledged_even_if_nothing_can_be_stored(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open()
    stored = line("a", nonce="1")
    lines = SaidLines("lobby", "Bob", ("b", "new"), NOW, nonces=("2", "3"), client="bobs-client")
    (first, second) = append(journal, stored, line("b", nonce="2"))
    assert isinstance(first, Said)
    assert isinstance(second, Said)
    with no_room_on_disk(journal_file):
        settled = append(journal, line("new", nonce="4"), stored, lines)
        assert journal.trouble
    assert settled == [
        replace(REFUSED, nonce="4"),
        Repeated(first),
        EventGroup((Repeated(second), replace(REFUSED, nonce="3"))),
    ]
    assert texts(all_of(journal)) == ["a", "b"]


def test_what_cannot_be_stored_is_refused_and_other_events_settle_in_order(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open()
    append(journal, line("a"))
    left, joined = Left("lobby", ("A",)), Joined("lobby", ("B",))
    with no_room_on_disk(journal_file):
        topic = TopicSet("lobby", "t", "Bob")
        ours = TopicSet("lobby", "t", "Bob", "n")
        settled = append(journal, left, line("b", nonce="n"), topic, ours, joined)
        assert journal.trouble.startswith("Nothing can be stored: ")
        assert append(journal, joined) == [Joined("lobby", ("B",))]
    refused = Refused(REFUSED.code, REFUSED.message, "n")
    assert settled == [left, refused, REFUSED, refused, Joined("lobby", ("B",))]
    assert texts(all_of(journal)) == ["a"]


def test_the_next_line_is_tried_and_gets_the_next_id(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    append(journal, line("a"))
    with no_room_on_disk(journal_file):
        assert append(journal, line("b", nonce="n")) != [line("b")]
    (said,) = append(journal, line("b", nonce="n"))
    assert isinstance(said, Said)
    assert said.id == 2
    assert journal.trouble == ""
    assert texts(all_of(journal_file.open())) == ["a", "b"]


def test_trouble_ends_by_itself_and_is_reported_at_its_start_and_end(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open()
    append(journal, line("a"))
    with no_room_on_disk(journal_file):
        for _ in range(3):
            append(journal, line("b"))
            journal_file.clock.advance(2.5)
        assert journal.trouble
    journal_file.clock.advance(1)
    assert journal.trouble == ""
    first, second = journal_file.clock.warnings
    assert first.startswith("Nothing can be stored: ")
    assert second == "Lines can be stored again."
    journal_file.clock.advance(10)
    with no_room_on_disk(journal_file):
        append(journal, line("b"))
        assert journal.trouble
    journal_file.clock.advance(1)
    assert len(journal_file.clock.warnings) == 4


def test_every_client_with_a_line_in_a_failed_transaction_gets_an_error(
    journal_file: JournalFile,
) -> None:
    worker = HeldWorker()
    journal = journal_file.open(write=worker)
    worker.run_next()
    results: list[Event] = []
    for text in "abc":
        journal.append([line(text)], results.extend)
    worker.run_next()
    with no_room_on_disk(journal_file):
        worker.run_next()
    assert [type(event) for event in results] == [Said, Refused, Refused]
    journal_file.clock.advance(1)
    worker.run_next()
    assert journal.trouble == ""
    close(journal, worker)
    journal_file.journal = None


def test_a_database_at_its_size_limit_refuses_lines_until_it_may_grow(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open()
    connection = journal._writer.connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    assert REFUSED in append(journal, *[line("x" * 1000)] * 20)
    assert "full" in journal.trouble
    journal_file.clock.advance(5)
    assert journal.trouble
    connection.execute("PRAGMA max_page_count = 1000000")
    journal_file.clock.advance(1)
    assert journal.trouble == ""
    assert REFUSED not in append(journal, *[line("x" * 1000)] * 20)


def test_a_file_locked_by_another_program_is_waited_for_and_then_the_line_is_refused(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open()
    journal._writer.connection.execute("PRAGMA busy_timeout = 10")
    with closing(sqlite3.connect(journal_file.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert append(journal, line("a")) == [REFUSED]
        assert "locked" in journal.trouble
    journal_file.clock.advance(1)
    assert journal.trouble == ""


def test_a_line_that_cannot_be_encoded_is_refused_alone(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    assert append(journal, line("\ud800")) == [REFUSED]
    assert texts(append(journal, line("a"))) == ["a"]  # type: ignore[arg-type]


def test_a_journal_can_be_closed_while_nothing_can_be_stored(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    append(journal, line("a"))
    with no_room_on_disk(journal_file):
        append(journal, line("b"))
        journal_file.close()
    journal_file.clock.advance(10)
    assert texts(all_of(journal_file.open())) == ["a"]


def test_pages_can_be_read_while_nothing_can_be_stored(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    append(journal, *map(line, "abc"))
    with no_room_on_disk(journal_file):
        append(journal, line("d"))
        assert texts(ask(journal, Span(0, 9, 9)).lines) == ["a", "b", "c"]
        assert texts(ask(journal, Span(0, 9, 9), words="b").lines) == ["b"]


SERVER = f"""if True:
    import os, signal, sys
    sys.path.insert(0, {str(CHECKOUT)!r})
    from pathlib import Path
    from tests.support.journals import JournalFile, append, line
    from tests.journal.sqlite.test_failures import fail_fsync
    journal = JournalFile(Path(sys.argv[1])).open(full_sync=True)
    append(journal, line("kept"))
    fail_fsync()
    (refused,) = append(journal, line("refused"))
    assert refused.code == "storage", refused
    assert journal.trouble, journal.trouble
    os.kill(os.getpid(), signal.SIGKILL)
"""


def fail_fsync() -> None:
    """Make every fsync of this process fail with EIO from now on."""
    library = ctypes.CDLL(None, use_errno=True)
    numbers = {"x86_64": (74, 75), "aarch64": (82, 83)}[platform.machine()]
    # A seccomp filter: load the number of the system call; return EIO (5) for fsync and fdatasync,
    # allow all others.
    program = struct.pack("HBBI", 0x20, 0, 0, 0)
    program += struct.pack("HBBI", 0x15, 1, 0, numbers[0])
    program += struct.pack("HBBI", 0x15, 0, 1, numbers[1])
    program += struct.pack("HBBI", 0x06, 0, 0, 0x0005_0000 | 5)
    program += struct.pack("HBBI", 0x06, 0, 0, 0x7FFF_0000)
    code = ctypes.create_string_buffer(program)
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 5, ctypes.addressof(code)))
    assert library.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
    assert library.prctl(22, 2, head, 0, 0) == 0, ctypes.get_errno()  # PR_SET_SECCOMP


def test_a_refused_line_does_not_reappear_after_a_crash(journal_file: JournalFile) -> None:
    server = subprocess.run(
        [sys.executable, "-c", SERVER, str(journal_file.directory)],
        check=False,
        timeout=60,
        capture_output=True,
    )
    assert server.returncode == -signal.SIGKILL, server.stderr
    journal = journal_file.open()
    assert texts(all_of(journal)) == ["kept"]
    (said,) = append(journal, line("next"))
    assert isinstance(said, Said)
    assert said.id == 2
