"""A complete server and its guests in memory: no port, no thread, no sleep.

Use it to test netchat, or a bot written as a Twisted protocol, against the real server.

    from netchat.testing import Network

    network = Network("--history", "3")     # in memory; "--data", DIR for the journal on disk
    alice, bob = network.join("Alice"), network.join("Bob")
    bob.say("hello")
    assert alice.heard() == ["* Bob joined", "Bob: hello"]

    ci = network.program("ci")              # speaks JSON lines
    ci.ask("say", room="lobby", text="deploy done", nonce="1")
    assert ci.told()[-1]["nonce"] == "1"

    bot = network.connect(MyBot())          # any Twisted protocol
    eve = network.guest("203.0.113.9")      # from another address
    network.advance(15)                     # time passes only when you say so

When a call returns, all its effects have happened. The wall clock starts at `START`, and guests
connect from 192.168.1.2, 192.168.1.3 and so on. Input is not rate limited, unless you set a limit,
as with Network("--rate", "5"), and `advance` the time.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.testing import MemoryReactorClock
from twisted.test.iosim import FakeTransport, connect

from netchat.build import build_service
from netchat.dialects.text.dialect import (
    INVITATION_PROMPT,
    NEW_PASSWORD_PROMPT,
    PASSWORD_PROMPT,
    PROMPT,
)
from netchat.doors.line.protocol import PROMPT_DELAY
from netchat.model.lines import whole_lines
from netchat.server.options import Options
from netchat.server.readers import IN_MEMORY
from netchat.server.reload import reload
from netchat.threads.worker import InlineWorker

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IProtocol
    from twisted.python.failure import Failure
    from twisted.test.iosim import IOPump

    from netchat.log.interface import Log


P = TypeVar("P", bound="IProtocol")

PROMPTS = tuple(
    prompt.decode() for prompt in (PROMPT, PASSWORD_PROMPT, INVITATION_PROMPT, NEW_PASSWORD_PROMPT)
)
START = 1_767_268_800.0
"""The time of the wall clock at first: 2026-01-01 12:00 UTC."""


class Network:
    """A netchat server with the command line `arguments`, and connections to it in memory.

    `start` is the time of its wall clock at first. With a `log` it is a server of a site.
    """

    def __init__(
        self,
        *arguments: str,
        start: float = START,
        clock: MemoryReactorClock | None = None,
        log: Log | None = None,
    ) -> None:
        self._options = Options(environment={"NETCHAT_DATA": IN_MEMORY, "NETCHAT_RATE": "0"})
        self._options.parseOptions(arguments)
        self.clock = clock or MemoryReactorClock()
        self.service = build_service(
            self._options,
            self.clock,
            now=lambda: start + self.clock.seconds(),
            worker=InlineWorker,
            log=log,
        )
        self.service.startService()
        self._pumps: list[IOPump] = []
        self._transports: dict[IProtocol, FakeTransport] = {}

    def connect(self, protocol: P, host: str = "") -> P:
        """Connect `protocol`, a Twisted protocol, from the address `host`, and return it.

        If it is not admitted, it receives the reason and is disconnected.
        """
        host = host or f"192.168.1.{2 + len(self._pumps) % 253}"
        address = (IPv6Address if ":" in host else IPv4Address)("TCP", host, 40_000)
        server = host if ip_address(host).is_loopback else "192.168.1.1"
        server_address = type(address)("TCP", server, 5001)
        door: Any = self.service.factory.buildProtocol(address)
        transport = FakeTransport(door, isServer=True, peerAddress=address)
        pump = connect(
            door,
            transport,
            protocol,
            FakeTransport(
                protocol, isServer=False, hostAddress=address, peerAddress=server_address
            ),
        )
        self._transports[protocol] = transport
        self._pumps.append(pump)
        self.settle()
        return protocol

    def guest(self, host: str = "") -> Guest:
        """Return a guest who is connected, has the prompt, and has not given a name yet."""
        guest = Guest()
        guest.network = self
        self.connect(guest, host)
        self.advance(PROMPT_DELAY)
        return guest

    def join(self, name: str, host: str = "") -> Guest:
        """Return a guest called `name` who has joined and read the welcome."""
        guest = self.guest(host)
        guest.say(name)
        guest.heard()
        return guest

    def program(self, name: str, **hello: object) -> Program:
        """Return a program that has sent hello with `name` and the fields `hello`.

        Its welcome and the events of entering its rooms are not read yet: `told` returns them.
        """
        program = self.connect(Program())
        program.network = self
        program.ask("hello", name=name, **hello)
        return program

    def advance(self, seconds: float) -> None:
        """Advance the clock, and settle."""
        self.clock.advance(seconds)
        self.settle()

    def door(self, protocol: IProtocol) -> Any:
        """Return the server's protocol at the other end of the connection of `protocol`."""
        return self._transports[protocol].protocol

    def end_input(self, protocol: IProtocol) -> None:
        """Close the sending half of the connection of `protocol`: the end of its input."""
        self.door(protocol).readConnectionLost()
        self.settle()

    def reload(self) -> None:
        """Make the server read its files again, as SIGHUP does."""
        reload(self.service, self._options)
        self.settle()

    def stop(self) -> Deferred[None]:
        """Stop the server; fires when it has stopped, for which you may have to `advance`."""
        stopped = self.service.stopService()
        self.settle()
        return stopped

    def settle(self) -> None:
        """Deliver all data and run all timers that are due, until nothing is left to do."""
        moving = True
        while moving:
            self.clock.advance(0)
            moved = [pump.flush() for pump in self._pumps]
            moving = any(moved) or any(
                call.getTime() <= self.clock.seconds() for call in self.clock.getDelayedCalls()
            )


class Guest(Protocol):
    """A guest with a plain connection, who sends and reads lines.

    `received` is all data so far, `online` whether the connection is open.
    """

    network: Network
    transport: FakeTransport

    def __init__(self) -> None:
        self.received = b""
        self.online = True
        self._unread = b""

    def say(self, line: str) -> None:
        """Send `line` with a line end."""
        self.send(f"{line}\n".encode())

    def send(self, data: bytes) -> None:
        """Send `data` as it is."""
        self.queue(data)
        self.network.settle()

    def queue(self, data: bytes) -> None:
        """Send `data` at the next settle, so that data of several guests arrives in one turn."""
        self.transport.write(data)

    def heard(self) -> list[str]:
        """Return the lines received since the last call; a prompt counts as a line."""
        text, self._unread = self._unread.decode(), b""
        for prompt in PROMPTS:
            text = text.replace(prompt, f"{prompt}\n")
        return whole_lines(text)

    def end_input(self) -> None:
        """Close the sending half of the connection, as `nc -N` does at the end of its input."""
        self.network.end_input(self)

    def hang_up(self) -> None:
        """Close the connection."""
        self.transport.loseConnection()
        self.network.settle()

    def dataReceived(self, data: bytes) -> None:
        """Store `data`."""
        self.received += data
        self._unread += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Called when either end has closed the connection."""
        self.online = False


class Program(Guest):
    """A client that speaks JSON lines."""

    def ask(self, type: str, **fields: object) -> None:
        """Send a request of this `type` with these `fields`."""
        self.send(msgspec.json.encode({"type": type, **fields}) + b"\n")

    def told(self) -> list[dict[str, Any]]:
        """Return the objects received since the last call, one for each line."""
        return [msgspec.json.decode(line) for line in self.heard()]
