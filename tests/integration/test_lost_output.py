"""Each command of `netchat` when its output cannot be written: a sentence, and not exit code 0."""

from __future__ import annotations

import os
import pty
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from netchat.journal.sqlite.schema import FILE
from tests.support.client_processes import ScriptedServer, environment
from tests.support.journals import JournalFile, append, line
from tests.support.processes import PATIENCE, Server

Run = Callable[..., tuple[int, str]]
FULL = "netchat: The output is not complete: stdout cannot be written ({}); write it elsewhere.\n"
HELP = [
    ("--help",),
    ("--version",),
    ("say", "--help"),
    ("tail", "--help"),
    ("health", "--help"),
    ("backup", "--help"),
    ("cert", "--help"),
    ("export", "--help"),
    ("verify", "--help"),
    ("help",),
    ("help", "say"),
    ("man",),
    ("completion", "bash"),
]
REPORTS = ("backup", "verify")
"""The tools for which exit code 1 is a result."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `netchat` with its stdout in `to`; return the exit code and stderr."""

    def run(*arguments: object, to: Any, **how: Any) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "netchat", *map(str, arguments)],
            env=environment(tmp_path),
            stdin=subprocess.DEVNULL,
            stdout=to,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
            **how,
        )
        return done.returncode, done.stderr

    return run


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Return the directory of a journal with so much text that it is written in many steps."""
    file = JournalFile(tmp_path / "data")
    append(file.open(), *(line("x" * 1000) for _ in range(200)))
    file.close()
    return file.directory


@contextmanager
def full() -> Iterator[int]:
    """Yield a descriptor to a device that is always full."""
    with open("/dev/full", "wb") as device:
        yield device.fileno()


@contextmanager
def dead_terminal() -> Iterator[int]:
    """Yield a descriptor to a terminal that is gone, to which a write is an I/O error."""
    master, slave = pty.openpty()
    os.close(master)
    yield slave
    os.close(slave)


@contextmanager
def reader_who_left() -> Iterator[int]:
    read_end, write_end = os.pipe()
    os.close(read_end)
    yield write_end
    os.close(write_end)


def limited_files(size: int) -> Callable[[], None]:
    """Return what makes every file of a new process end at `size` bytes, as a quota does."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("arguments", HELP, ids=" ".join)
def test_help_that_cannot_be_written_is_reported(run: Run, arguments: tuple[str, ...]) -> None:
    with full() as stdout:
        code = 3 if arguments[0] in REPORTS else 1
        assert run(*arguments, to=stdout) == (code, FULL.format("No space left on device"))


@pytest.mark.parametrize("arguments", HELP, ids=" ".join)
def test_help_whose_reader_left_is_no_error(run: Run, arguments: tuple[str, ...]) -> None:
    with reader_who_left() as stdout:
        assert run(*arguments, to=stdout) == (0, "")


@pytest.mark.parametrize(
    ("opened", "why"),
    [(full, "No space left on device"), (dead_terminal, "Input/output error")],
    ids=["full", "dead terminal"],
)
def test_the_tools_report_lost_output_with_a_code_of_its_own(
    run: Run, journal: Path, tmp_path: Path, opened: Callable[[], Any], why: str
) -> None:
    """1 of `verify` and `backup` means that the journal is damaged."""
    lost = FULL.format(why)
    with opened() as stdout:
        assert run("verify", journal, to=stdout) == (3, lost)
        assert run("export", "--jsonl", journal, to=stdout) == (1, lost)
        assert run("backup", journal, tmp_path / "copy", to=stdout) == (3, lost)
        assert run("cert", tmp_path / "keys", to=stdout) == (1, lost)
        assert run("cert", tmp_path / "ca", "--ca", "--host", "chat.lan", to=stdout) == (1, lost)
    assert run("verify", journal, to=subprocess.DEVNULL) == (0, "")
    assert (tmp_path / "copy").stat().st_size > 200_000
    assert {path.name for path in (tmp_path / "keys").iterdir()} == {"key.pem", "cert.pem"}
    assert {path.name for path in (tmp_path / "ca").iterdir()} == {"key.pem", "cert.pem", "ca.crt"}


def test_a_reader_who_left_hides_no_damage(run: Run, journal: Path, tmp_path: Path) -> None:
    damaged = journal / FILE
    damaged.write_bytes(damaged.read_bytes().replace(b"xxxxxxxx", b"xxxxxxxy", 1))
    with reader_who_left() as stdout:
        assert run("verify", journal, to=stdout) == (1, "")
        assert run("backup", journal, tmp_path / "copy", to=stdout) == (1, "")
    assert (tmp_path / "copy").exists()


