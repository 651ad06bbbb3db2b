"""Unix sockets: a living server keeps its path, and a dead one never blocks it."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path

import pytest

from netchat.doors.transport.unix import SocketInUseError, SocketLock, path_problem


@pytest.fixture
def door(tmp_path: Path) -> Path:
    return tmp_path / "door"


def listen(path: Path, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """Return a socket that listens at `path`; closed, it leaves its file behind as a kill does."""
    listening = socket.socket(socket.AF_UNIX, kind)
    listening.bind(str(path))
    if kind is not socket.SOCK_DGRAM:
        listening.listen(1)
    return listening


def leave_behind(path: Path, holder: int) -> None:
    """Make what a killed server of Twisted leaves: its socket, and a lock with a process id."""
    listen(path).close()
    os.symlink(str(holder), f"{path}.lock")


@pytest.mark.parametrize(
    "holder",
    [os.getpid(), os.getppid(), 1, 2**22 + 1],
    ids=["this process", "another process", "process 1", "no process"],
)
def test_a_dead_socket_is_free_whatever_process_id_its_lock_names(door: Path, holder: int) -> None:
    leave_behind(door, holder)
    assert path_problem(str(door)) == ""
    lock = SocketLock(str(door))
    assert not door.exists()
    with listen(door):
        lock.unlock()
    assert not os.path.lexists(f"{door}.lock")


def test_a_dead_socket_without_a_lock_is_free(door: Path) -> None:
    listen(door).close()
    assert path_problem(str(door)) == ""
    SocketLock(str(door)).unlock()
    assert not door.exists()


def test_the_lock_file_of_a_dead_server_is_taken_over(door: Path) -> None:
    Path(f"{door}.lock").touch()
    assert path_problem(str(door)) == ""
    SocketLock(str(door)).unlock()


def test_a_socket_on_which_a_server_listens_is_not_free_even_without_a_lock(door: Path) -> None:
    with listen(door):
        said = f"process {os.getpid()} listens there; stop it first, or choose another place"
        assert path_problem(str(door)) == said
        with pytest.raises(SocketInUseError, match=f"process {os.getpid()} listens"):
            SocketLock(str(door))
        assert door.is_socket()


def test_a_server_for_which_too_many_connections_wait_is_alive(door: Path) -> None:
    with listen(door):
        waiting = [socket.socket(socket.AF_UNIX) for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(str(door))
        assert "listens there" in path_problem(str(door))
        for one in waiting:
            one.close()


def test_a_server_that_has_the_lock_and_does_not_listen_yet_keeps_the_path(door: Path) -> None:
    lock = SocketLock(str(door))
    assert path_problem(str(door)).startswith("another server listens there")
    with pytest.raises(SocketInUseError, match="another server listens there"):
        SocketLock(str(door))
    lock.unlock()
    assert path_problem(str(door)) == ""


def test_of_two_servers_that_find_a_dead_socket_only_one_gets_the_path(door: Path) -> None:
    listen(door).close()
    lock = SocketLock(str(door))
    with listen(door):
        with pytest.raises(SocketInUseError):
            SocketLock(str(door))
        assert door.is_socket()
    lock.unlock()


def test_a_lock_on_a_file_that_was_removed_meanwhile_is_not_the_lock(
    door: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, paths = fcntl.flock, [f"{door}.lock"]

    def flock_after_a_removal(descriptor: int, operation: int) -> None:
        if paths:
            os.unlink(paths.pop())
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock_after_a_removal)
    lock = SocketLock(str(door))
    assert path_problem(str(door)).startswith("another server")
    lock.unlock()


@pytest.mark.parametrize("kind", ["file", "directory", "link", "datagram"])
def test_what_is_no_listening_socket_is_never_removed(door: Path, kind: str) -> None:
    match kind:
        case "file":
            door.touch()
        case "directory":
            door.mkdir()
        case "link":
            door.symlink_to("elsewhere")
        case "datagram":
            open_socket = listen(door, socket.SOCK_DGRAM)
    said = "something is there already; remove it, or choose another place"
    assert path_problem(str(door)) == said
    with pytest.raises(SocketInUseError, match="something is there"):
        SocketLock(str(door))
    assert os.path.lexists(door)
    if kind == "datagram":
        open_socket.close()


def test_a_link_that_is_no_lock_of_twisted_is_not_removed(door: Path) -> None:
    os.symlink("/elsewhere", f"{door}.lock")
    with pytest.raises(OSError, match="symbolic links"):
        SocketLock(str(door))
    assert os.readlink(f"{door}.lock") == "/elsewhere"


def test_impossible_paths_are_told_before_a_fork(tmp_path: Path) -> None:
    assert "make it first" in path_problem(str(tmp_path / "no" / "door"))
    assert "choose a shorter one" in path_problem(str(tmp_path / ("x" * 108)))


def test_without_a_path_there_is_nothing_to_check() -> None:
    assert path_problem("") == path_problem("\0abstract") == ""
