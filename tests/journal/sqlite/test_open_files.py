"""A journal whose files are gone refuses lines, and goes on when they are put back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from netchat.journal.sqlite.schema import FILE
from netchat.journal.sqlite.storage_monitor import CHECK_INTERVAL
from netchat.model.events import Joined, Refused, Repeated, Said
from tests.support.checkout import CHECKOUT
from tests.support.journals import JournalFile, all_of, append, line, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def journal_file(tmp_path: Path) -> Iterator[JournalFile]:
    journal_file = JournalFile(tmp_path / "data")
    yield journal_file
    journal_file.close()


def delete_directory(directory: Path) -> None:
    shutil.rmtree(directory)


def delete_file(directory: Path) -> None:
    (directory / FILE).unlink()


def move_directory(directory: Path) -> None:
    directory.rename(directory.with_name("aside"))


def move_file(directory: Path) -> None:
    (directory / FILE).rename(directory / "aside.sqlite")


def replace_by_copy(directory: Path) -> None:
    """Do what an operator does who restores a backup while the server runs."""
    shutil.copy(directory / FILE, directory / "copy")
    (directory / "copy").rename(directory / FILE)


def replace_by_directory(directory: Path) -> None:
    move_file(directory)
    (directory / FILE).mkdir()


def replace_directory_by_file(directory: Path) -> None:
    move_directory(directory)
    directory.write_bytes(b"")


def replace_by_dangling_link(directory: Path) -> None:
    move_file(directory)
    (directory / FILE).symlink_to(directory / "nothing")


def replace_by_link_loop(directory: Path) -> None:
    move_file(directory)
    (directory / FILE).symlink_to(directory / FILE)


WAYS = [
    delete_directory,
    delete_file,
    move_directory,
    move_file,
    replace_by_copy,
    replace_by_directory,
    replace_directory_by_file,
    replace_by_dangling_link,
    replace_by_link_loop,
]


@pytest.mark.parametrize("take_away", WAYS)
def test_a_line_is_refused_when_the_file_is_gone(
    journal_file: JournalFile, take_away: Callable[[Path], None]
) -> None:
    journal = journal_file.open()
    append(journal, line("a"))
    take_away(journal_file.directory)
    joined = Joined("lobby", ("B",))
    settled = append(journal, line("b", nonce="1"), joined)
    assert isinstance(settled[0], Refused)
    assert (settled[0].code, settled[0].nonce) == ("storage", "1")
    assert settled[1] == joined
    assert str(journal_file.path) in journal.trouble
    assert "restart the server" in journal.trouble
    journal_file.clock.advance(30)
    assert isinstance(append(journal, line("c"))[0], Refused)
    assert len(journal_file.clock.warnings) == 1


@pytest.mark.parametrize("take_away", WAYS)
def test_a_file_that_is_gone_is_noticed_while_nobody_speaks(
    journal_file: JournalFile, take_away: Callable[[Path], None]
) -> None:
    journal = journal_file.open(check_always=True)
    journal_file.clock.advance(5)
    assert journal.trouble == ""
    take_away(journal_file.directory)
    journal_file.clock.advance(CHECK_INTERVAL)
    assert str(journal_file.path) in journal.trouble
    assert len(journal_file.clock.warnings) == 1


@pytest.mark.parametrize("what", ["the directory", "the file"])
def test_lines_are_stored_again_when_the_file_is_put_back(
    journal_file: JournalFile, what: str
) -> None:
    journal = journal_file.open()
    path = journal_file.directory if what == "the directory" else journal_file.path
    append(journal, line("a"))
    path.rename(path.with_name("aside"))
    assert isinstance(append(journal, line("refused", nonce="1"))[0], Refused)
    path.with_name("aside").rename(path)
    journal_file.clock.advance(CHECK_INTERVAL)
    assert journal.trouble == ""
    (said,) = append(journal, line("refused", nonce="1"))
    assert isinstance(said, Said)
    assert said.id == 2
    assert texts(all_of(journal_file.open())) == ["a", "refused"]


def test_a_refused_line_is_not_in_the_file_that_was_moved(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    stored = append(journal, line("a", nonce="1"))
    move_directory(journal_file.directory)
    append(journal, line("refused"))
    assert append(journal, line("a", nonce="1")) == [Repeated(stored[0])]  # type: ignore[arg-type]
    journal_file.close()
    moved = JournalFile(journal_file.directory.with_name("aside"))
    assert texts(all_of(moved.open())) == ["a"]
    moved.close()


def test_the_journal_of_a_second_server_at_the_same_path_is_left_alone(
    journal_file: JournalFile,
) -> None:
    append(journal_file.open(), line("first"))
    move_directory(journal_file.directory)
    second = JournalFile(journal_file.directory)
    append(second.open(), line("second"))
    log = second.path.with_name(f"{FILE}-wal").stat()
    journal_file.close()
    assert second.path.with_name(f"{FILE}-wal").stat() == log
    assert second.journal is not None
    assert isinstance(append(second.journal, line("third"))[0], Said)
    assert texts(all_of(second.open())) == ["second", "third"]
    second.close()


SERVER = f"""if True:
    import os, signal, sys
    sys.path.insert(0, {str(CHECKOUT)!r})
    from pathlib import Path
    from tests.support.journals import JournalFile, append, line
    journal_file = JournalFile(Path(sys.argv[1]))
    journal = journal_file.open()
    append(journal, line("a"), line("b"))
    os.unlink(str(journal_file.path) + "-wal")
    (refused,) = append(journal, line("refused"))
    assert refused.code == "storage", refused
    assert "-wal" in journal.trouble, journal.trouble
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_nothing_stored_is_lost_with_a_deleted_write_ahead_log(journal_file: JournalFile) -> None:
    server = subprocess.run(
        [sys.executable, "-c", SERVER, str(journal_file.directory)],
        check=False,
        timeout=60,
        capture_output=True,
    )
    assert server.returncode == -signal.SIGKILL, server.stderr
    assert texts(all_of(journal_file.open())) == ["a", "b"]


def test_the_check_opens_no_descriptor_so_that_the_locks_of_sqlite_stay(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open(check_always=True)
    append(journal, line("a"))
    before = os.listdir("/proc/self/fd")
    journal_file.clock.advance(10)
    append(journal, line("b"))
    assert os.listdir("/proc/self/fd") == before
    # While the lock of a connection is held, another process cannot leave the write-ahead log.
    code = (
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], timeout=0)\n"
        "connection.execute('PRAGMA journal_mode = DELETE')\n"
    )
    other = subprocess.run(
        [sys.executable, "-c", code, str(journal_file.path)],
        check=False,
        timeout=60,
        capture_output=True,
    )
    assert b"database is locked" in other.stderr


def test_a_checkpoint_and_another_programs_visit_are_no_trouble(journal_file: JournalFile) -> None:
    journal = journal_file.open(check_always=True)
    append(journal, line("a"))
    journal._writer.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    code = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM lines')"
    subprocess.run([sys.executable, "-c", code, str(journal_file.path)], check=True, timeout=60)
    journal_file.clock.advance(10)
    assert isinstance(append(journal, line("b"))[0], Said)
    assert journal.trouble == ""
