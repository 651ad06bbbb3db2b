"""Who is let in, by his address and by how many are here.

Pure: it is told who comes and who goes. Of an address something is known only for as long as
somebody is connected from there.

Source: RFC 4291 (IPv4-mapped addresses, and the /64 that one host may have all of).
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

from twisted.internet import address

from netchat.model.events import Closing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twisted.internet.interfaces import IAddress

    from netchat.model.limits import AdmissionLimits, Network

Host = IPv4Address | IPv6Address | None
"""Where somebody comes from; None: from this machine, over a unix socket."""

DENIED = Closing("denied", "This server takes no connections from your address.")
TOO_MANY = Closing(
    "too-many", "Too many connections come from your address; close one, or come later.", retry=30
)
FULL = Closing("server-full", "The server is full; come back later.", retry=10)
CROWDED = Closing(
    "server-full", "Too many come at once; connect again and give a name at once.", retry=1
)


def host_at(addr: IAddress | None) -> Host:
    """Return the host at Twisted's address `addr`."""
    if isinstance(addr, address.IPv4Address | address.IPv6Address):
        return parse_host(addr.host)
    return None


@lru_cache(maxsize=1024)  # asked several times for each who comes, and many come from one address
def parse_host(text: str) -> Host:
    """Return the host whose address the kernel writes as `text`; IPv4 in IPv6 is IPv4."""
    host = ip_address(text)
    return getattr(host, "ipv4_mapped", None) or host


@lru_cache(maxsize=1024)  # kept for each connection, and many may come from one address
def client_key(host: Host) -> bytes:
    """Return what is the same for all addresses that are one: those of an IPv6 /64 are.

    Not so among link-local addresses: all hosts on a link have them from one /64.
    """
    if host is None:
        return b""
    if isinstance(host, IPv4Address) or host.is_link_local:
        return host.packed
    return host.packed[:8]


class AdmissionPolicy:
    """Who may come in under `limits`, which may be replaced at any time."""

    __slots__ = ("_addresses", "guests", "limits")

    def __init__(self, limits: AdmissionLimits) -> None:
        self.limits = limits
        self.guests = 0
        """How many connections there are."""
        self._addresses: dict[bytes, int] = {}

    @property
    def addresses(self) -> int:
        """Of how many addresses something is known."""
        return len(self._addresses)

    @property
    def full(self) -> bool:
        """Whether nobody more finds a place."""
        return 0 < self.limits.max_guests <= self.guests

    def denial_for(self, host: Host) -> Closing | None:
        """Return why `host` may not come in, or None if he may as far as his address goes."""
        if self._is_denied(host):
            return DENIED
        limit = self.limits.max_per_address
        if limit and self._addresses.get(client_key(host), 0) >= limit and not self.is_exempt(host):
            return TOO_MANY
        return None

    def is_exempt(self, host: Host) -> bool:
        """Return whether no limit for an address holds for `host`."""
        return is_local(host) or (host is not None and _is_in(host, self.limits.trust))

    def add(self, key: bytes) -> None:
        """Learn that somebody is connected from `key`."""
        self.guests += 1
        self._addresses[key] = self._addresses.get(key, 0) + 1

    def remove(self, key: bytes) -> None:
        """Learn that somebody from `key`, who came, is gone."""
        self.guests -= 1
        self._addresses[key] -= 1
        if not self._addresses[key]:
            del self._addresses[key]

    def _is_denied(self, host: Host) -> bool:
        if host is None:
            return False
        if _is_in(host, self.limits.deny):
            return True
        # The health check comes from this machine, and whoever is to be let in is another's matter.
        return bool(self.limits.allow) and not (host.is_loopback or _is_in(host, self.limits.allow))


def is_local(host: Host) -> bool:
    """Return whether `host` is this machine."""
    return host is None or host.is_loopback


def _is_in(host: IPv4Address | IPv6Address, networks: Iterable[Network]) -> bool:
    return any(host in network for network in networks)
