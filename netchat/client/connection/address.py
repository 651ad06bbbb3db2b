"""The address of the server: parse what the user writes, and print it.

Source: RFC 3986 section 3.2.2 (an IPv6 address beside a port stands in brackets), RFC 4007 section
11 (zones).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address

DEFAULT_PORT = 5001
_HOST = re.compile(r"(?=.{1,253}$)\w([\w-]{0,61}\w)?(\.\w([\w-]{0,61}\w)?)*\.?")


class BadAddressError(ValueError):
    """The text is not an address; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Address:
    """A host (a name, an IPv4 address, or an IPv6 address without brackets) and a TCP port.

    A link-local IPv6 address has a zone: fe80::5%eth0.
    """

    host: str
    port: int = DEFAULT_PORT

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def certified_host(self) -> str:
        """The host as it stands in a certificate: without a zone, and without a last dot."""
        return self.host.partition("%")[0].removesuffix(".")


def parse_address(text: str) -> Address:
    """Return the address in `text`: HOST, HOST:PORT, an IPv6 address, or [IPv6]:PORT.

    Raises BadAddressError if it is none.
    """
    if _is_ipv6(text):
        return Address(_with_zone(text))
    host, colon, port = text.rpartition(":") if _has_port(text) else (text, "", "")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        known = _is_ipv6(host)
        host = _with_zone(host) if known else host
    else:
        known = _HOST.fullmatch(host) is not None
    if not known:
        raise BadAddressError(f"{text!r} is not an address; write HOST, HOST:PORT or [IPV6]:PORT.")
    return Address(host, _parse_port(port)) if colon else Address(host)


def parse_host_and_port(text: str, port: str | None) -> Address:
    """Return the address in `text`, or with `port` beside it, as nc takes it.

    Raises BadAddressError if it is none, or if both name a port.
    """
    if port is None:
        return parse_address(text)
    return parse_address(f"[{text}]:{port}" if _is_ipv6(text) else f"{text}:{port}")


def _has_port(text: str) -> bool:
    return ":" in text and not text.endswith("]")


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def _with_zone(text: str) -> str:
    """Return the IPv6 address `text`; BadAddressError if it needs a zone and has none."""
    address = IPv6Address(text)
    if address.is_link_local and not address.scope_id:
        raise BadAddressError(
            f"{text!r} is not an address without its network interface; write {text}%eth0."
        )
    return text


def _parse_port(text: str) -> int:
    port = int(text) if re.fullmatch("[0-9]{1,5}", text) else 0
    if not 1 <= port <= 65535:
        raise BadAddressError(f"{text!r} is not a port; give a number from 1 to 65535.")
    return port
