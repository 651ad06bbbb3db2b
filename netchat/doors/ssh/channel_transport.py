"""The transport of a guest who has come with SSH: the session channel, once there is one.

Both directions are limited. What the window of the client does not take waits here, and counts as
unsent, so that a client that does not read is a slow reader. While the guest takes no input, the
window of the server stays closed, so that the client waits.

Source: RFC 4254 section 5.2 (windows).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from netchat.doors.ssh.channel_input import ChannelInput
from netchat.doors.transport.direct import Carrier, carrier_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress, IPushProducer, IReactorTime

    from netchat.doors.ssh.frontend import Frontend

MAX_UNSENT = 64 * 1024
"""Nothing is taken from a client for which more bytes wait than this."""
_STDOUT, _STDERR = 0, 1


class Channel(Protocol):
    """The session channel, as far as it is needed here."""

    @property
    def room(self) -> int:
        """How many bytes can be sent now in one message; 0: none."""

    def send(self, kind: int, data: bytes) -> None:
        """Send `data`, which fits."""

    def grant(self, size: int) -> None:
        """Let the client send `size` more bytes."""

    def finish(self, status: int) -> None:
        """Send the exit code, and close the channel."""


class Ended(Protocol):
    """The guest, when the conversation is over."""

    failed: bool
    problem: str

    def fail(self) -> None:
        """Called within the `except` of a bug."""


class Below(Protocol):
    """The SSH connection."""

    transport: Any

    def disconnect(self, sentence: str) -> None:
        """Tell the client why, and close."""


class ChannelTransport(Carrier):
    """Carries the output of a session to `frontend` and from there to `channel`, within `below`."""

    guest: Ended
    """The guest, whose transport this is."""

    def __init__(self, below: Below, clock: IReactorTime) -> None:
        self.channel: Channel | None = None
        self.frontend: Frontend | None = None
        self.status: int | None = None
        """The exit code, if the frontend has said one."""
        self._below = below
        self._producer: IPushProducer | None = None
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._waiting_size = 0
        self._taken = 0
        self.input = ChannelInput(clock, self._pass_on, self._pass_end)
        """What the client sends."""
        self._closing = False

    # What the send queue and the input queue of a guest use of a transport.

    @property
    def tcp(self) -> Any:
        """The transport of the SSH connection."""
        return self._below.transport

    @property
    def unsent(self) -> int:
        """How many bytes the window or the kernel has not taken."""
        carrier = carrier_of(self._below.transport)
        return self._waiting_size + (carrier.unsent if carrier else 0)

    @property
    def taken(self) -> int:  # type: ignore[override]
        """How many bytes have been taken that had to wait."""
        carrier = carrier_of(self._below.transport)
        return self._taken + (carrier.taken if carrier else 0)

    def fileno(self) -> int:
        """Return the descriptor of the socket, or -1."""
        fileno = getattr(self._below.transport, "fileno", None)
        return fileno() if fileno else -1

    def getPeer(self) -> IAddress:
        """Return the address of the client."""
        peer: IAddress = self._below.transport.getPeer()
        return peer

    def registerProducer(self, producer: IPushProducer, streaming: bool) -> None:
        """Tell `producer` when output has to wait."""
        self._producer = producer

    def unregisterProducer(self) -> None:
        """Tell nobody any more."""
        self._producer = None

    def write(self, data: bytes) -> None:
        """Show the client `data`, which is output of the session."""
        frontend = self.frontend
        if frontend is not None:
            self.guarded(lambda: frontend.chat_received(data))

    def loseConnection(self) -> None:
        """Close once everything is sent."""
        if self._closing:
            return
        self._closing = True
        if self.channel is None:
            self._below.disconnect(self.guest.problem)
            return
        if self.frontend is not None:
            self.guarded(self.frontend.closing)
        self.pump()

    def abortConnection(self) -> None:
        """Drop the connection and what is unsent."""
        self._below.transport.abortConnection()

    def pauseProducing(self) -> None:
        """Take no input for now."""
        self.input.pause(self)

    def resumeProducing(self) -> None:
        """Take input again."""
        self.input.resume(self)

    # What the frontend sends.

    def send(self, data: bytes, kind: int = _STDOUT) -> None:
        """Send `data` to the client, behind what waits."""
        if data and not (self._closing and self.channel is None):
            self._waiting.append((kind, data))
            self._waiting_size += len(data)
            self.pump()
            if self.unsent:
                self._watch_unsent()

    def send_error(self, data: bytes) -> None:
        """Send `data` to the client, for its stderr."""
        self.send(data, _STDERR)

    def pump(self) -> None:
        """Send what waits, as far as the window goes."""
        channel = self.channel
        while channel is not None and self._waiting and (room := channel.room):
            kind, data = self._waiting.popleft()
            if len(data) > room:
                self._waiting.appendleft((kind, data[room:]))
                data = data[:room]
            elif len(data) < room:
                data = self._joined(kind, data, room)
            self._waiting_size -= len(data)
            self._taken += len(data)
            channel.send(kind, data)
        if self._waiting:
            return
        if self._closing and channel is not None:
            self.channel = None
            channel.finish(int(self.guest.failed) if self.status is None else self.status)
        if not self.unsent:
            self._all_taken()

    def _joined(self, kind: int, data: bytes, room: int) -> bytes:
        """Return `data` with what follows it for the same stream, up to `room` bytes."""
        parts = [data]
        room -= len(data)
        while self._waiting and self._waiting[0][0] == kind and len(self._waiting[0][1]) <= room:
            parts.append(self._waiting.popleft()[1])
            room -= len(parts[-1])
        return b"".join(parts)

    def _watch_unsent(self) -> None:
        """Notice that output has to wait."""
        carrier = carrier_of(self._below.transport)
        if carrier is not None and carrier.unsent:
            carrier.emptied = self.pump
        if self.unsent > MAX_UNSENT:
            self.input.pause("unsent")
        if self._producer is not None:
            self._producer.pauseProducing()

    def _all_taken(self) -> None:
        self.input.resume("unsent")
        if self.emptied is not None:
            emptied, self.emptied = self.emptied, None
            emptied()
        if self._producer is not None:
            self._producer.resumeProducing()

    # What the client sends.

    def connection_lost(self) -> None:
        """Pass on all input that is held: the connection is gone."""
        self.channel = None
        self._waiting.clear()
        self._waiting_size = 0
        self.input.flush()

    def resize(self, columns: int, rows: int) -> None:
        """Tell the frontend the size of the terminal."""
        frontend = self.frontend
        if frontend is not None:
            self.guarded(lambda: frontend.resize(columns, rows))

    def frontend_lost(self) -> None:
        """Tell the frontend that the connection is gone."""
        frontend, self.frontend = self.frontend, None
        if frontend is not None:
            self.guarded(frontend.connection_lost)

    def guarded(self, call: Callable[[], None]) -> None:
        """Call `call`; a bug in it ends this connection only."""
        try:
            call()
        except Exception:
            self.guest.fail()

    def _pass_on(self, data: bytes) -> bool:
        """Pass input to the frontend; return whether there is one."""
        frontend, channel = self.frontend, self.channel
        if frontend is None:
            return False
        if channel is not None:
            channel.grant(len(data))
        self.guarded(lambda: frontend.data_received(data))
        return True

    def _pass_end(self) -> bool:
        """Pass the end of the input to the frontend; return whether there is one."""
        if self.frontend is None:
            return False
        self.guarded(self.frontend.input_ended)
        return True
