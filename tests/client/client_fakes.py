"""What the client's tests put at its two ends: a front that writes down, and a way to a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IStreamClientEndpoint, ITransport
from zope.interface import implementer

from netchat.client.address import Address
from netchat.client.connection import Connection, Server
from netchat.client.conversation import Conversation
from netchat.client.heard import Heard
from netchat.testing import Network

ADDRESS = Address("chat.test")


class Notebook:
    """A front that writes down what it is told, as a person would read it."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.flow: list[str] = []

    def entered(self, *, again: bool, astray: bool) -> None:
        self.events.append("in" + " again" * again + " astray" * astray)

    def hear(self, heard: Heard) -> None:
        self.events.append(heard.text)

    def recall(self, heard: Heard) -> None:
        self.events.append(f"(recalled) {heard.text}")

    def refused(self, reason: str) -> None:
        self.events.append(f"refused: {reason}")

    def cut(self, reason: str, unproven: int) -> None:
        self.events.append(f"cut: {reason}, {unproven} unproven")

    def over(self, complaint: str, unproven: int) -> None:
        self.events.append(f"over: {complaint}, {unproven} unproven")

    def pause(self) -> None:
        self.flow.append("pause")

    def resume(self) -> None:
        self.flow.append("resume")

    def news(self) -> list[str]:
        """Return what was written down since the last call."""
        events, self.events = self.events, []
        return events


@implementer(IStreamClientEndpoint)
class Road:
    """An endpoint that leads to a server in memory; while `errors` lasts, it leads nowhere."""

    def __init__(self, network: Network, *errors: Exception) -> None:
        self.network = network
        self.errors = list(errors)
        self.lines: list[Any] = []
        self.attempts: list[float] = []

    def connect(self, factory: Any) -> Deferred[IProtocol]:
        self.attempts.append(self.network.clock.seconds())
        connected: Deferred[IProtocol] = Deferred()
        if self.errors:
            self.network.clock.callLater(0, connected.errback, self.errors.pop(0))
        else:
            self.network.clock.callLater(0, self._connect, factory.buildProtocol(None), connected)
        return connected

    def _connect(self, line: Any, connected: Deferred[IProtocol]) -> None:
        make = line.makeConnection

        def made(transport: ITransport) -> None:
            make(transport)
            connected.callback(line)

        line.makeConnection = made
        self.lines.append(line)
        self.network.connect(line)

    def break_off(self) -> None:
        """Let the newest connection be lost, at both ends."""
        transport: Any = self.network.door(self.lines[-1]).transport
        transport.loseConnection()
        self.network.settle()


class Client:
    """A connection under test, with a notebook as its front, on the server in `network`."""

    def __init__(
        self,
        network: Network,
        name: str = "Alice",
        room: str = "",
        road: Road | None = None,
        chance: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.front = Notebook()
        self.network = network
        self.road = road or Road(network)
        self.talk = Connection(
            Conversation(name, room, self.front),
            self.front,
            Server(ADDRESS, self.road),
            clock=network.clock,
            random=chance,
        )
        self.talk.start()
        network.settle()

    def say(self, *lines: str) -> None:
        for line in lines:
            self.talk.say(line)
        self.network.settle()

    def wait(self, seconds: int) -> None:
        """Let time pass, second by second."""
        for _ in range(seconds):
            self.network.advance(1)

    def news(self) -> list[str]:
        """Return what the front was told since the last call."""
        return self.front.news()
