"""Which hosts and origins a browser may use, and whose address a request counts for. Pure: no I/O.

A page of any site can have its own name point at this server (DNS rebinding), and then its scripts
may read all that this server answers to them. So a request must name a host that public DNS cannot
point elsewhere, or that the operator has named. Scripts of any page can open a WebSocket to any
host, but not hide where they come from: the Origin.

Source: RFC 9110 section 7.2 (Host), RFC 6454 (Origin), RFC 6762 (.local).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from netchat.admission.policy import parse_host

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from netchat.admission.policy import Host
    from netchat.model.limits import Network

_NAME = re.compile(r"[a-z0-9._-]+")
"""A host name, or an IPv4 address; an international name in its ASCII form."""


@dataclass(frozen=True, slots=True)
class WebAccess:
    """What the operator allows.

    `hosts` are further host names in lower case, the machine's own among them; `origins` are
    further origins, such as https://intranet.example; `proxies` are the networks of web proxies,
    and `unix_proxy` says that those who connect to a unix socket are web proxies, too.
    """

    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    proxies: tuple[Network, ...] = ()
    unix_proxy: bool = False

    def is_host_allowed(self, authority: str) -> bool:
        """Return whether `authority`, a host with or without a port, may be used."""
        host = host_of(authority)
        if host is None:
            return False
        return (
            host in self.hosts
            or host == "localhost"
            or host.endswith((".localhost", ".local"))
            or _is_address(host)
        )

    def is_origin_allowed(self, origin: str, authority: str, scheme: str) -> bool:
        """Return whether a page of `origin` may open a WebSocket to `authority`.

        `scheme` is that of the request, http or https, if it is known; otherwise "".
        """
        origin = origin.lower()
        if origin in self.origins:
            return True
        its_scheme, mark, its_authority = origin.partition("://")
        return (
            bool(mark)
            and its_scheme in ((scheme,) if scheme else ("http", "https"))
            and _without_default_port(its_authority, its_scheme)
            == _without_default_port(authority.lower(), its_scheme)
        )

    def is_proxy(self, host: Host) -> bool:
        """Return whether `host` is a web proxy, whose headers are believed."""
        if host is None:
            return self.unix_proxy
        return any(host in network for network in self.proxies)

    def client_of(self, host: Host, forwarded_for: Iterable[str]) -> Host:
        """Return whose request it is that comes from the address `host`.

        If that is a proxy: the last address in the X-Forwarded-For headers that is no proxy.
        """
        client = host
        for text in reversed([part for line in forwarded_for for part in line.split(",")]):
            if not self.is_proxy(client):
                return client
            named = _address(text.strip())
            if named is None:
                return client
            client = named
        return client


def host_of(authority: str) -> str | None:
    """Return the host of `authority`, in lower case and without its port; None if it is none."""
    host, port = authority.lower(), ""
    if host.startswith("["):
        host, bracket, rest = host[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            return None
        port = rest[1:]
        return f"[{host}]" if _address(host) is not None and _is_port(port) else None
    host, _, port = host.partition(":")
    host = host.removesuffix(".")
    return host if _NAME.fullmatch(host) and _is_port(port) else None


def joined_authority(hosts: Sequence[str]) -> str:
    """Return the one value of a header, "" if there are several or none."""
    return hosts[0].strip() if len(hosts) == 1 else ""


def _is_port(text: str) -> bool:
    return not text or (text.isascii() and text.isdecimal() and len(text) <= 5)


def _is_address(host: str) -> bool:
    return _address(host.removeprefix("[").removesuffix("]")) is not None


def _address(text: str) -> Host:
    """Return the address that `text` is; None if it is none."""
    text = text.removeprefix("[").removesuffix("]")
    try:
        ip_address(text)
    except ValueError:
        return None
    return parse_host(text)


def _without_default_port(authority: str, scheme: str) -> str:
    return authority.removesuffix(":443" if scheme == "https" else ":80")
