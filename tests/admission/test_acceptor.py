"""Real sockets at a real port, without a reactor: the test says when it accepts."""

from __future__ import annotations

import fcntl
import select
import socket
import sys
import termios
from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet import tcp
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from netchat.admission import acceptor
from netchat.admission.acceptor import Acceptor, guard_port
from netchat.admission.pending_logins import GRACE, LOOK_AGAIN
from netchat.doors.line.factory import LineFactory
from netchat.doors.transport.direct import DirectServer, prepare
from netchat.doors.transport.proxied import ProxiedFactory
from netchat.model.events import Closing
from netchat.model.limits import AdmissionLimits, Limits
from netchat.server.settings import read_network
from tests.support.listeners import chat_now
from tests.support.processes import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator


class Readers(Clock):
    """As much of a reactor as a port sees."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: set[Any] = set()
        self.writers: set[Any] = set()

    def addReader(self, reader: Any) -> None:  # noqa: N802
        self.readers.add(reader)

    def removeReader(self, reader: Any) -> None:  # noqa: N802
        self.readers.discard(reader)

    def addWriter(self, writer: Any) -> None:  # noqa: N802
        self.writers.add(writer)

    def removeWriter(self, writer: Any) -> None:  # noqa: N802
        self.writers.discard(writer)


class House:
    """A port of `factory`, and those who come to it."""

    def __init__(self, *, proxied: bool = False, within_tls: bool = False, **limits: Any) -> None:
        self.clock = Readers()
        admission = AdmissionLimits(**limits)
        self.factory = LineFactory(chat_now(), Limits(admission=admission), self.clock)
        listening = ProxiedFactory(self.factory) if proxied else self.factory
        self.port: Any = tcp.Port(0, listening, 50, "127.0.0.1", self.clock)
        self.port.startListening()
        prepare(self.port)
        if within_tls:
            Acceptor(self.port, self.factory, bare=False, announced=False)
        else:
            guard_port(self.port, self.factory, listening)
        self.guests: list[socket.socket] = []

    def comes(self) -> socket.socket:
        """Return a guest who is connected, and whom the port can accept."""
        before = self._acceptable()
        guest = socket.create_connection(("127.0.0.1", self.port.getHost().port), PATIENCE)
        while self._acceptable() == before:
            pass
        self.guests.append(guest)
        return guest

    def _acceptable(self) -> int:
        """Return how many connections the port can accept: tcpi_unacked, see tcp(7)."""
        info = self.port.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 28)
        return int.from_bytes(info[24:], sys.byteorder)

    def turn(self, seconds: float = 0.0) -> None:
        """Let time pass, then accept, read and write, as in a turn of the reactor."""
        self.clock.advance(seconds)
        for guest in self.guests:
            while guest.fileno() >= 0 and _under_way(guest):
                pass
        for reader in select.select(list(self.clock.readers), [], [], 0)[0]:
            reader.doRead()
        for writer in list(self.clock.writers):
            if (error := writer.doWrite()) is not None:
                writer.connectionLost(Failure(error))

    def close(self) -> None:
        for door in list(self.factory.doors):
            door.abort()
        for connection in self.clock.readers - {self.port}:
            connection.abortConnection()
        self.port.stopListening()
        self.clock.advance(10)
        for guest in self.guests:
            guest.close()


def _under_way(guest: socket.socket) -> int:
    """Return how many bytes that `guest` has sent have not arrived yet."""
    return int.from_bytes(fcntl.ioctl(guest, termios.TIOCOUTQ, bytes(4)), sys.byteorder)


def told(guest: socket.socket, words: bytes) -> bytes:
    """Return what `guest` has been told up to `words`, and what came with them.

    What was written may come in any number of pieces.
    """
    text = b""
    while words not in text:
        data = guest.recv(1000)
        assert data, text
        text += data
    return text


def said(guest: socket.socket) -> bytes:
    """Return what `guest` has been told; he is out, or this raises."""
    text = b""
    while data := guest.recv(1000):
        text += data
    return text


@pytest.fixture
def houses() -> Iterator[list[House]]:
    made: list[House] = []
    yield made
    for house in made:
        house.close()


def test_who_is_refused_reads_why_and_nothing_is_made_for_him(houses: list[House]) -> None:
    house = House(deny=(read_network("127.0.0.0/8"),))
    houses.append(house)
    guests = [house.comes() for _ in range(3)]
    guests[0].sendall(b"Bob\n" * 100)
    house.turn()
    for guest in guests:
        assert said(guest) == b"! This server takes no connections from your address.\n"
    assert house.port.sessionno == 0
    assert not house.factory.rejections


def test_only_so_many_are_turned_away_in_a_turn(houses: list[House]) -> None:
    house = House(deny=(read_network("127.0.0.0/8"),))
    houses.append(house)
    guests = [house.comes() for _ in range(101)]
    house.turn()
    assert said(guests[99])
    assert not select.select([guests[100]], [], [], 0)[0]
    house.turn()
    assert said(guests[100])


def test_within_tls_a_few_are_told_in_a_connection_and_the_rest_are_closed(
    houses: list[House],
) -> None:
    house = House(within_tls=True, deny=(read_network("127.0.0.0/8"),))
    houses.append(house)
    guests = [house.comes() for _ in range(25)]
    house.turn()
    assert house.port.sessionno == 20
    assert said(guests[0]) != b""
    assert said(guests[24]) == b""


def test_who_says_hello_is_in_before_those_who_came_earlier_and_are_silent(
    houses: list[House],
) -> None:
    house = House(max_nameless=2)
    houses.append(house)
    first, *others = (house.comes() for _ in range(5))
    house.turn()
    assert (house.factory.pending_logins.count, house.factory.pending_connections.count) == (2, 3)
    others[-1].sendall(b"Bob\n")
    house.turn()
    house.turn(LOOK_AGAIN)
    assert not select.select([others[-1]], [], [], 0)[0]
    house.turn(GRACE)
    house.turn()
    house.turn()
    assert said(first) == (
        b"Enter username: \n! Too many come at once; connect again and give a name at once.\n"
    )
    assert told(others[-1], b"Welcome").startswith(b"Enter username: Welcome")
    # His place among those without a name is for the next, who is asked for his.
    assert (house.factory.pending_logins.count, house.factory.pending_connections.count) == (2, 1)
    house.turn(0.1)
    assert told(others[1], b": ") == b"Enter username: "


@pytest.mark.parametrize("kind", ["proxied", "within_tls"])
def test_where_a_guest_speaks_first_nothing_is_made_for_him_until_he_does(
    houses: list[House], kind: str
) -> None:
    house = House(**{kind: True})
    houses.append(house)
    guests = [house.comes() for _ in range(3)]
    for _ in range(3):
        house.turn(0.1)
    assert (house.factory.pending_connections.count, house.port.sessionno) == (3, 0)
    guests[2].sendall(b"PROXY UNKNOWN\r\nBob\n")
    for _ in range(3):
        house.turn()
    assert (house.factory.pending_connections.count, house.port.sessionno) == (2, 1)


def test_who_waits_and_says_nothing_has_the_time_of_a_login(houses: list[House]) -> None:
    house = House(max_nameless=1)
    houses.append(house)
    first, second = house.comes(), house.comes()
    house.turn()
    first.sendall(b"Ann\n")
    house.turn()
    third = house.comes()
    house.turn()
    house.turn()
    assert house.factory.pending_connections.count == 1
    assert not select.select([third], [], [], 0)[0]
    house.turn(15)
    house.turn()
    assert said(third) == b"! That took too long; connect again and give a name sooner.\n"
    assert said(second).endswith(b"give a name sooner.\n")


def test_the_time_for_a_name_runs_while_one_waits_to_be_asked_for_it(houses: list[House]) -> None:
    house = House(max_nameless=1)
    houses.append(house)
    first, second = house.comes(), house.comes()
    house.turn()
    house.turn(10)
    first.sendall(b"Ann\n")
    house.turn()
    house.turn(4.9)
    assert (house.factory.pending_logins.count, house.factory.pending_connections.count) == (1, 0)
    house.turn(0.2)
    house.turn()
    assert said(second).endswith(b"! That took too long; connect again and give a name sooner.\n")


def test_who_waits_and_hangs_up_is_forgotten(houses: list[House]) -> None:
    house = House(max_nameless=1)
    houses.append(house)
    house.comes()
    gone = house.comes()
    house.turn()
    assert (house.factory.admission.guests, house.factory.pending_connections.count) == (2, 1)
    gone.close()
    while house.factory.pending_connections.count:
        house.turn()
    assert (house.factory.admission.guests, house.factory.pending_connections.count) == (1, 0)
    assert house.port.sessionno == 1


def test_when_the_anteroom_is_full_too_the_kernel_keeps_them_until_the_oldest_has_to_go(
    houses: list[House], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acceptor, "MAX_PENDING", 1)
    house = House(max_nameless=1)
    houses.append(house)
    _, second, third = (house.comes() for _ in range(3))
    house.turn()
    assert house.port not in house.clock.readers
    assert (house.factory.pending_logins.count, house.factory.pending_connections.count) == (1, 1)
    house.turn(GRACE)
    assert said(second) == b"! Too many come at once; connect again and give a name at once.\n"
    third.sendall(b"Bob\n")
    for _ in range(3):
        house.turn(LOOK_AGAIN)
    assert told(third, b"Welcome")


def test_shutting_down_tells_those_who_wait(houses: list[House]) -> None:
    house = House(max_nameless=1)
    houses.append(house)
    house.comes()
    waiting = house.comes()
    house.turn()
    stopped = Deferred.fromCoroutine(
        house.factory.close_all(Closing("shutdown", "Come back later."), 3)
    )
    assert said(waiting) == b"! Come back later.\n"
    house.turn(3)
    house.turn()
    assert stopped.called


def test_nobody_who_has_said_hello_is_thrown_out_however_long_it_takes(
    houses: list[House],
) -> None:
    house = House(max_nameless=8)
    houses.append(house)
    guests = [house.comes() for _ in range(50)]
    for number, guest in enumerate(guests):
        guest.sendall(b'{"type":"hello","name":"guest%d"}\n' % number)
    for _ in range(40):
        house.turn(0.06)
    for guest in guests:
        assert told(guest, b'"welcome"').startswith(b'{"type":"welcome"')


def test_nobody_has_to_go_as_long_as_nobody_waits(houses: list[House]) -> None:
    house = House(max_nameless=2)
    houses.append(house)
    guests = [house.comes() for _ in range(2)]
    for _ in range(5):
        house.turn(1.0)
    assert house.factory.pending_logins.count == 2
    assert told(guests[0], b": ") == b"Enter username: "


def test_a_proxy_is_not_judged_by_its_own_address_and_its_guests_write_directly(
    houses: list[House],
) -> None:
    house = House(proxied=True, deny=(read_network("127.0.0.0/8"), read_network("192.0.2.0/24")))
    houses.append(house)
    bob, eve = house.comes(), house.comes()
    bob.sendall(b"PROXY TCP4 203.0.113.9 127.0.0.1 5555 5001\r\nBob\n")
    eve.sendall(b"PROXY TCP4 192.0.2.9 127.0.0.1 5555 5001\r\nEve\n")
    for _ in range(4):
        house.turn()
    assert told(bob, b"Welcome").startswith(b"Enter username: Welcome")
    assert told(eve, b"\n") == b"! This server takes no connections from your address.\n"
    (door,) = (door for door in house.factory.doors if getattr(door, "session", None))
    assert isinstance(door.transport, DirectServer)  # type: ignore[attr-defined]
    assert door.fast_send is not None  # type: ignore[attr-defined]


def test_a_port_of_another_kind_accepts_as_it_does() -> None:
    port = object()
    guard_port(port, None, None)  # type: ignore[arg-type]
    assert not isinstance(port, Acceptor)
