"""TCP keepalive: a client whose network is cut is disconnected."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from twisted.internet.protocol import Protocol
from twisted.internet.tcp import Connection
from twisted.internet.testing import MemoryReactorClock
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory

from netchat.doors.transport.keepalive import enable_keepalive
from netchat.model.limits import ConnectionLimits
from tests.support.needs import missing
from tests.support.processes import PATIENCE, SCRIPTS, Server
from tests.support.sockets import tcp_pair

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GUEST = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as guest:
    guest.sendall(sys.argv[3].encode() + b"\\n")
    while guest.recv(65536):
        pass
"""


def keepalive_options(limits: ConnectionLimits, *, wrapped: bool = False) -> dict[str, int]:
    """Return the socket options of a TCP connection, which may be below another transport."""
    near, far = tcp_pair()
    with near, far:
        protocol = ProtocolWrapper(WrappingFactory(object()), Protocol()) if wrapped else Protocol()
        protocol.makeConnection(Connection(near, protocol, MemoryReactorClock()))
        enable_keepalive(protocol if wrapped else protocol.transport, limits)
        names = ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")
        told = {n: near.getsockopt(socket.IPPROTO_TCP, getattr(socket, n)) for n in names}
        return {**told, "on": near.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)}


@pytest.mark.parametrize(
    "wrapped", [False, True], ids=["TCP", "below another transport, as within TLS"]
)
def test_the_kernel_probes_after_60_s_and_gives_up_after_120(wrapped: bool) -> None:
    told = keepalive_options(ConnectionLimits(), wrapped=wrapped)
    assert told["on"]
    assert told["TCP_KEEPIDLE"] == 60
    assert told["TCP_KEEPIDLE"] + told["TCP_KEEPINTVL"] * told["TCP_KEEPCNT"] == 120
    assert told["TCP_USER_TIMEOUT"] == 120_000


@pytest.mark.parametrize("limits", [ConnectionLimits(ping_after=0), ConnectionLimits(gone_after=0)])
def test_at_0_the_kernel_never_probes(limits: ConnectionLimits) -> None:
    told = keepalive_options(limits)
    assert not told["on"]
    assert not told["TCP_USER_TIMEOUT"]


@pytest.mark.parametrize(
    "limits",
    [
        ConnectionLimits(ping_after=0.1, gone_after=0.2),
        ConnectionLimits(ping_after=120, gone_after=60),
        ConnectionLimits(ping_after=1e8, gone_after=9e8),
    ],
)
def test_the_kernel_accepts_the_options_for_any_limits(limits: ConnectionLimits) -> None:
    assert keepalive_options(limits)["on"]


def run(*words: str) -> None:
    subprocess.run(words, check=True, timeout=PATIENCE, capture_output=True)


class Cable:
    """Two network namespaces, `here` and `there`, connected by a virtual cable."""

    def __init__(self) -> None:
        self.here, self.there = (f"netchat-{os.getpid()}-{end}" for end in "ab")
        for space in (self.here, self.there):
            run("ip", "netns", "add", space)
        ends = ("eth0", "netns", self.here, "type", "veth", "peer", "eth0", "netns", self.there)
        run("ip", "link", "add", *ends)
        for number, space in enumerate((self.here, self.there), 1):
            run("ip", "-n", space, "address", "add", f"192.0.2.{number}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                run("ip", "-n", space, "link", "set", device, "up")

    def cut(self) -> None:
        run("ip", "-n", self.there, "link", "set", "eth0", "down")

    def remove(self) -> None:
        for space in (self.here, self.there):
            subprocess.run(("ip", "netns", "del", space), check=False, timeout=PATIENCE)


@pytest.fixture
def cable() -> Iterator[Cable]:
    if reason := missing("root", "ip"):
        pytest.skip(reason)
    cable = Cable()
    yield cable
    cable.remove()


@pytest.mark.parametrize("written_to", [False, True], ids=["silent", "with unacknowledged output"])
def test_a_client_whose_cable_is_cut_is_disconnected_and_its_name_is_free(
    cable: Cable, tmp_path: Path, written_to: bool
) -> None:
    inside = (str(shutil.which("ip")), "netns", "exec", cable.here)
    options = ("--listen", "tcp:0:interface=192.0.2.1", "--ping-after", "1", "--gone-after", "3")
    with Server(
        *options, cwd=tmp_path, command=(*inside, str(SCRIPTS / "twistd"), "-n", "--pidfile=")
    ) as server:
        away = ("ip", "netns", "exec", cable.there, sys.executable, "-c", GUEST, "192.0.2.1")
        with subprocess.Popen((*away, str(server.ports[0]), "Bob")) as bob:
            server.wait_for_log("connected  [ Bob ]")
            cable.cut()
            begin = monotonic()
            if written_to:
                near = ("ip", "netns", "exec", cable.here, sys.executable, "-c", GUEST, "192.0.2.1")
                with subprocess.Popen((*near, str(server.ports[0]), "Eve")) as eve:
                    server.wait_for_log("connected  [ Eve ]")
                    server.wait_for_log("is offline  [ Bob ]")
                    eve.kill()
            else:
                server.wait_for_log("is offline  [ Bob ]")
            seconds = monotonic() - begin
            bob.kill()
        # Without probes it takes the kernel a quarter of an hour or more.
        assert 1.5 < seconds < PATIENCE
        server.stop()
