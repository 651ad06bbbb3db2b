"""The acceptor with real sockets and a real port, without a reactor: each test runs the turns."""

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
from netchat.admission.acceptor import Acceptor, Clients
from netchat.admission.connections import Connections
from netchat.admission.pending_logins import GRACE, RECHECK
from netchat.doors.line.factory import LineFactory
from netchat.doors.line.protocol import LineProtocol
from netchat.doors.transport.direct import DirectServer
from netchat.doors.transport.listening import guard_port, tune_port
from netchat.doors.transport.proxied import ProxiedFactory
from netchat.model.events import Closing
from netchat.model.limits import AdmissionLimits, Limits
from netchat.server.readers import read_network
from tests.support.listeners import immediate_chat
from tests.support.processes import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator


class ReactorDouble(Clock):
    """The part of a reactor that a port uses; it records who wants to read and to write."""

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


class Server:
    """A port of a line factory, and the sockets of the clients that connect to it."""

    def __init__(self, *, proxied: bool = False, within_tls: bool = False, **limits: Any) -> None:
        self.clock = ReactorDouble()
        admission = AdmissionLimits(**limits)
        self.connections = Connections(Limits(admission=admission), self.clock)
        factory: Any = LineFactory(immediate_chat(), self.connections)
        if proxied:
            factory = ProxiedFactory(factory)
        self.port: Any = tcp.Port(0, factory, 50, "127.0.0.1", self.clock)
        self.port.startListening()
        tune_port(self.port)
        # Within TLS, the port has another factory than the endpoint.
        factory = None if within_tls else factory
        guard_port(self.port, self.connections, factory, Clients(behind_proxy=proxied))
        self.clients: list[socket.socket] = []

    def connect(self) -> socket.socket:
        """Return the socket of a client whose connection the port can accept."""
        before = self._acceptable()
        client = socket.create_connection(("127.0.0.1", self.port.getHost().port), PATIENCE)
        while self._acceptable() == before:
            pass
        self.clients.append(client)
        return client

    def _acceptable(self) -> int:
        """Return how many connections the port can accept: tcpi_unacked, see tcp(7)."""
        info = self.port.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 28)
        return int.from_bytes(info[24:], sys.byteorder)

    @property
    def open(self) -> int:
        """How many connections are open."""
        return self.connections.policy.connections

    @property
    def pending(self) -> tuple[int, int]:
        """How many connections have a protocol and no name, and how many have only a socket."""
        connections = self.connections
        return connections.pending_logins.count, connections.pending_connections.count

    def turn(self, seconds: float = 0.0) -> None:
        """Let time pass, then accept, read and write, as a turn of the reactor does."""
        self.clock.advance(seconds)
        for client in self.clients:
            while client.fileno() >= 0 and _under_way(client):
                pass
        for reader in select.select(list(self.clock.readers), [], [], 0)[0]:
            reader.doRead()
        for writer in list(self.clock.writers):
            if (error := writer.doWrite()) is not None:
                writer.connectionLost(Failure(error))

    def close(self) -> None:
        for connection in list(self.connections.open):
            connection.abort()
        for connection in self.clock.readers - {self.port}:
            connection.abortConnection()
        self.port.stopListening()
        self.clock.advance(10)
        for client in self.clients:
            client.close()


def _under_way(client: socket.socket) -> int:
    """Return how many bytes that `client` has sent have not arrived yet."""
    return int.from_bytes(fcntl.ioctl(client, termios.TIOCOUTQ, bytes(4)), sys.byteorder)


def received_up_to(client: socket.socket, words: bytes) -> bytes:
    """Return what `client` has been sent up to `words`, and what arrived with them.

    It may arrive in any number of pieces.
    """
    text = b""
    while words not in text:
        data = client.recv(1000)
        assert data, text
        text += data
    return text


