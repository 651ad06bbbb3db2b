"""Which addresses are not banned by mistake: those of many people, and of this machine."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

from netchat.model.limits import Network

_THIS_MACHINE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def why_not_ban(network: str, trusted: Iterable[Network]) -> str:
    """Return why nobody should ban `network`, as a sentence; "" if they may.

    Behind the addresses of `trusted` is a proxy or a container network.
    """
    banned = ip_network(network)
    if any(_overlap(banned, own) for own in _THIS_MACHINE):
        return "That is an address of this machine, also of proxies on it; ban a name instead."
    for shared in trusted:
        if _overlap(banned, shared):
            return f"Many people come from {shared}, as --trust says; ban a name instead."
    return ""


def _overlap(one: Network, other: Network) -> bool:
    # Networks of two versions of IP cannot be compared.
    if isinstance(one, IPv4Network):
        return isinstance(other, IPv4Network) and one.overlaps(other)
    return isinstance(other, IPv6Network) and one.overlaps(other)
