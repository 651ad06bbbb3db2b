"""The chat as a service: how it starts and stops, and which endpoints it refuses."""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.error import CannotListenError, ConnectionLost
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import formatEvent, globalLogPublisher
from twisted.python.failure import Failure

from netchat.admission.connections import Connections
from netchat.chat.chat import Chat
from netchat.doors.line.factory import LineFactory
from netchat.model.limits import Limits
from netchat.server.service import STOP_TIMEOUT, ChatService
from netchat.server.start_error import StartError
from tests.support.certificates import identity
from tests.support.listeners import SlowJournal

if TYPE_CHECKING:
    from pathlib import Path

    from twisted.logger import LogEvent


def service(endpoint: str = "tcp:5001") -> tuple[ChatService, SlowJournal, MemoryReactorClock]:
    clock, journal = MemoryReactorClock(), SlowJournal()
    chat = Chat(journal, later=lambda call: call(), now=lambda: 0.0)
    factory = LineFactory(chat, Connections(Limits(), clock))
    running = ChatService(clock, factory, [endpoint])
    running.startService()
    return running, journal, clock


def test_it_has_stopped_when_the_journal_is_closed() -> None:
    running, journal, clock = service()
    stopped = running.stopService()
    assert not stopped.called
    journal.settle()
    assert stopped.called
    assert not clock.getDelayedCalls()


def test_it_stops_in_time_if_the_journal_does_not_close() -> None:
    running, journal, clock = service()
    stopped = running.stopService()
    clock.advance(STOP_TIMEOUT)
    assert stopped.called
    journal.settle()


def test_it_stops_within_five_seconds_if_a_client_and_the_journal_do_not_close() -> None:
    running, journal, clock = service()
    door: Any = running.factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1))
    transport = StringTransport()
    door.makeConnection(transport)
    stopped = running.stopService()
    clock.pump([0.1] * 31)
    assert transport.disconnected
    door.connectionLost(Failure(ConnectionLost()))
    assert not stopped.called
    clock.pump([0.1] * 15)
    assert stopped.called
    journal.settle()


def test_an_invalid_certificate_is_refused_in_one_sentence(tmp_path: Path) -> None:
    one, other = identity(tmp_path, "127.0.0.1"), identity(tmp_path, "127.0.0.1")
    place = tmp_path / "door.pem"
    for content, why in [
        (b"", "a file has no key, or no certificate, in PEM form"),
        (one.pem, "a file has no key, or no certificate, in PEM form"),
        (one.pem + other.key_pem, "the key is not the one of the certificate"),
    ]:
        place.write_bytes(content)
        with pytest.raises(StartError) as stopped:
            service(f"ssl:5002:privateKey={place}")
        assert str(stopped.value) == f"cannot listen on ssl:5002:privateKey={place}: {why}"


def test_a_tls_endpoint_with_weaker_settings_is_refused_with_what_to_write_instead() -> None:
    with pytest.raises(StartError, match=r"write ssl:PORT:privateKey=KEY\.PEM:certKey=CERT\.PEM"):
        service("tls:/etc/certificates:5002")


class NoIpv6(MemoryReactorClock):
    """A machine without IPv6."""

    def listenTCP(  # noqa: N802
        self, port: int, factory: Any, backlog: int = 50, interface: str = ""
    ) -> Any:
        if ":" in interface:
            raise CannotListenError(interface, port, OSError(errno.EAFNOSUPPORT, "not supported"))
        return super().listenTCP(port, factory, backlog, interface)  # type: ignore[no-untyped-call]


def without_ipv6() -> NoIpv6:
    return NoIpv6()  # type: ignore[no-untyped-call]


def start(clock: MemoryReactorClock, *endpoints: str) -> ChatService:
    chat = Chat(SlowJournal(), later=lambda call: call(), now=lambda: 0.0)
    started = ChatService(clock, LineFactory(chat, Connections(Limits(), clock)), endpoints)
    started.privilegedStartService()
    started.startService()
    return started


@pytest.mark.parametrize("endpoints", [("tcp:5001", "tcp6:5001"), ("tcp6:5001", "tcp:5001")])
def test_on_a_machine_without_ipv6_it_listens_on_ipv4(endpoints: tuple[str, ...]) -> None:
    clock = without_ipv6()
    start(clock, *endpoints)
    assert [(port, interface) for port, _, _, interface in clock.tcpServers] == [(5001, "")]


@pytest.mark.parametrize("endpoints", [("tcp6:5001",), ("tcp6:5001", "tcp6:5002")])
def test_a_server_that_could_only_be_reached_over_ipv6_needs_it(endpoints: tuple[str, ...]) -> None:
    with pytest.raises(StartError, match="cannot listen on tcp6:5001: this machine has no IPv6"):
        start(without_ipv6(), *endpoints)


def test_an_ipv6_address_that_the_machine_lacks_is_an_error() -> None:
    with pytest.raises(StartError, match="cannot listen on tcp6"):
        start(without_ipv6(), "tcp:5001", "tcp6:5001:interface=fd00\\:\\:7")


def test_the_last_line_of_the_start_says_how_to_join() -> None:
    told: list[LogEvent] = []
    observer: Any = told.append
    globalLogPublisher.addObserver(observer)
    start(MemoryReactorClock(), "tcp:5001")
    globalLogPublisher.removeObserver(observer)
    *_, working, warning, last = map(formatEvent, told)
    assert working == "SERVER WORKING"
    assert warning.startswith("Anybody who reaches this server can join it")
    assert re.fullmatch(r"To join: netchat (\S+):5001, or nc \1 5001( \(also at .*\))?", last)