def received(client: socket.socket) -> bytes:
    """Return all that `client` has been sent; its connection is closed, or this times out."""
    text = b""
    while data := client.recv(1000):
        text += data
    return text


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    made: list[Server] = []
    yield made
    for server in made:
        server.close()


def test_a_denied_client_reads_why_and_no_protocol_is_made_for_it(servers: list[Server]) -> None:
    server = Server(deny=(read_network("127.0.0.0/8"),))
    servers.append(server)
    clients = [server.connect() for _ in range(3)]
    clients[0].sendall(b"Bob\n" * 100)
    server.turn()
    for client in clients:
        assert received(client) == b"! This server takes no connections from your address.\n"
    assert server.port.sessionno == 0
    assert not server.connections.rejections


def test_at_most_100_clients_are_rejected_in_a_turn(servers: list[Server]) -> None:
    server = Server(deny=(read_network("127.0.0.0/8"),))
    servers.append(server)
    clients = [server.connect() for _ in range(101)]
    server.turn()
    assert received(clients[99])
    assert not select.select([clients[100]], [], [], 0)[0]
    server.turn()
    assert received(clients[100])


def test_within_tls_20_rejected_clients_get_a_connection_and_the_others_are_closed(
    servers: list[Server],
) -> None:
    server = Server(within_tls=True, deny=(read_network("127.0.0.0/8"),))
    servers.append(server)
    clients = [server.connect() for _ in range(25)]
    server.turn()
    assert server.port.sessionno == 20
    assert received(clients[0]) != b""
    assert received(clients[24]) == b""


def test_a_client_that_says_hello_is_served_before_silent_ones_that_came_earlier(
    servers: list[Server],
) -> None:
    server = Server(max_nameless=2)
    servers.append(server)
    first, *others = (server.connect() for _ in range(5))
    server.turn()
    assert server.pending == (2, 3)
    others[-1].sendall(b"Bob\n")
    server.turn()
    server.turn(RECHECK)
    assert not select.select([others[-1]], [], [], 0)[0]
    server.turn(GRACE)
    server.turn()
    server.turn()
    assert received(first) == (
        b"Enter username: \n! Too many come at once; connect again and give a name at once.\n"
    )
    assert received_up_to(others[-1], b"Welcome").startswith(b"Enter username: Welcome")
    # The next client takes its place among the pending logins, and is asked for a name.
    assert server.pending == (2, 1)
    server.turn(0.1)
    assert received_up_to(others[1], b": ") == b"Enter username: "


@pytest.mark.parametrize("kind", ["proxied", "within_tls"])
def test_where_the_client_speaks_first_no_protocol_is_made_until_it_does(
    servers: list[Server], kind: str
) -> None:
    server = Server(**{kind: True})
    servers.append(server)
    clients = [server.connect() for _ in range(3)]
    for _ in range(3):
        server.turn(0.1)
    assert (server.connections.pending_connections.count, server.port.sessionno) == (3, 0)
    clients[2].sendall(b"PROXY UNKNOWN\r\nBob\n")
    for _ in range(3):
        server.turn()
    assert (server.connections.pending_connections.count, server.port.sessionno) == (2, 1)


def test_a_pending_client_that_stays_silent_is_closed_after_the_login_timeout(
    servers: list[Server],
) -> None:
    server = Server(max_nameless=1)
    servers.append(server)
    first, second = server.connect(), server.connect()
    server.turn()
    first.sendall(b"Ann\n")
    server.turn()
    third = server.connect()
    server.turn()
    server.turn()
    assert server.connections.pending_connections.count == 1
    assert not select.select([third], [], [], 0)[0]
    server.turn(15)
    server.turn()
    assert received(third) == b"! That took too long; connect again and give a name sooner.\n"
    assert received(second).endswith(b"give a name sooner.\n")


