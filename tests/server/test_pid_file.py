"""twistd's pid file: only a living server prevents a start, whatever number the file has."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netchat.server.pid_file import PidFileError, hold, remove_stale


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "twistd.pid"


@pytest.fixture
def twistd(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that looks like another program that twistd runs."""
    script = tmp_path / "twistd"
    script.write_text("import sys; print(flush=True); sys.stdin.read()", encoding="ascii")
    command = [sys.executable, str(script), "web"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        # Popen returns while the kernel may not show the new command line yet.
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.communicate()


DEAD = {
    "empty": b"",
    "a blank line": b"\n",
    "NULs, as after a power cut": b"\0\0\0\0",
    "this process": b"%d" % os.getpid(),
    "another process": b"%d\n" % os.getppid(),
    "process 1": b"1",
    "0": b"0",
    "no process": b"4194305",
    "no possible process": b"9" * 20,
}


@pytest.mark.parametrize("content", [*DEAD.values()], ids=[*DEAD])
def test_the_pid_file_of_a_dead_server_is_removed(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    remove_stale(file)
    assert not file.exists()


def test_without_a_pid_file_there_is_nothing_to_do(file: Path) -> None:
    remove_stale(file)
    assert not file.exists()


@pytest.mark.parametrize(
    "content", [b"", b"1", b"%d" % os.getpid()], ids=["empty", "process 1", "this process"]
)
def test_a_living_server_keeps_its_pid_file(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    held = hold(file)
    assert held is not None
    who = f"process {content.decode()}" if content else "another server"
    with pytest.raises(PidFileError) as refused:
        remove_stale(file)
    assert str(refused.value) == (
        f"{who} runs with the pid file {file}; stop it first, or give another --pidfile"
    )
    os.close(held)
    remove_stale(file)
    assert not file.exists()


def test_another_program_of_twistd_keeps_its_pid_file(
    file: Path, twistd: subprocess.Popen[bytes]
) -> None:
    file.write_text(str(twistd.pid), encoding="ascii")
    remove_stale(file)
    assert file.exists()


@pytest.mark.parametrize("content", ["root:x:0:0\n", "12 13", "-1", "abc"])
def test_a_file_that_is_no_pid_file_is_never_removed(file: Path, content: str) -> None:
    file.write_text(content, encoding="ascii")
    with pytest.raises(PidFileError, match="is no pid file"):
        remove_stale(file)
    assert file.read_text(encoding="ascii") == content


def test_a_directory_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PidFileError, match=r"cannot be used \(Is a directory\); give another"):
        remove_stale(tmp_path)


def test_what_cannot_be_held_is_not_held(file: Path) -> None:
    assert hold(file) is None
    file.touch()
    with file.open("w") as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        assert hold(file) is None
