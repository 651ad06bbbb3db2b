"""Test doubles for the two ends of the client: a recording frontend, an endpoint in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IStreamClientEndpoint, ITransport
from zope.interface import implementer

from netchat.client.connection.address import Address
from netchat.client.connection.endpoint import ServerEndpoint
from netchat.client.connection.persistent_connection import PersistentConnection
from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.display_lines import DisplayLine, SaidLine
from netchat.client.conversation.interfaces import OpenRoom, SecretKind
from netchat.client.conversation.login import Target
from netchat.testing import START, Network

ADDRESS = Address("chat.test")
CLIENT_ID = UUID("12345678-1234-5678-1234-567812345678")


class RecordingFrontend:
    """A frontend that records its calls, as a user would read them."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.kinds: list[str] = []
        """The class names of the lines shown."""
        self.highlighted: list[str] = []
        """The lines shown that mention the user."""
        self.rooms_shown: list[str] = []
        self.changes = 0
        """How often a figure of the rooms has changed."""
        self.waiting = 0
        """How many lines are not stored."""

    def entered(self, *, again: bool) -> None:
        self.events.append("in" + " again" * again)

    def show(self, line: DisplayLine) -> None:
        self.events.append(line.text)
        self.kinds.append(type(line).__name__)
        self._record_mention(line)

    def show_on_entry(self, line: DisplayLine) -> None:
        self.events.append(f"(on entry) {line.text}")
        self._record_mention(line)

    def caught_up(self) -> None:
        self.events.append("caught up")

    def unstored_changed(self, lines: int) -> None:
        self.waiting = lines

    def removed(self, room: str) -> None:
        self.events.append(f"removed from {room}")

    def room_shown(self, room: OpenRoom) -> None:
        self.rooms_shown.append(room.name)

    def rooms_changed(self) -> None:
        self.changes += 1

    def mentioned(self, room: OpenRoom, line: SaidLine) -> None:
        self.events.append(f"mentioned in {room.name}: {line.text}")

    def name_refused(self, reason: str) -> None:
        self.events.append(f"name refused: {reason}")

    def secret_required(self, reason: str, unstored: int, kind: SecretKind) -> None:
        self.events.append(
            f"{kind.replace('_', ' ')} required: {reason}"
            + f" ({unstored} unstored)" * bool(unstored)
        )

    def new_password_required(self) -> None:
        self.events.append("new password required")

    def reconnecting(self, reason: str) -> None:
        self.events.append(f"reconnecting: {reason}")

    def closed(self, problem: str, unstored: int) -> None:
        self.events.append(f"closed: {problem}" + f" ({unstored} unstored)" * bool(unstored))

    def _record_mention(self, line: DisplayLine) -> None:
        if isinstance(line, SaidLine) and line.mentions:
            self.highlighted.append(line.what)

    def new_events(self) -> list[str]:
        """Return the calls recorded since the last time, without those of `caught_up`."""
        events, self.events = self.events, []
        return [event for event in events if event != "caught up"]


@implementer(IStreamClientEndpoint)
class MemoryEndpoint:
    """An endpoint of a server in memory; each of `errors` makes one attempt fail first."""

    def __init__(self, network: Network, *errors: Exception, host: str = "") -> None:
        self.network = network
        self.host = host
        """The address from which the client connects; any one if it is empty."""
        self.errors = list(errors)
        self.protocols: list[Any] = []
        self.attempts: list[float] = []
        self.cut_after_login = False
        """Whether to cut the first connection right after the login."""
        self.should_cut: Callable[[], bool] = lambda: False
        """Called before and after each delivery; if it returns true, the connection is cut."""

    def connect(self, factory: Any) -> Deferred[IProtocol]:
        self.attempts.append(self.network.clock.seconds())
        connected: Deferred[IProtocol] = Deferred()
        if self.errors:
            self.network.clock.callLater(0, connected.errback, self.errors.pop(0))
        else:
            self.network.clock.callLater(0, self._connect, factory.buildProtocol(None), connected)
        return connected

    def _connect(self, protocol: Any, connected: Deferred[IProtocol]) -> None:
        make = protocol.makeConnection

        def made(transport: ITransport) -> None:
            make(transport)
            connected.callback(protocol)

        protocol.makeConnection = made
        if self.cut_after_login:
            self.cut_after_login = False
            self._cut_at_login(protocol)
        self.protocols.append(protocol)
        self._inject_cuts(protocol)
        self.network.connect(protocol, self.host)
        self._inject_cuts(self.network.door(protocol))

    def _inject_cuts(self, end: Any) -> None:
        deliver = end.dataReceived

        def deliver_or_cut(data: bytes) -> None:
            for act in (lambda: None, lambda: deliver(data)):
                act()
                if self.should_cut():
                    end.transport.abortConnection()
                    return

        end.dataReceived = deliver_or_cut

    def _cut_at_login(self, protocol: Any) -> None:
        deliver = protocol.dataReceived

        def deliver_until_login(data: bytes) -> None:
            received = data.splitlines(keepends=True)
            has_entered = [b'"entered"' in one for one in received]
            if True in has_entered:
                deliver(b"".join(received[: has_entered.index(True) + 1]))
                protocol.transport.loseConnection()
            else:
                deliver(data)

        protocol.dataReceived = deliver_until_login

    def cut(self) -> None:
        """Cut the newest connection, at both ends."""
        transport: Any = self.network.door(self.protocols[-1]).transport
        transport.loseConnection()
        self.network.settle()

    def drop_requests(self) -> None:
        """Drop all that is sent on the newest connection from now on."""
        door: Any = self.network.door(self.protocols[-1])
        door.dataReceived = lambda _: None


class ClientHarness:
    """A connection under test to the server in `network`, with a RecordingFrontend."""

    def __init__(
        self,
        network: Network,
        name: str = "Alice",
        *,
        jitter: Callable[[], float] = lambda: 1.0,
        keep_trying: bool = False,
        **target: Any,
    ) -> None:
        self.frontend = RecordingFrontend()
        self.network = network
        self.endpoint = target.pop("endpoint", None) or MemoryEndpoint(network)
        self.connection = PersistentConnection(
            Conversation(
                Target(name, target.pop("client_id", CLIENT_ID), **target),
                self.frontend,
                lambda: START + network.clock.seconds(),
            ),
            self.frontend,
            ServerEndpoint(ADDRESS, self.endpoint, keep_trying=keep_trying),
            clock=network.clock,
            random=jitter,
        )
        self.connection.start()
        network.settle()

    def say(self, *lines: str) -> None:
        for line in lines:
            self.connection.say(line)
        self.network.settle()

    def wait(self, seconds: int) -> None:
        """Let time pass, second by second."""
        for _ in range(seconds):
            self.network.advance(1)

    def new_events(self) -> list[str]:
        """Return the calls of the frontend since the last time."""
        return self.frontend.new_events()
