"""Where a server that is made from its options listens for browsers."""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any

import pytest
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import formatEvent, globalLogPublisher

from netchat.build import HASHING_NICE, build_service
from netchat.doors.web.http_connection import HttpConnection
from netchat.server.options import Options
from netchat.server.service import ChatService
from netchat.server.start_error import StartError
from netchat.testing import Network
from netchat.threads.worker import InlineWorker


class OtherProgram(MemoryReactorClock):
    """A machine on which another program uses port 5080."""

    def listenTCP(  # noqa: N802
        self, port: int, factory: Any, backlog: int = 50, interface: str = ""
    ) -> Any:
        if port == 5080:
            raise CannotListenError(interface, port, OSError(errno.EADDRINUSE, ""))
        return super().listenTCP(port, factory, backlog, interface)  # type: ignore[no-untyped-call]


def started(clock: MemoryReactorClock, *arguments: str) -> ChatService:
    options = Options({"NETCHAT_DATA": ":memory:"})
    options.parseOptions(arguments)
    service = build_service(options, clock, worker=InlineWorker)
    service.startService()
    return service


@pytest.mark.parametrize(
    ("arguments", "ports"),
    [
        ((), {5001, 5080}),
        (("--no-web",), {5001}),
        (("--web", "tcp:80"), {5001, 80}),
        (("--listen", "tcp:6001"), {6001}),
        (("--listen", "tcp:6001", "--web", "tcp:80"), {6001, 80}),
        (("--listen", "tcp:6001", "--no-web"), {6001}),
    ],
)
def test_the_page_has_a_port_of_its_own_unless_the_operator_has_chosen_the_ports(
    arguments: tuple[str, ...], ports: set[int]
) -> None:
    network = Network(*arguments)
    assert {given[0] for given in network.clock.tcpServers} == ports


def test_a_browser_on_the_port_of_the_page_is_asked_nothing() -> None:
    network = Network()
    door: Any = next(given[1] for given in network.clock.tcpServers if given[0] == 5080)
    assert isinstance(door.buildProtocol(None), HttpConnection)


def test_a_server_starts_without_the_default_port_of_the_page_if_another_program_has_it() -> None:
    told: list[Any] = []
    observer: Any = told.append
    globalLogPublisher.addObserver(observer)
    started(OtherProgram())  # type: ignore[no-untyped-call]
    globalLogPublisher.removeObserver(observer)
    lines = [formatEvent(event) for event in told]
    warning = "The page has no port of its own: cannot listen on tcp:5080: another program, or"
    assert any(line.startswith(warning) for line in lines)
    assert "To join: http://" in lines[-1]
    assert ":5001 in a browser; netchat " in lines[-1]


def test_a_port_that_the_operator_wants_for_the_page_must_be_free() -> None:
    with pytest.raises(StartError, match="cannot listen on tcp:5080: another program"):
        started(OtherProgram(), "--web", "tcp:5080")  # type: ignore[no-untyped-call]


class OwnThread(MemoryReactorClock):
    """A reactor in the thread of the test, which does what other threads ask for when told to."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.asked: SimpleQueue[Callable[[], object]] = SimpleQueue()

    def callFromThread(
        self, callable: Callable[..., object], *args: object, **kwargs: object
    ) -> None:
        self.asked.put(partial(callable, *args, **kwargs))


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own")
def test_passwords_are_hashed_at_a_lower_priority_than_all_else() -> None:
    options = Options({"NETCHAT_DATA": ":memory:"})
    options.parseOptions([])
    reactor, found = OwnThread(), list[int | None]()
    pool = build_service(options, reactor).factory.connections.authenticator.pool

    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    pool.call(priority, found.append)
    reactor.asked.get(timeout=30)()
    pool.stop()
    reactor.asked.get(timeout=30)()
    assert found == [min(priority() + HASHING_NICE, 19)]
