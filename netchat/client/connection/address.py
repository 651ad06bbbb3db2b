"""The address of the server: parse what the user writes, and print it.

Source: RFC 3986 section 3.2.2 (an IPv6 address beside a port stands in brackets), RFC 4007 section
11 (zones), RFC 6455 section 3 (the addresses of WebSockets, and their ports).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple
from urllib.parse import quote, unquote

DEFAULT_PORT = 5001
DEFAULT_PATH = "/ws"
PAGE_PORT = 5080
"""The port of the page, and of its WebSocket, unless the server is told otherwise."""
HTTP = "http/1.1"
"""What a WebSocket speaks at first, as TLS names it (RFC 7301)."""
_WEB_PORTS = {False: 80, True: 443}
_WEB_ADDRESS = re.compile(r"([A-Za-z]+)://([^/?#]*)([^#]*)(#.*)?", re.DOTALL)
_SAFE_IN_PATH = "%:/?[]@!$&'()*+,;="
"""What may stand in a path and query beside letters, digits and _.-~ (RFC 3986)."""
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
        return self.authority

    @property
    def authority(self) -> str:
        """Host and port, as they stand in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def certified_host(self) -> str:
        """The host as it stands in a certificate: without a zone, and without a last dot."""
        return self.host.partition("%")[0].removesuffix(".")

    @property
    def ascii_authority(self) -> str:
        """Host and port for an HTTP header: in IDNA, and without the zone of an IPv6 address."""
        host = self.host.partition("%")[0]
        ascii_host = host if host.isascii() else host.encode("idna").decode()
        return Address(ascii_host, self.port).authority


class Credentials(NamedTuple):
    """The name and password of an HTTP Basic authentication."""

    name: str
    password: str


@dataclass(frozen=True, slots=True)
class WebAddress(Address):
    """The address of a WebSocket: wss:// if `secure`, ws:// if not.

    `path` includes the query. The `credentials`, None if there are none, are never printed.
    """

    port: int = _WEB_PORTS[False]
    secure: bool = False
    path: str = DEFAULT_PATH
    credentials: Credentials | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{'wss' if self.secure else 'ws'}://{self.authority}{self.path}"


def parse_address(text: str) -> Address:
    """Return the address in `text`.

    It is HOST, HOST:PORT, an IPv6 address, [IPv6]:PORT, or the URL of a WebSocket: ws://HOST,
    wss://HOST, each with an optional port and path. A URL without a path, or with one that ends in
    a slash, as the URL of the page does, gets `ws` as the last part of its path.

    Raises BadAddressError if it is none.
    """
    url = _WEB_ADDRESS.fullmatch(text)
    return _parse_url(*url.groups()) if url else parse_authority(text, DEFAULT_PORT)


def _parse_url(scheme: str, authority: str, path: str, fragment: str | None) -> WebAddress:
    # The errors do not quote the whole text, because there may be a password in it.
    kind = scheme.lower()
    if kind not in ("ws", "wss"):
        correct = {"http": "ws://", "https": "wss://"}.get(kind, "ws:// or wss://")
        raise BadAddressError(f"'{scheme}://' is not an address of netchat's; write {correct}.")
    secure = kind == "wss"
    if fragment:
        raise BadAddressError(f"{fragment!r} is not an address's part; leave it out.")
    user, at, server = authority.rpartition("@")
    host = parse_authority(server, _WEB_PORTS[secure])
    try:
        _ = host.ascii_authority
    except UnicodeError:
        raise BadAddressError(f"{host.host!r} is not an address; correct its host.") from None
    path, question, query = path.partition("?")
    path = f"{path}ws" if path.endswith("/") else path or DEFAULT_PATH
    name, _, password = user.partition(":")
    return WebAddress(
        host.host,
        host.port,
        secure,
        quote(f"{path}{question}{query}", _SAFE_IN_PATH, errors="surrogateescape"),
        Credentials(unquote(name), unquote(password)) if at else None,
    )


def parse_authority(text: str, default_port: int) -> Address:
    """Return the address in `text`, which is a host with an optional port.

    Raises BadAddressError if it is none.
    """
    if _is_ipv6(text):
        return Address(_with_zone(text), default_port)
    host, colon, port = text.rpartition(":") if _has_port(text) else (text, "", "")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        known = _is_ipv6(host)
        host = _with_zone(host) if known else host
    else:
        known = _HOST.fullmatch(host) is not None
    if not known:
        raise BadAddressError(
            f"{text!r} is not an address; write HOST, HOST:PORT, [IPV6]:PORT or ws://HOST."
        )
    return Address(host, _parse_port(port) if colon else default_port)


def parse_host_and_port(text: str, port: str | None) -> Address:
    """Return the address in `text`, or with `port` beside it, as nc takes it.

    Raises BadAddressError if it is none, or if both name a port.
    """
    if port is None:
        return parse_address(text)
    if "://" in text:
        # What else is wrong with it comes first.
        parse_address(text)
        url = f"{text.partition('://')[0]}://HOST:{port}"
        raise BadAddressError(f"The port of a URL is a part of it; write it as {url}.")
    return parse_address(f"[{text}]:{port}" if _is_ipv6(text) else f"{text}:{port}")


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine: its loopback address, or the name of that."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"


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
