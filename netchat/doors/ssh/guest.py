"""A guest who has come with SSH: its place among the connections, and its session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.admission.pending_logins import TLS_GRACE
from netchat.dialects.framing import Framer
from netchat.doors.connection.guest_connection import GuestConnection
from netchat.doors.transport.keepalive import enable_keepalive
from netchat.model.disconnects import BYE

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress

    from netchat.admission.connections import Connections
    from netchat.doors.ssh.channel_transport import ChannelTransport
    from netchat.model.events import Closing
    from netchat.model.limits import Limits
    from netchat.model.requests import Hello
    from netchat.session.interfaces import Connection, InputDialect
    from netchat.session.session import Session

ATTENTION_TIME = 105.0
"""Seconds beside those of a login in which people compare the fingerprint of the server's key, and
type a password. With them it is as long as that of OpenSSH's server."""


class SshGuest(GuestConnection):
    """The connection of a client from its first packet on; its transport is a ChannelTransport.

    `address` is that of the client.
    """

    transport: ChannelTransport  # type: ignore[assignment]

    def __init__(
        self,
        open_session: Callable[[Connection], Session],
        connections: Connections,
        key: bytes,
        proxied: IAddress | None = None,
    ) -> None:
        limits = connections.limits.connection
        self._framer: Framer
        super().__init__(
            open_session,
            connections,
            Framer(limits.max_login_line, limits.max_line),
            key,
            proxied,
        )
        self.proven_key = ""
        """The SSH public key that the client has proved to have, as in authorized_keys."""
        self.failed = False
        """Whether a request was refused, or the conversation has ended with a problem."""
        self.problem = ""
        """Why the conversation has ended: a sentence, or ""."""

    @property
    def door(self) -> str:
        """What the client has come through."""
        return "ssh"

    @property
    def is_confidential(self) -> bool:
        """Whether nobody on the network can read what the client sends."""
        return True

    def channel_binding(self) -> str:
        """Return "": the signature of an SSH key covers the connection already."""
        return ""

    @property
    def ssh_key(self) -> str:
        """The SSH public key that the client has proved to have; "": none."""
        return self.proven_key

    @property
    def eviction_grace(self) -> float:
        """The grace period: a handshake comes first."""
        return TLS_GRACE

    @property
    def limits(self) -> Limits:
        """The limits of the server now."""
        return self._connections.limits

    def grant_attention_time(self) -> None:
        """Give the person the time to answer what their program asks."""
        self._extend_deadline(ATTENTION_TIME)

    def enter(self, hello: Hello, account: int, dialect: InputDialect) -> None:
        """Let the client come in, whose user is authenticated."""
        self.session.enter(hello, account, dialect)

    def receive_lines(self, data: bytes) -> None:
        """Take input of the session."""
        self._input.feed(data)

    def logged_in(self, name: str) -> None:
        """Record that the client has the name `name`, which ends its login time."""
        super().logged_in(name)
        self._framer.yield_blanks = False

    def apply_limits(self, limits: Limits) -> None:
        """Apply other `limits` from now on; a deadline that is running stays."""
        self._framer.longest = limits.connection.max_line
        super().apply_limits(limits)
        enable_keepalive(self.transport.tcp, limits.connection)

    def count_refusal(self, code: str) -> None:
        """Count a refused request."""
        self.failed = True
        super().count_refusal(code)

    def ending(self, closing: Closing) -> None:
        """Keep the reason for the exit code."""
        self.problem = closing.message or ""
        self.failed = self.failed or closing.reason != BYE.reason
        super().ending(closing)
