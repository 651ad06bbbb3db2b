"""Which web proxy to use for a WebSocket: the environment names it, as for other programs.

Source: RFC 6455 section 4.1 (a WebSocket prefers the proxy for HTTPS). The names of the variables
are those that curl reads; in NO_PROXY, networks are understood as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from urllib.parse import unquote

from netchat.client.connection.address import (
    Address,
    BadAddressError,
    Credentials,
    WebAddress,
    is_loopback,
    parse_authority,
)
from netchat.client.connection.errors import UserFacingError

_DEFAULT_PORT = 80
_URL = re.compile(r"(?:(?P<kind>[\w+.-]*)://)?(?:(?P<user>[^/]*)@)?(?P<server>[^/]*)/*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A web proxy, and the environment `variable` that names it.

    The `credentials`, None if there are none, are never printed.
    """

    address: Address
    variable: str
    credentials: Credentials | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.address} ({self.variable})"


def find_proxy(address: WebAddress, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy to use for `address`, None for none.

    Raises UserFacingError if the environment names one that cannot be used.
    """
    bypassed = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if is_loopback(address.host) or is_bypassed(address, bypassed):
        return None
    kinds = ("https", "all") if address.secure else ("https", "http", "all")
    for kind in kinds:
        for variable in (f"{kind}_proxy", f"{kind}_proxy".upper()):
            if text := environment.get(variable, "").strip():
                return _parse(text, variable)
    return None


def is_bypassed(address: Address, no_proxy: str) -> bool:
    """Return whether `no_proxy`, a list of hosts and networks, says to use none for `address`.

    A host name stands for the hosts below it, too; `*` stands for all.
    """
    return any(_matches(entry, address) for entry in no_proxy.replace(",", " ").split())


def _matches(entry: str, address: Address) -> bool:
    if entry == "*":
        return True
    host = address.host.partition("%")[0].rstrip(".").lower()
    try:
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        pass
    try:
        # A port above all ports shows that the entry has none.
        named = parse_authority(entry.lower().removeprefix("*").removeprefix("."), 65536)
    except BadAddressError:
        return False
    wanted = named.host.rstrip(".")
    return named.port in (address.port, 65536) and (host == wanted or host.endswith(f".{wanted}"))


def _parse(text: str, variable: str) -> Proxy:
    # The errors do not quote the text, because there may be a password in it.
    url = _URL.fullmatch(text)
    try:
        address = parse_authority(url["server"] if url else "", _DEFAULT_PORT)
    except BadAddressError:
        raise UserFacingError(
            f"{variable} is not the address of a proxy; write it as http://HOST:PORT."
        ) from None
    kind = url["kind"] if url else None
    if kind is not None and kind.lower() != "http":
        raise UserFacingError(
            f"{variable} names a proxy that is reached by {kind}://, which netchat cannot use; "
            "give one as http://HOST:PORT, or name the server's host in NO_PROXY."
        )
    name, _, password = ((url["user"] if url else None) or "").partition(":")
    return Proxy(address, variable, Credentials(unquote(name), unquote(password)) if name else None)
