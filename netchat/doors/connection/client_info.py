"""What operators, and others in a room, are told of a client: its address, its door, its times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IUNIXTransport

from netchat.admission.pending_logins import is_within_tls
from netchat.admission.policy import host_at
from netchat.doors.connection.whole_second import whole_second
from netchat.doors.connection.wire import Wire

if TYPE_CHECKING:
    from netchat.admission.connections import Connections
    from netchat.admission.policy import Host
    from netchat.doors.connection.input_queue import InputQueue


class ClientInfo(Wire):
    """A client's connection, as far as others are told of it."""

    _connections: Connections
    _input: InputQueue[Any]
    _since = 0
    """When the client has logged in, in seconds of the clock that is never set back."""

    @property
    def host(self) -> Host:
        """The host of the client; None: this machine, over a unix socket."""
        return host_at(self.addr)

    @property
    def door(self) -> str:
        """What the client has come through: "tcp", "tls", "unix", "web", "ssh" or "proxy"."""
        if self.proxied is not None:
            return "proxy"
        if IUNIXTransport.providedBy(self.transport):
            return "unix"
        return "tls" if is_within_tls(self.transport) else "tcp"

    def seconds(self) -> float:
        """Return the seconds of a clock that is never set back."""
        return self._connections.clock.seconds()

    @property
    def online(self) -> float:
        """How long the client has been logged in, in seconds; exact to the second."""
        return max(0.0, self.seconds() - self._since)

    @property
    def idle(self) -> float:
        """How long the client has sent nothing, in seconds; exact to the second."""
        return max(0.0, min(self.online, self.seconds() - self._input.last_fed))

    def _note_login(self) -> None:
        self._since = whole_second(int(self.seconds()))
