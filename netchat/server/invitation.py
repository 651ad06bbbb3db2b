"""How to join the server, as its log says when it has started: with which command, and where."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

import ifaddr
from twisted.internet import address

from netchat.doors.transport.listen_errors import path_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from twisted.internet.interfaces import IAddress

    from netchat.model.limits import Limits

Host = IPv4Address | IPv6Address

MAX_HOSTS = 8
"""How many addresses the log names; a machine with containers may have hundreds."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """A listening port at `address`.

    `client_options` are those that the netchat client needs for TLS, "" without TLS; `proxied` is
    the endpoint string if clients come through a proxy, else "".
    """

    address: IAddress
    client_options: str = ""
    proxied: str = ""


def own_hosts() -> list[Host]:
    """Return the addresses of this machine's interfaces that another machine can connect to."""
    texts = [
        ip.ip if isinstance(ip.ip, str) else ip.ip[0]
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
    ]
    hosts = map(ip_address, texts)
    return [host for host in hosts if not (host.is_loopback or host.is_link_local)]


def is_open(entrances: Iterable[Entrance], limits: Limits) -> bool:
    """Return whether another machine can join through one of `entrances` without a password."""
    if limits.conversation.password is not None or limits.admission.allow:
        return False
    hosts = [_host(entrance.address) for entrance in entrances]
    return any(host is not None and not host.is_loopback for host in hosts)


def invitation(
    entrances: Iterable[Entrance], pages: Iterable[Iterable[Entrance]], own: Sequence[Host]
) -> str:
    """Return a sentence on how to join through `entrances`; `own` is the machine's addresses.

    The first of `pages` that a browser can reach at a known address is where the page is.
    """
    others: list[str] = []
    for entrance in entrances:
        listening = entrance.address
        if entrance.proxied:
            others.append(f"through the proxy in front of {entrance.proxied}")
        elif isinstance(listening, address.UNIXAddress):
            others.append(f"nc -U {path_text(listening.name)}")
        elif _host(listening) is None:
            others.append(str(listening))
    ways = [
        *next(filter(None, ([_page(*way) for way in _ways(each, own)] for each in pages)), []),
        *[_commands(*way) for way in _ways(entrances, own)],
        *others,
    ]
    return f"To join: {'; '.join(ways) or 'nothing listens'}"


def page_addresses(pages: Iterable[Iterable[Entrance]], own: Sequence[Host]) -> Sequence[str]:
    """Return where the page is: the addresses of the first of `pages` that a browser can reach."""
    for each in pages:
        ways = list(_ways(each, own))
        if ways:
            found = [
                _page_at(port, options, host) for port, options, hosts in ways for host in hosts
            ]
            return found[:MAX_HOSTS]
    return ()


def ways_to_prove(
    entrances: Iterable[Entrance], pages: Iterable[Iterable[Entrance]], own: Sequence[Host]
) -> str:
    """Return where a name is owned, and proved, without a password that others can read.

    That is the end of a sentence. The arguments are those of `invitation`.
    """
    commands: dict[bool, str] = {}
    for port, options, hosts in _ways(entrances, own):
        command = f"netchat {_place(hosts[0], port)}{options and ' '}{options}"
        commands.setdefault(bool(options), command)
    page = page_addresses(pages, own)
    tls, client = commands.get(True), commands.get(False)
    ways = [
        *([f"TLS ({tls})"] if tls else []),
        f"the netchat client ({client})" if client else "the netchat client",
        *([f"the page ({page[0]})"] if page else []),
    ]
    return f"use {' or '.join(filter(None, (', '.join(ways[:-1]), ways[-1])))}"


def _ways(
    entrances: Iterable[Entrance], own: Sequence[Host]
) -> Iterator[tuple[int, str, list[Host]]]:
    """Yield each port, the client's options for it, and the hosts at which it can be reached."""
    ways: dict[tuple[int, str], list[Host]] = {}
    for entrance in entrances:
        host = _host(entrance.address)
        if host is not None and not entrance.proxied:
            port = getattr(entrance.address, "port", 0)
            ways.setdefault((port, entrance.client_options), []).extend(_reachable(host, own))
    for (port, options), hosts in ways.items():
        # A machine without IPv6 may still let a server listen there; its loopback is of no use.
        useful = [host for host in hosts if not host.is_loopback] or hosts
        # A guest is more likely to be able to type, and to use, an IPv4 address.
        yield port, options, sorted(useful, key=lambda host: host.version)


def _host(listening: IAddress) -> Host | None:
    if isinstance(listening, address.IPv4Address | address.IPv6Address):
        return ip_address(listening.host.partition("%")[0])
    return None


def _reachable(host: Host, own: Iterable[Host]) -> list[Host]:
    """Return the addresses at which a port that listens on `host` can be reached."""
    if not host.is_unspecified:
        return [host]
    return [mine for mine in own if mine.version == host.version] or [_loopback(host)]


def _loopback(host: Host) -> Host:
    return ip_address("127.0.0.1" if host.version == 4 else "::1")


def _commands(port: int, options: str, hosts: Sequence[Host]) -> str:
    first, *more = hosts
    place = _place(first, port)
    if options:
        commands = f"netchat {place} {options}, or openssl s_client -quiet -connect {place}"
    else:
        commands = f"netchat {place}, or nc {first} {port}"
    also = [_place(host, port) for host in more[: MAX_HOSTS - 1]]
    if len(more) > len(also):
        also.append(f"{len(more) - len(also)} more addresses")
    return f"{commands} (also at {', '.join(also)})" if also else commands


def _page(port: int, options: str, hosts: Sequence[Host]) -> str:
    return f"{_page_at(port, options, hosts[0])} in a browser"


def _page_at(port: int, options: str, host: Host) -> str:
    return f"{'https' if options else 'http'}://{_place(host, port)}"


def _place(host: Host, port: int) -> str:
    return f"[{host}]:{port}" if host.version == 6 else f"{host}:{port}"
