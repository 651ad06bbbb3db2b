"""The journal's directory and file: their lock, their permissions and which files are accepted."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from netchat.journal.interface import JournalError
from netchat.journal.sqlite.rows import StoredRoom, line_row
from netchat.journal.sqlite.schema import (
    APPLICATION_ID,
    FILE,
    IDENTITY_VERSION,
    MIGRATIONS,
    prepare,
)
from netchat.model.events import Said
from tests.support.checkout import CHECKOUT
from tests.support.journals import (
    JournalFile,
    ManualClock,
    all_of,
    append,
    close,
    line,
    make_journal,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def journal_file(tmp_path: Path) -> Iterator[JournalFile]:
    journal_file = JournalFile(tmp_path)
    yield journal_file
    journal_file.close()


def refused(directory: Path) -> str:
    """Return the error that a server gets when it opens the journal in `directory`."""
    journal = make_journal(directory, ManualClock())
    with pytest.raises(JournalError) as caught:
        journal.open()
    close(journal)
    return str(caught.value)


def test_the_directory_and_its_files_are_for_their_owner_only(tmp_path: Path) -> None:
    journal_file = JournalFile(tmp_path / "state" / "netchat")
    mask = os.umask(0)
    try:
        journal_file.open()
    finally:
        os.umask(mask)
    assert stat.S_IMODE(journal_file.directory.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in journal_file.directory.iterdir()} == {
        0o600
    }
    journal_file.close()


def test_a_journal_has_one_server_at_a_time(journal_file: JournalFile) -> None:
    journal_file.open()
    assert "in use by another server" in refused(journal_file.directory)
    journal_file.close()
    journal_file.open()


def test_a_lock_lasts_across_a_fork_and_until_it_is_released(journal_file: JournalFile) -> None:
    journal = make_journal(journal_file.directory, journal_file.clock)
    journal.acquire_lock()
    journal.acquire_lock()
    assert "in use by another server" in refused(journal_file.directory)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        # The daemon: it outlives the process that acquired the lock.
        os.read(read, 1)
        os._exit(0)
    close(journal)
    assert "in use by another server" in refused(journal_file.directory)
    os.write(write, b"x")
    os.waitpid(child, 0)
    os.close(read)
    os.close(write)
    journal_file.open()


def test_the_lock_of_a_killed_server_is_released(journal_file: JournalFile) -> None:
    code = f"""if True:
        import sys
        sys.path.insert(0, {str(CHECKOUT)!r})
        from pathlib import Path
        from tests.support.journals import JournalFile
        JournalFile(Path({str(journal_file.directory)!r})).open()
        print("open", flush=True)
        sys.stdin.read()
    """
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"open\n"
        assert "in use by another server" in refused(journal_file.directory)
        server.kill()
        server.wait()
    journal_file.open()


@pytest.mark.parametrize(
    "content", [b"hello, I am a text" * 100, b"SQLite format 3\0" + b"x" * 4096]
)
def test_a_file_that_is_not_a_journal_is_refused_and_unchanged(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / FILE).write_bytes(content)
    sentence = refused(tmp_path)
    assert str(tmp_path / FILE) in sentence
    assert "move it away or restore a backup; `netchat verify" in sentence
    assert (tmp_path / FILE).read_bytes() == content


def test_a_damaged_file_header_is_reported(journal_file: JournalFile) -> None:
    append(journal_file.open(), line("a"))
    journal_file.flip(b"SQLite format 3")
    assert "damaged" in refused(journal_file.directory)


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE notes (x)", "PRAGMA application_id = 7", "PRAGMA user_version = 1"]
)
def test_the_database_of_another_program_is_refused(
    journal_file: JournalFile, statement: str
) -> None:
    journal_file.change(statement)
    assert "belongs to another program" in refused(journal_file.directory)


def test_the_file_of_a_newer_netchat_is_refused(journal_file: JournalFile) -> None:
    append(journal_file.open(), line("a"))
    journal_file.change(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    assert "written by a newer netchat; install that one" in refused(journal_file.directory)


def test_the_file_of_an_older_netchat_is_migrated(journal_file: JournalFile) -> None:
    append(journal_file.open(), line("a"))
    journal_file.close()

    def add_pins(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE pins (key INTEGER PRIMARY KEY)")

    prepare(journal_file.path, (*MIGRATIONS, add_pins))
    prepare(journal_file.path, (*MIGRATIONS, add_pins))
    with closing(sqlite3.connect(journal_file.path)) as connection:
        assert connection.execute("SELECT count(*) FROM pins").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM lines").fetchone() == (1,)
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)


def test_a_migration_that_fails_changes_nothing(journal_file: JournalFile) -> None:
    append(journal_file.open(), line("a"))
    journal_file.close()

    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM lines")
        connection.execute("there was a bug")

    with pytest.raises(JournalError):
        prepare(journal_file.path, (*MIGRATIONS, fail))
    assert texts(all_of(journal_file.open())) == ["a"]


def test_the_file_names_its_program_and_its_schema_version(journal_file: JournalFile) -> None:
    journal_file.open()
    journal_file.close()
    data = journal_file.path.read_bytes()
    assert data[68:72] == APPLICATION_ID.to_bytes(4, "big") == b"ncht"
    assert data[60:64] == len(MIGRATIONS).to_bytes(4, "big")


@pytest.mark.parametrize("where", ["file", "file/below"])
def test_a_path_that_is_not_a_directory_is_refused(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    sentence = refused(tmp_path / where)
    assert "cannot be used as the journal's directory" in sentence
    assert sentence.endswith("give another one with --data.")


def test_a_file_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    # A directory in place of the file: root may write everywhere else.
    (tmp_path / FILE).mkdir()
    assert "cannot be written" in refused(tmp_path)


def test_the_identifier_of_a_journal_stays_the_same(journal_file: JournalFile) -> None:
    id = journal_file.open().id
    assert journal_file.open().id == id
    journal_file.close()
    journal_file.path.unlink()
    assert journal_file.open().id != id


def test_a_journal_without_an_identifier_gets_one_when_it_is_opened(
    journal_file: JournalFile,
) -> None:
    prepare(journal_file.path, MIGRATIONS[: IDENTITY_VERSION - 1])
    journal_file.change(
        "INSERT INTO rooms VALUES (?, ?, ?, ?, ?, ?, ?)",
        StoredRoom(1, "lobby", last=1).row(),
    )
    journal_file.change(
        "INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?)",
        line_row(StoredRoom(1, "lobby"), Said("lobby", "Bob", "a", 1.0, id=1)),
    )
    journal = journal_file.open()
    assert texts(all_of(journal)) == ["a"]
    assert len(journal.id) == 16
    assert journal_file.open().id == journal.id
    assert journal_file.clock.warnings == []


def test_a_migration_that_fails_gives_no_identifier(
    journal_file: JournalFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(journal_file.path, MIGRATIONS[: IDENTITY_VERSION - 1])
    before = journal_file.path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("netchat.journal.sqlite.identity.identity_row", lambda id: ("too", "short"))
        refused(journal_file.directory)
    assert journal_file.path.read_bytes() == before
    assert len(journal_file.open().id) == 16


@pytest.mark.parametrize(
    "damage",
    ["UPDATE identity SET id = 'f' || substr(id, 2) || 'f'", "DELETE FROM identity",
     "UPDATE identity SET id = 7"],
)  # fmt: skip
def test_a_journal_with_a_damaged_identifier_gets_another_one_and_warns(
    journal_file: JournalFile, damage: str
) -> None:
    id = journal_file.open().id
    journal_file.change(damage)
    other = journal_file.open().id
    assert other != id
    assert len(other) == 16
    assert "identifier was damaged" in journal_file.clock.warnings[0]
    assert journal_file.open().id == other
    assert len(journal_file.clock.warnings) == 1
