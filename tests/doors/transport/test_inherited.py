"""Sockets that systemd passes: which they are, and what is refused in one sentence."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from netchat.doors.transport.inherited import (
    InheritedSocketError,
    InheritedSockets,
    inherited_sockets,
    start_environment,
)

PROCESS = 4711
OURS = {"LISTEN_PID": str(PROCESS), "LISTEN_FDS": "2"}


@pytest.mark.parametrize(
    ("environment", "descriptors"),
    [
        ({}, {}),
        ({**OURS, "LISTEN_FDNAMES": "chat:door"}, {"chat": 3, "door": 4}),
        (OURS, {"0": 3, "1": 4}),
        ({**OURS, "LISTEN_FDNAMES": ""}, {"0": 3, "1": 4}),
        ({**OURS, "LISTEN_FDNAMES": "one"}, {"0": 3, "1": 4}),
        ({**OURS, "LISTEN_FDNAMES": "unknown:unknown"}, {"0": 3, "1": 4}),
        ({**OURS, "LISTEN_PID": "1"}, {}),
        ({**OURS, "LISTEN_FDS": "two"}, {}),
        ({**OURS, "LISTEN_FDS": "-1"}, {}),
        ({**OURS, "LISTEN_FDS": "0"}, {}),
        ({"LISTEN_FDS": "2"}, {}),
    ],
)
def test_the_sockets_have_the_names_that_are_given_or_numbers(
    environment: dict[str, str], descriptors: dict[str, int]
) -> None:
    assert inherited_sockets(environment, PROCESS) == descriptors


def test_the_environment_of_the_start_is_known_even_if_it_has_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = start_environment()
    monkeypatch.setenv("LISTEN_FDS", "1")
    assert start_environment() == known
    assert known["PATH"]


@pytest.fixture
def sockets(tmp_path: Path) -> Iterator[InheritedSockets]:
    """Listening sockets over IPv4, IPv6 and at a path."""
    with ExitStack() as stack:
        at_path = stack.enter_context(socket.socket(socket.AF_UNIX))
        at_path.bind(str(tmp_path / "door"))
        at_path.listen()
        made = {
            "four": stack.enter_context(socket.create_server(("127.0.0.1", 0))),
            "six": stack.enter_context(socket.create_server(("::1", 0), family=socket.AF_INET6)),
            "path": at_path,
        }
        yield InheritedSockets({name: one.fileno() for name, one in made.items()})


def test_each_socket_is_an_endpoint_of_its_domain(sockets: InheritedSockets) -> None:
    assert sockets.endpoints() == (
        "systemd:domain=INET:index=0",
        "systemd:domain=INET6:index=1",
        "systemd:domain=UNIX:index=2",
    )
    for endpoint in (*sockets.endpoints(), "systemd:domain=INET6:name=six", "tcp:5001"):
        sockets.check(endpoint)


@pytest.mark.parametrize(
    ("endpoint", "why"),
    [
        ("systemd:domain=INET:index=3", "there is no such inherited socket; give index=0 to 2, or"),
        ("systemd:domain=INET:name=five", "or one of the names four, six, path"),
        ("systemd:domain=INET", "there is no such inherited socket"),
        ("systemd:", "there is no such inherited socket"),
        ("systemd:domain=INET:index=1", "is of another domain; write domain=INET6"),
        ("systemd:index=1", "is of another domain; write domain=INET6"),
    ],
)
def test_an_endpoint_without_its_socket_is_refused_in_one_sentence(
    sockets: InheritedSockets, endpoint: str, why: str
) -> None:
    with pytest.raises(InheritedSocketError) as refused:
        sockets.check(endpoint)
    assert why in str(refused.value)


def test_without_inherited_sockets_the_socket_unit_is_named() -> None:
    none = InheritedSockets({})
    assert none.endpoints() == ()
    with pytest.raises(InheritedSocketError, match="no socket was inherited; start the server thr"):
        none.check("systemd:domain=INET:index=0")


def test_datagrams_connections_and_files_are_refused(tmp_path: Path) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as connection,
        (tmp_path / "file").open("w") as file,
    ):
        for wrong in (datagrams, connection):
            with pytest.raises(InheritedSocketError, match="ListenStream= and Accept=no"):
                InheritedSockets({"0": wrong.fileno()}).endpoints()
        with pytest.raises(InheritedSocketError, match="the inherited socket 0 cannot be used: "):
            InheritedSockets({"0": file.fileno()}).endpoints()
        os.fstat(connection.fileno())
