"""Which connections are admitted, by their address and by how many there are.

Pure: the caller records each connection that opens or closes. Nothing is kept of an address from
which nobody is connected.

Source: RFC 4291 (IPv4-mapped addresses; one host may have a whole /64).
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

from twisted.internet import address

from netchat.model.disconnects import DENIED, TOO_MANY_FROM_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twisted.internet.interfaces import IAddress

    from netchat.model.events import Closing
    from netchat.model.limits import AdmissionLimits, Network

Host = IPv4Address | IPv6Address | None
"""The address of a client; None: this machine, over a unix socket."""


def host_at(addr: IAddress | None) -> Host:
    """Return the host at Twisted's address `addr`."""
    if isinstance(addr, address.IPv4Address | address.IPv6Address):
        return parse_host(addr.host)
    return None


@lru_cache(maxsize=1024)  # Called several times for each connection; many share an address.
def parse_host(text: str) -> Host:
    """Return the host whose address the kernel writes as `text`; IPv4 in IPv6 is IPv4."""
    host = ip_address(text)
    return getattr(host, "ipv4_mapped", None) or host


@lru_cache(maxsize=1024)  # Kept for each connection; many share an address.
def client_key(host: Host) -> bytes:
    """Return the key of `host`, which is the same for all addresses that count as one.

    All addresses of an IPv6 /64 count as one. Link-local addresses do not: all hosts on a link have
    theirs from one /64.
    """
    if host is None:
        return b""
    if isinstance(host, IPv4Address) or host.is_link_local:
        return host.packed
    return host.packed[:8]


class AdmissionPolicy:
    """Decides under `limits`, which may be replaced at any time."""

    __slots__ = ("_addresses", "connections", "limits")

    def __init__(self, limits: AdmissionLimits) -> None:
        self.limits = limits
        self.connections = 0
        """How many connections are open."""
        self._addresses: dict[bytes, int] = {}

    @property
    def addresses(self) -> int:
        """How many addresses have an open connection."""
        return len(self._addresses)

    @property
    def is_full(self) -> bool:
        """Whether `max_guests` connections are open."""
        return 0 < self.limits.max_guests <= self.connections

    def denial_for(self, host: Host, *, as_guest: bool = True) -> Closing | None:
        """Return why `host` may not connect, or None if its address does not forbid it.

        Connections that are not `as_guest` are not limited per address.
        """
        if self._is_denied(host):
            return DENIED
        if not as_guest:
            return None
        limit = self.limits.max_per_address
        if limit and self._addresses.get(client_key(host), 0) >= limit and not self.is_exempt(host):
            return TOO_MANY_FROM_ADDRESS
        return None

    def is_exempt(self, host: Host) -> bool:
        """Return whether the limits per address do not apply to `host`."""
        return is_local(host) or (host is not None and _is_in(host, self.limits.trust))

    def add(self, key: bytes) -> None:
        """Record that a connection from `key` is open."""
        self.connections += 1
        self._addresses[key] = self._addresses.get(key, 0) + 1

    def remove(self, key: bytes) -> None:
        """Record that a connection from `key`, which was added, is closed."""
        self.connections -= 1
        self._addresses[key] -= 1
        if not self._addresses[key]:
            del self._addresses[key]

    def _is_denied(self, host: Host) -> bool:
        if host is None:
            return False
        if _is_in(host, self.limits.deny):
            return True
        # --allow does not exclude this machine, because the health check connects from it.
        return bool(self.limits.allow) and not (host.is_loopback or _is_in(host, self.limits.allow))


def is_local(host: Host) -> bool:
    """Return whether `host` is this machine."""
    return host is None or host.is_loopback


def _is_in(host: IPv4Address | IPv6Address, networks: Iterable[Network]) -> bool:
    return any(host in network for network in networks)
