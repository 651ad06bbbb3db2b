"""The protocol of the socket of netchat admin: lines of JSON, and who may write them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from twisted.internet.protocol import Protocol
from twisted.test.iosim import FakeTransport, connect

from netchat.console import execute, requests
from netchat.doors.admin import protocol as door
from netchat.model.admin_socket import MAX_LINE
from netchat.state.changes import Announce, Unlock
from netchat.testing import Network

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twisted.internet.protocol import Factory
    from twisted.logger import LogEvent
    from twisted.python.failure import Failure

    from netchat.state.changes import What


class Client(Protocol):
    """The command, at the other end of the connection."""

    def __init__(self, network: Network) -> None:
        admin = network.service.admin
        assert admin is not None
        self.network = network
        self.received = b""
        self.online = True
        factory: Factory = admin.factory
        server: Any = factory.buildProtocol(None)
        self._pump = connect(
            server, FakeTransport(server, isServer=True), self, FakeTransport(self, isServer=False)
        )
        self.settle()

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.online = False

    def send(self, data: bytes) -> list[dict[str, Any]]:
        """Send `data`, and return what is answered."""
        assert self.transport is not None
        self.transport.write(data)
        self.settle()
        received, self.received = self.received, b""
        return [msgspec.json.decode(line) for line in received.split(b"\n") if line]

    def settle(self) -> None:
        self._pump.flush()
        self.network.settle()
        self._pump.flush()


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network("--data", str(tmp_path))


@pytest.fixture
def client(network: Network) -> Client:
    return Client(network)


def test_an_answer_is_rows_and_an_end(client: Client) -> None:
    word, end = client.send(b'{"command":"operator-add","name":"Alice"}\n')
    assert (word["type"], word["name"]) == ("word", "Alice")
    assert end == {"type": "end", "message": "Alice is an operator."}
    (account, end) = client.send(b'{"command":"accounts"}\n')
    assert account["roles"] == {"": "operator"}
    assert end == {"type": "end"}


def test_requests_of_one_connection_are_answered_in_their_order(client: Client) -> None:
    answers = client.send(
        b'{"command":"announce","text":"one"}\n{"command":"nonsense"}\n{"command":"audit"}\n'
    )
    assert [(answer["type"], answer.get("code")) for answer in answers] == [
        ("end", None),
        ("end", "bad-request"),
        ("audit", None),
        ("end", None),
    ]


@pytest.mark.parametrize(
    "line", [b"hello", b"[]", b"\xff", b'{"command":"ban","who":5}', b'{"command":"who","x":1}']
)
def test_what_is_no_request_is_refused_and_the_connection_goes_on(
    client: Client, line: bytes
) -> None:
    (end,) = client.send(line + b"\n")
    assert (end["type"], end["code"]) == ("end", "bad-request")
    assert client.send(b'{"command":"accounts"}\n') == [{"type": "end"}]


def test_a_request_that_comes_in_pieces_is_answered_at_its_end(client: Client) -> None:
    assert client.send(b'{"command":"acc') == []
    assert client.send(b'ounts"}') == []
    assert client.send(b"\n") == [{"type": "end"}]


def test_an_endless_request_ends_the_connection(client: Client) -> None:
    (end,) = client.send(b"x" * (MAX_LINE + 1))
    assert end["message"] == f"A request has at most {MAX_LINE} bytes."
    assert not client.online


def test_many_rows_are_written_as_fast_as_they_are_read(client: Client) -> None:
    for number in range(250):
        client.send(b'{"command":"announce","text":"%d"}\n' % number)
    answers = client.send(b'{"command":"audit","limit":250}\n')
    assert [answer.get("number") for answer in answers] == [*range(1, 251), None]


def test_a_client_that_leaves_has_its_request_carried_out_all_the_same(network: Network) -> None:
    client = Client(network)
    assert client.transport is not None
    client.transport.write(b'{"command":"lock"}\n')
    client.transport.loseConnection()
    client.settle()
    assert not client.online
    assert network.service.factory.chat.state.lock is not None


def test_one_connection_too_many_is_refused_with_a_sentence(network: Network) -> None:
    clients = [Client(network) for _ in range(door.MAX_CONNECTIONS)]
    refused = Client(network)
    assert b"Too many commands run at once" in refused.received
    assert not refused.online
    assert all(client.online for client in clients)


@pytest.mark.parametrize("late", [False, True])
def test_a_bug_is_one_sentence_and_the_log_has_the_rest(
    client: Client, monkeypatch: pytest.MonkeyPatch, bugs: list[LogEvent], late: bool
) -> None:
    def broken(*_: object) -> Iterator[What]:
        if late:
            yield Unlock()
            yield Announce("")
        raise ZeroDivisionError

    steps = {requests.ListAccounts: broken, requests.UnlockServer: broken}
    client.send(b'{"command":"lock"}\n')
    monkeypatch.setattr(execute, "_STEPS", steps)
    (end,) = client.send(b'{"command":"accounts"}\n')
    assert end["code"] == "internal"
    assert len(bugs) == 1
    bugs.clear()
    assert client.online
    client.network.join("Bob")


def test_the_user_of_the_server_and_root_are_trusted_and_nobody_else() -> None:
    own = os.geteuid()
    assert door.is_trusted(own)
    assert door.is_trusted(0)
    assert not door.is_trusted(own + 1)
    assert door.is_trusted(None)


def test_a_stranger_is_refused(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "peer_user", lambda _: os.geteuid() + 1)
    stranger = Client(network)
    assert b"Only the user of the server, and root, may do that." in stranger.received
    assert not stranger.online


def test_a_server_in_memory_has_no_socket() -> None:
    assert Network().service.admin is None


def test_the_connections_end_with_the_server(network: Network) -> None:
    client = Client(network)
    network.stop()
    client.settle()
    assert not client.online