def test_the_login_time_runs_while_a_client_waits_for_the_prompt(servers: list[Server]) -> None:
    server = Server(max_nameless=1)
    servers.append(server)
    first, second = server.connect(), server.connect()
    server.turn()
    server.turn(10)
    first.sendall(b"Ann\n")
    server.turn()
    server.turn(4.9)
    assert server.pending == (1, 0)
    server.turn(0.2)
    server.turn()
    assert received(second).endswith(
        b"! That took too long; connect again and give a name sooner.\n"
    )


def test_a_pending_client_that_hangs_up_no_longer_counts(servers: list[Server]) -> None:
    server = Server(max_nameless=1)
    servers.append(server)
    server.connect()
    gone = server.connect()
    server.turn()
    assert (server.open, server.pending[1]) == (2, 1)
    gone.close()
    while server.connections.pending_connections.count:
        server.turn()
    assert (server.open, server.pending[1]) == (1, 0)
    assert server.port.sessionno == 1


def test_when_pending_connections_are_full_the_kernel_keeps_the_rest_until_one_is_evicted(
    servers: list[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acceptor, "MAX_PENDING", 1)
    server = Server(max_nameless=1)
    servers.append(server)
    _, second, third = (server.connect() for _ in range(3))
    server.turn()
    assert server.port not in server.clock.readers
    assert server.pending == (1, 1)
    server.turn(GRACE)
    assert received(second) == b"! Too many come at once; connect again and give a name at once.\n"
    third.sendall(b"Bob\n")
    for _ in range(3):
        server.turn(RECHECK)
    assert received_up_to(third, b"Welcome")


def test_pending_clients_are_told_of_a_shutdown(servers: list[Server]) -> None:
    server = Server(max_nameless=1)
    servers.append(server)
    server.connect()
    waiting = server.connect()
    server.turn()
    stopped = Deferred.fromCoroutine(
        server.connections.close_all(Closing("shutdown", "Come back later."), 3)
    )
    assert received(waiting) == b"! Come back later.\n"
    server.turn(3)
    server.turn()
    assert stopped.called


def test_no_client_that_has_said_hello_is_evicted_however_long_it_takes(
    servers: list[Server],
) -> None:
    server = Server(max_nameless=8)
    servers.append(server)
    clients = [server.connect() for _ in range(50)]
    for number, client in enumerate(clients):
        client.sendall(b'{"type":"hello","name":"guest%d"}\n' % number)
    for _ in range(40):
        server.turn(0.06)
    for client in clients:
        assert received_up_to(client, b'"welcome"').startswith(b'{"type":"welcome"')


def test_no_client_is_evicted_as_long_as_none_waits(servers: list[Server]) -> None:
    server = Server(max_nameless=2)
    servers.append(server)
    clients = [server.connect() for _ in range(2)]
    for _ in range(5):
        server.turn(1.0)
    assert server.connections.pending_logins.count == 2
    assert received_up_to(clients[0], b": ") == b"Enter username: "


def test_a_proxy_may_have_a_denied_address_and_its_clients_are_written_to_directly(
    servers: list[Server],
) -> None:
    server = Server(proxied=True, deny=(read_network("127.0.0.0/8"), read_network("192.0.2.0/24")))
    servers.append(server)
    bob, eve = server.connect(), server.connect()
    bob.sendall(b"PROXY TCP4 203.0.113.9 127.0.0.1 5555 5001\r\nBob\n")
    eve.sendall(b"PROXY TCP4 192.0.2.9 127.0.0.1 5555 5001\r\nEve\n")
    for _ in range(4):
        server.turn()
    assert received_up_to(bob, b"Welcome").startswith(b"Enter username: Welcome")
    assert received_up_to(eve, b"\n") == b"! This server takes no connections from your address.\n"
    (protocol,) = (each for each in server.connections.open if isinstance(each, LineProtocol))
    assert isinstance(protocol.transport, DirectServer)
    assert protocol.fast_send is not None


def test_a_port_that_is_neither_tcp_nor_unix_keeps_its_own_accept() -> None:
    port = object()
    guard_port(port, None, None, Clients())  # type: ignore[arg-type]
    assert not isinstance(port, Acceptor)
