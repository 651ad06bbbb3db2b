"""The transport of a client: whence it comes, and what a proof that comes over it is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.protocol import Protocol

from netchat.admission.pending_logins import eviction_grace_of, has_unread, is_within_tls
from netchat.admission.policy import host_at, is_local
from netchat.doors.transport.tls_exporter import exporter_of

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress


class Wire(Protocol):
    """A connection; `proxied` is the address of the client if a proxy has told it."""

    proxied: IAddress | None

    @property
    def addr(self) -> IAddress:
        """The address of the client."""
        assert self.transport is not None, "the address is known once the connection is made"
        return self.proxied or self.transport.getPeer()

    @property
    def is_confidential(self) -> bool:
        """Whether nobody on the network can read what the client sends: TLS, or this machine.

        What comes from a proxy has crossed a network before, unless it is TLS within.
        """
        here = self.proxied is None and is_local(host_at(self.addr))
        return here or is_within_tls(self.transport)

    def channel_binding(self) -> str:
        """Return the exporter of the TLS connection, in hexadecimal; "" without TLS."""
        return exporter_of(self.transport)

    @property
    def ssh_key(self) -> str:
        """The SSH public key that the client has proved to have; "": none."""
        return ""

    @property
    def eviction_grace(self) -> float:
        """The grace period of this kind of transport, in seconds (PendingLogin)."""
        return eviction_grace_of(self.transport)

    @property
    def unread(self) -> bool:
        """Whether the client has sent something that has not been read yet."""
        return has_unread(self.transport)
