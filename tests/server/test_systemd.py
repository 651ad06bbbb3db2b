"""systemd is told how the server is, over a real datagram socket; the test moves the clock."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from netchat.server.systemd import (
    STATUS_INTERVAL,
    Notifier,
    NotifySocket,
    notify_socket,
    watchdog_seconds,
)
from tests.support.listeners import SlowJournal

PROCESS = 4711


class Manager:
    """A service manager that reads notifications at `path`."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(path)
        self._socket.setblocking(False)

    def read(self) -> list[str]:
        """Return the messages that have arrived since the last call."""
        messages = []
        try:
            while True:
                messages.append(self._socket.recv(4096).decode())
        except BlockingIOError:
            return messages

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(str(tmp_path / "notify"))
    yield manager
    manager.close()


class Server:
    """A notifier, with a journal that answers when the test says so."""

    def __init__(self, path: Path, watchdog: float = 0) -> None:
        self.clock = Clock()
        self.journal = SlowJournal()
        self.guests = 0
        self.socket = NotifySocket(str(path / "notify"))
        self.notifier = Notifier(
            self.socket,
            self.journal,
            trouble=lambda: self.journal.trouble,
            guests=lambda: self.guests,
            clock=self.clock,
            watchdog=watchdog,
        )

    def pass_seconds(self, seconds: int, *, answering: bool = True) -> None:
        for _ in range(seconds):
            self.clock.advance(1)
            if answering:
                self.journal.settle()


@pytest.fixture
def server(tmp_path: Path, manager: Manager) -> Iterator[Server]:
    server = Server(tmp_path, watchdog=6)
    yield server
    server.socket.close()


def test_the_server_says_that_it_is_ready_and_then_feeds_the_watchdog_in_half_of_its_time(
    server: Server, manager: Manager
) -> None:
    server.notifier.start()
    assert manager.read() == ["READY=1\nSTATUS=0 guests in the chat"]
    server.journal.settle()
    assert manager.read() == ["WATCHDOG=1"]
    server.pass_seconds(6)
    assert manager.read() == ["WATCHDOG=1"] * 2


def test_a_journal_that_does_not_answer_leaves_the_watchdog_unfed(
    server: Server, manager: Manager
) -> None:
    server.notifier.start()
    manager.read()
    server.pass_seconds(9, answering=False)
    assert manager.read() == []
    server.pass_seconds(3, answering=False)
    assert manager.read() == ["STATUS=The journal has not answered for 12 s"]
    server.journal.settle()
    server.pass_seconds(3)
    assert manager.read() == ["WATCHDOG=1", "STATUS=0 guests in the chat", "WATCHDOG=1"]


def test_a_journal_that_is_asked_once_is_not_asked_again_before_it_has_answered(
    server: Server, manager: Manager
) -> None:
    server.notifier.start()
    server.pass_seconds(60, answering=False)
    assert len(server.journal.waiting) == 1


def test_a_full_disk_is_in_the_status_and_the_watchdog_is_fed_all_the_same(
    server: Server, manager: Manager
) -> None:
    server.notifier.start()
    server.journal.settle()
    manager.read()
    server.journal.trouble = "Nothing can be stored:\nthe disk is full."
    server.pass_seconds(6)
    assert manager.read() == [
        "STATUS=Nothing can be stored: the disk is full.",
        "WATCHDOG=1",
        "WATCHDOG=1",
    ]
    server.journal.trouble = ""
    server.pass_seconds(3)
    assert manager.read() == ["STATUS=0 guests in the chat", "WATCHDOG=1"]


def test_an_append_that_waits_for_the_disk_delays_the_answer(
    server: Server, manager: Manager
) -> None:
    server.journal.append([], lambda _: None)
    server.notifier.start()
    manager.read()
    server.journal.settle(1)
    assert manager.read() == []
    server.journal.settle(1)
    assert manager.read() == ["WATCHDOG=1"]


def test_without_a_watchdog_the_status_is_told_when_it_changes(
    tmp_path: Path, manager: Manager
) -> None:
    server = Server(tmp_path)
    server.notifier.start()
    manager.read()
    server.pass_seconds(int(STATUS_INTERVAL) * 3)
    assert manager.read() == []
    server.guests = 1
    server.pass_seconds(int(STATUS_INTERVAL))
    assert manager.read() == ["STATUS=1 guest in the chat"]
    server.socket.close()


def test_a_reload_has_a_beginning_and_an_end_even_if_it_fails(
    server: Server, manager: Manager
) -> None:
    server.clock.advance(12.5)

    def reload() -> None:
        with server.notifier.reloading():
            assert manager.read() == ["RELOADING=1\nMONOTONIC_USEC=12500000"]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        reload()
    assert manager.read() == ["READY=1"]


def test_a_server_that_stops_says_so_and_nothing_after_it(server: Server, manager: Manager) -> None:
    server.notifier.start()
    server.notifier.stop()
    assert manager.read()[-1] == "STOPPING=1\nSTATUS=Disconnecting all guests"
    server.pass_seconds(60)
    assert manager.read() == []


def test_a_manager_that_is_gone_or_reads_nothing_does_not_disturb_the_server(
    tmp_path: Path, server: Server, manager: Manager
) -> None:
    server.notifier.start()
    while server.socket.send("STATUS=" + "x" * 1000):
        pass
    server.guests = 1
    server.pass_seconds(3)
    manager.read()
    server.pass_seconds(3)
    assert "STATUS=1 guest in the chat" in manager.read()
    manager.close()
    (tmp_path / "notify").unlink()
    server.notifier.start()


def test_an_abstract_address_begins_with_an_at_sign(tmp_path: Path) -> None:
    manager = Manager(f"\0{tmp_path}/abstract")
    made = notify_socket({"NOTIFY_SOCKET": f"@{tmp_path}/abstract"})
    assert made is not None
    made.send("READY=1")
    assert manager.read() == ["READY=1"]
    made.close()
    manager.close()


@pytest.mark.parametrize("value", [None, "", "@", "/", "vsock:2:1234", "relative"])
def test_without_an_address_that_is_understood_nobody_is_notified(value: str | None) -> None:
    assert notify_socket({} if value is None else {"NOTIFY_SOCKET": value}) is None


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, 0),
        ({"WATCHDOG_USEC": "30000000"}, 30),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(PROCESS)}, 30),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, 0),
        ({"WATCHDOG_USEC": "soon"}, 0),
        ({"WATCHDOG_USEC": "-5"}, 0),
        ({"WATCHDOG_USEC": "0"}, 0),
    ],
)
def test_the_watchdog_of_another_process_is_not_ours(
    environment: dict[str, str], seconds: float
) -> None:
    assert watchdog_seconds(environment, PROCESS) == seconds
