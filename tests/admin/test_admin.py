"""The operator's tools: verify, backup and export, with the server running and stopped."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from netchat.admin import backup, export, verify
from netchat.admin.arguments import default_directory
from netchat.admin.stored import open_for_reading
from netchat.dialects.jsonl import events as wire
from netchat.journal.interface import JournalError
from netchat.journal.sqlite.schema import FILE, IDENTITY_VERSION
from netchat.model.events import Said, TopicSet
from netchat.model.state_directory import state_directory
from tests.support.journals import NOW, JournalFile, all_of, append, line, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Capture = pytest.CaptureFixture[str]

COUNTS = "2 rooms, 8 lines, 1 nonce, 1 record, 0 audited changes"


@pytest.fixture
def journal_file(tmp_path: Path) -> Iterator[JournalFile]:
    journal_file = JournalFile(tmp_path / "data")
    journal = journal_file.open()
    append(journal, *(line(f"the {n}. line") for n in range(1, 8)))
    append(journal, TopicSet("dev", "ships", "Bob"), line("compiled", "dev", nonce="n1"))
    yield journal_file
    journal_file.close()


def run(main: Callable[[list[str]], int], *arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def tool(name: str, *arguments: object, **more: object) -> subprocess.CompletedProcess[bytes]:
    """Run a tool in a process of its own."""
    code = f"import sys; from netchat.admin import {name}; sys.exit({name}.main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, check=False, timeout=60, capture_output=True, **more)  # type: ignore[call-overload,no-any-return]


def test_a_whole_journal_is_reported_whole_while_its_server_runs_and_stopped(
    journal_file: JournalFile, capsys: Capture
) -> None:
    for _ in range(2):
        assert run(verify.main, journal_file.directory) == 0
        assert capsys.readouterr() == (
            f"{journal_file.path} is whole: {COUNTS}.\n",
            "",
        )
        journal_file.close()


def test_a_journal_from_before_it_had_an_identifier_is_whole(
    journal_file: JournalFile, capsys: Capture
) -> None:
    for table in ("identity", "state", "audit"):
        journal_file.change(f"DROP TABLE {table}")
    journal_file.change(f"PRAGMA user_version = {IDENTITY_VERSION - 1}")
    assert run(verify.main, journal_file.directory) == 0
    counts = COUNTS.replace("1 record,", "0 records,")
    assert f"is whole: {counts}." in capsys.readouterr().out


def test_verify_changes_nothing(journal_file: JournalFile) -> None:
    journal_file.close()
    before = files(journal_file.directory)
    assert run(verify.main, journal_file.directory) == 0
    assert files(journal_file.directory) == before
    assert [*before] == [FILE]


def test_verify_reads_what_a_killed_server_left_in_the_write_ahead_log(
    journal_file: JournalFile, tmp_path: Path, capsys: Capture
) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for name, data in files(journal_file.directory).items():
        (copy / name).write_bytes(data)
    before = (copy / FILE).read_bytes(), (copy / f"{FILE}-wal").read_bytes()
    assert [b"the 3. line" in data for data in before] == [False, True]
    assert run(verify.main, copy) == 0
    assert before == ((copy / FILE).read_bytes(), (copy / f"{FILE}-wal").read_bytes())
    assert "2 rooms, 8 lines" in capsys.readouterr().out


def test_a_damaged_line_is_named(journal_file: JournalFile, capsys: Capture) -> None:
    journal_file.flip(b"the 3. line")
    assert run(verify.main, journal_file.directory) == 1
    assert capsys.readouterr().out == (
        "room lobby: line 3 is damaged\n"
        f"{journal_file.path} has 1 problem: {COUNTS.replace('8', '7')}.\n"
    )


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DELETE FROM lines WHERE text LIKE 'the 2%'", "room lobby: line 2 is missing"),
        (
            "DELETE FROM lines WHERE text LIKE 'the%' AND key & 7 > 4",
            "room lobby: lines 5 to 7 are missing",
        ),
        (
            "UPDATE lines SET key = key + 90 WHERE text LIKE 'the 2%'",
            "room lobby: line 92 is outside the ids of the room",
        ),
        (
            "UPDATE lines SET key = key << 8 WHERE text LIKE 'the 2%'",
            "the room with number 256: it has lines, but no record",
        ),
        (
            "UPDATE identity SET id = 'f' || id",
            "the file: the record of the journal's identifier is damaged",
        ),
        (
            "DELETE FROM identity",
            "the file: the record of the journal's identifier is damaged",
        ),
        ("UPDATE rooms SET topic = 'ship'", "room dev: its record is damaged"),
        (
            "UPDATE rooms SET name = 'deu' WHERE name = 'dev'",
            "the file: the record of the room with number 2 is damaged,"
            " so its lines cannot be checked",
        ),
        (
            "UPDATE nonces SET nonce = 'n2'",
            "room dev: the record of the nonce of line 1 is damaged",
        ),
        (
            "UPDATE nonces SET digest = x'00'",
            "room dev: the record of the nonce of line 1 is damaged",
        ),
        (
            "UPDATE nonces SET room = 9",
            "the room with number 9: it has a nonce, but no record",
        ),
    ],
)
def test_every_kind_of_problem_is_named(
    journal_file: JournalFile, capsys: Capture, statement: str, problem: str
) -> None:
    journal_file.change(statement)
    assert run(verify.main, journal_file.directory) == 1
    assert problem in capsys.readouterr().out.splitlines()


def test_an_unreadable_page_of_the_file_is_named(
    journal_file: JournalFile, capsys: Capture
) -> None:
    append(journal_file.open(), *(line(f"{n} " + "x" * 100) for n in range(8, 400)))
    journal_file.close()
    data = bytearray(journal_file.path.read_bytes())
    data[data.index(b"200 xxx") // 4096 * 4096] = 0xFF
    journal_file.path.write_bytes(data)
    assert run(verify.main, journal_file.directory) == 1
    out = capsys.readouterr().out.splitlines()
    assert "room lobby: line 200 is damaged" in out
    assert out[0].startswith("the file: ")


def test_each_of_a_thousand_flipped_bits_is_found(
    journal_file: JournalFile, capsys: Capture
) -> None:
    said = [(f"N{n}ame", f"{n} a text of line {n}, tea") for n in range(200)]
    append(journal_file.open(), *(Said("lobby", name, text, NOW) for name, text in said))
    journal_file.close()
    whole = journal_file.path.read_bytes()
    stored = [f"{name}{text}".encode() for name, text in said]
    chance = random.Random(7)
    for _ in range(1000):
        number = chance.randrange(len(stored))
        place = whole.index(stored[number]) + chance.randrange(len(stored[number]))
        with journal_file.path.open("r+b") as file:
            file.seek(place)
            file.write(bytes([whole[place] ^ 1 << chance.randrange(8)]))
        problems = [*_problems(journal_file)]
        assert problems == [f"room lobby: line {number + 8} is damaged"]
        with journal_file.path.open("r+b") as file:
            file.seek(place)
            file.write(whole[place : place + 1])
    assert run(verify.main, journal_file.directory) == 0


def _problems(journal_file: JournalFile) -> Iterator[str]:
    with open_for_reading(journal_file.path) as connection:
        yield from verify.find_problems(connection, verify.Tally())


@pytest.mark.parametrize("content", [None, b"not a journal" * 1000])
def test_a_journal_that_cannot_be_read_is_reported_in_one_sentence(
    tmp_path: Path, capsys: Capture, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / FILE).write_bytes(content)
    for main, *more in ((verify.main,), (backup.main, tmp_path / "b"), (export.main, "--jsonl")):
        assert run(main, tmp_path, *more) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(f"netchat: {tmp_path / FILE} cannot be read: ")
        assert err.count("\n") == 1
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("name", ["verify", "backup", "export"])
def test_an_invalid_command_line_is_reported_in_one_sentence(name: str) -> None:
    finished = tool(name, "--colour")
    assert finished.returncode == 2
    assert finished.stderr.startswith(b"netchat: ")
    assert finished.stderr.count(b"\n") == 1


def test_the_default_directory_is_the_servers(journal_file: JournalFile) -> None:
    assert default_directory({"NETCHAT_DATA": "/srv/chat"}) == Path("/srv/chat")
    assert default_directory({}) == state_directory()
    environment = {**os.environ, "NETCHAT_DATA": str(journal_file.directory)}
    assert tool("verify", env=environment).returncode == 0


def test_a_backup_of_a_running_server_is_a_whole_journal(
    journal_file: JournalFile, tmp_path: Path, capsys: Capture
) -> None:
    target = tmp_path / "restored" / FILE
    target.parent.mkdir()
    assert run(backup.main, journal_file.directory, target) == 0
    assert capsys.readouterr().out == f"{target} is whole: {COUNTS}.\n"
    assert journal_file.journal is not None
    append(journal_file.journal, line("after the backup"))
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert os.listdir(target.parent) == [FILE]
    restored = JournalFile(target.parent)
    journal = restored.open()
    assert texts(all_of(journal)) == [f"the {n}. line" for n in range(1, 8)]
    assert journal.id == journal_file.open().id
    restored.close()


def test_a_backup_of_a_stopped_server_leaves_its_directory_unchanged(
    journal_file: JournalFile, tmp_path: Path
) -> None:
    journal_file.close()
    before = files(journal_file.directory)
    assert run(backup.main, journal_file.directory, tmp_path / "b") == 0
    assert files(journal_file.directory) == before


def test_a_backup_never_replaces_an_existing_file(
    journal_file: JournalFile, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "b").write_bytes(b"older")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("b", "link"):
        assert run(backup.main, journal_file.directory, tmp_path / name) == 2
        assert "exists already; give another FILE" in capsys.readouterr().err
    assert (tmp_path / "b").read_bytes() == b"older"


def test_a_backup_that_fails_leaves_no_file(
    journal_file: JournalFile, tmp_path: Path, capsys: Capture
) -> None:
    assert run(backup.main, journal_file.directory, tmp_path / "no" / "b") == 2
    assert capsys.readouterr().err.endswith("cannot be written: No such file or directory.\n")
    journal_file.path.with_name(f"{FILE}-wal").unlink()
    journal_file.path.write_bytes(b"not a journal" * 500)
    assert run(backup.main, journal_file.directory, tmp_path / "b") == 2
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_the_backup_of_a_damaged_journal_is_made_and_reported_damaged(
    journal_file: JournalFile, tmp_path: Path
) -> None:
    journal_file.flip(b"the 3. line")
    assert run(backup.main, journal_file.directory, tmp_path / "b") == 1
    assert (tmp_path / "b").exists()


def exported(
    journal_file: JournalFile, capfdbinary: pytest.CaptureFixture[bytes], *more: str
) -> list[wire.AnyEvent]:
    assert run(export.main, journal_file.directory, "--jsonl", *more) == 0
    out, _ = capfdbinary.readouterr()
    return [msgspec.json.decode(line, type=wire.AnyEvent) for line in out.splitlines()]


def test_an_export_has_every_line_room_by_room(
    journal_file: JournalFile, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    said = Said("dev", "Zoë", "grüezi", 1_800_000_000.25, action=True)
    assert journal_file.journal is not None
    append(journal_file.journal, said)
    for _ in range(2):
        lines = exported(journal_file, capfdbinary)
        assert [line.text for line in lines if isinstance(line, wire.Said)] == [
            "compiled", "grüezi", *(f"the {n}. line" for n in range(1, 8)),
        ]  # fmt: skip
        assert lines[1] == wire.Said("dev", 2, "2027-01-15T08:00:00.250Z", "Zoë", "grüezi", True)
        journal_file.close()


def test_an_export_is_plain_json(journal_file: JournalFile) -> None:
    out = tool("export", journal_file.directory, "--jsonl", "--room", "dev")
    assert out.returncode == 0
    assert json.loads(out.stdout) == {
        "type": "said", "room": "dev", "id": 1, "time": "2027-01-15T08:00:00.000Z",
        "from": "Bob", "text": "compiled", "action": False,
    }  # fmt: skip


def test_an_export_names_damaged_lines(
    journal_file: JournalFile, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    journal_file.flip(b"the 3. line")
    lines = exported(journal_file, capfdbinary, "--room", "lobby")
    assert lines[2] == wire.Gap("lobby", 3, 3, True)
    assert len(lines) == 7


def test_an_export_begins_with_the_oldest_stored_line(
    journal_file: JournalFile, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    journal_file.open(keep_lines=2)
    journal_file.close()
    lines = exported(journal_file, capfdbinary, "--room", "lobby")
    assert [line.id for line in lines if isinstance(line, wire.Said)] == [6, 7]


def test_an_export_of_an_unknown_room_is_refused(
    journal_file: JournalFile, capsys: Capture
) -> None:
    assert run(export.main, journal_file.directory, "--jsonl", "--room", "Dev") == 2
    assert capsys.readouterr().err.startswith("netchat: There is no room called Dev")


def test_an_export_whose_reader_stops_early_ends_without_an_error(
    journal_file: JournalFile,
) -> None:
    append(journal_file.open(), *[line("x" * 1000)] * 500)
    read, write = os.pipe()
    os.close(read)
    code = "import sys; from netchat.admin import export; sys.exit(export.main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, str(journal_file.directory), "--jsonl"]
    finished = subprocess.run(
        command, stdout=write, stderr=subprocess.PIPE, check=False, timeout=60
    )
    os.close(write)
    assert (finished.returncode, finished.stderr) == (0, b"")


def test_an_export_fails_if_a_server_starts_during_it(
    journal_file: JournalFile, capsys: Capture
) -> None:
    journal_file.close()
    lines = export.export(journal_file.path)
    next(lines)
    append(journal_file.open(), line("new"))
    with pytest.raises(JournalError, match=r"started on .* during this command; run it again"):
        list(lines)


def test_the_tools_need_no_twisted(journal_file: JournalFile) -> None:
    code = (
        "import sys; from netchat.admin import verify, backup, export;"
        "sys.exit('twisted' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_slow_reader_of_an_export_does_not_keep_the_log_from_being_emptied(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open()
    append(journal, *[line("x" * 1000)] * 700)
    lines = export.export(journal_file.path)
    next(lines)
    with closing(sqlite3.connect(journal_file.path)) as connection:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0
    assert len([*lines]) == 8 + 700 - 1