def test_a_file_that_may_not_grow_is_reported(run: Run, journal: Path, tmp_path: Path) -> None:
    with open(tmp_path / "out", "wb") as stdout:
        how = {"to": stdout, "preexec_fn": limited_files(50_000)}
        assert run("export", "--jsonl", journal, **how) == (1, FULL.format("File too large"))
    assert (tmp_path / "out").stat().st_size == 50_000


def test_a_closed_stdout_is_reported(run: Run, journal: Path) -> None:
    for code, *arguments in [(3, "verify"), (1, "export", "--jsonl")]:
        how = {"to": None, "preexec_fn": lambda: os.close(1)}
        assert run(*arguments, journal, **how) == (code, FULL.format("Bad file descriptor"))


def test_a_backup_without_space_blames_the_copy(run: Run, journal: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    how = {"to": subprocess.DEVNULL, "preexec_fn": limited_files(50_000)}
    code, errors = run("backup", journal, copy, **how)
    assert (code, errors) == (
        2,
        f"netchat: {copy} cannot be written: disk I/O error; give a FILE on another disk.\n",
    )
    assert not list(tmp_path.glob("*copy*"))


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--follow",)], ids=" ".join)
@pytest.mark.parametrize(
    ("opened", "why"),
    [(full, "No space left on device"), (dead_terminal, "Input/output error")],
    ids=["full", "dead terminal"],
)
def test_tail_reports_lost_lines(
    run: Run, server: Server, arguments: tuple[str, ...], opened: Callable[[], Any], why: str
) -> None:
    with server.guest("Bob") as bob, opened() as stdout:
        bob.say("hi\n/names")
        assert bob.line() == "* In lobby: Bob"
        tail = ("tail", server.address, "--name", "log", *arguments)
        assert run(*tail, to=stdout) == (1, FULL.format(why))


def test_tail_into_a_file_that_may_not_grow_is_reported(
    run: Run, server: Server, tmp_path: Path
) -> None:
    said = "".join(f"{'x' * 1000}\n" for _ in range(100))
    (tmp_path / "said").write_text(said)
    with open(tmp_path / "said", "rb") as text:
        command = [sys.executable, "-m", "netchat", "say", server.address, "--name", "Bob"]
        subprocess.run(command, stdin=text, env=environment(tmp_path), timeout=PATIENCE, check=True)
    with open(tmp_path / "out", "wb") as stdout:
        how = {"to": stdout, "preexec_fn": limited_files(50_000)}
        tail = ("tail", server.address, "--name", "log", "--last", "100")
        assert run(*tail, **how) == (1, FULL.format("File too large"))


def test_tail_without_stdout_is_refused(run: Run, scripted_server: ScriptedServer) -> None:
    how = {"to": None, "preexec_fn": lambda: os.close(1)}
    tail = ("tail", scripted_server.address, "--name", "log")
    assert run(*tail, **how) == (1, FULL.format("Bad file descriptor"))


def test_tail_by_websocket_ends_as_well(run: Run, page_server: Server) -> None:
    tail = ("tail", f"ws://127.0.0.1:{page_server.page_port}", "--name", "log", "--follow")
    with page_server.guest("Bob") as bob:
        bob.say("hi\n/names")
        assert bob.line() == "* In lobby: Bob"
        with full() as stdout:
            assert run(*tail, to=stdout) == (1, FULL.format("No space left on device"))
        with reader_who_left() as stdout:
            assert run(*tail, to=stdout) == (0, "")


def test_tail_whose_reader_left_is_no_error(run: Run, server: Server) -> None:
    with reader_who_left() as stdout:
        assert run("tail", server.address, "--name", "log", to=stdout) == (0, "")


def test_the_client_in_a_pipe_reports_lost_lines_and_says_its_own(
    run: Run, server: Server, tmp_path: Path
) -> None:
    (tmp_path / "said").write_text("/names\none\ntwo\n")
    with server.guest("Bob") as bob, full() as stdout, open(tmp_path / "said", "rb") as text:
        done = subprocess.run(
            [sys.executable, "-m", "netchat", server.address, "--name", "ci"],
            env=environment(tmp_path),
            stdin=text,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert (done.returncode, done.stderr) == (1, FULL.format("No space left on device"))
        assert [bob.line() for _ in range(3)] == ["* ci joined", "ci: one", "ci: two"]
