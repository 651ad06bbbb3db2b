"""The endpoint of the metrics is reached from this machine only, unless an interface is given."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock

from netchat.doors.metrics.endpoint import with_interface


@pytest.mark.parametrize(
    ("text", "interface"),
    [
        ("tcp:9464", "127.0.0.1"),
        ("tcp:port=9464", "127.0.0.1"),
        ("tcp:9464:backlog=5", "127.0.0.1"),
        ("tcp6:9464", "::1"),
        ("tcp:9464:interface=192.168.1.1", "192.168.1.1"),
        ("tcp:9464:192.168.1.1", "192.168.1.1"),
        ("tcp:9464:interface=", ""),
        ("tcp6:9464:interface=", ""),
        (r"tcp6:9464:interface=\:\:", "::"),
    ],
)
def test_an_endpoint_listens_on_the_interface_that_is_meant(text: str, interface: str) -> None:
    reactor: Any = MemoryReactorClock()
    serverFromString(reactor, with_interface(text)).listen(Factory())
    ((port, _, _, given),) = reactor.tcpServers
    assert (port, given) == (9464, interface)


@pytest.mark.parametrize("text", ["unix:/run/netchat-metrics", "systemd:domain=INET:index=0", "x"])
def test_other_kinds_of_endpoints_stay_as_they_are(text: str) -> None:
    assert with_interface(text) == text


def test_tls_too_is_for_this_machine_only() -> None:
    text = "ssl:9464:privateKey=k.pem:certKey=c.pem"
    assert with_interface(text) == f"{text}:interface=127.0.0.1"
    positional = "ssl:9464:k.pem:c.pem"
    assert with_interface(positional) == f"{positional}:interface=127.0.0.1"
