"""A file that says where the server listens, for programs beside it such as `netchat health`.

It has one endpoint string a line, with the port and the interface that the kernel has given:
`tcp:5001:interface=0.0.0.0`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.endpoints import quoteStringArgument

from netchat.model.lines import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from twisted.internet.interfaces import IAddress


def describe(address: IAddress, *, tls: bool, proxied: bool) -> str:
    """Return the endpoint string of a port that listens at `address`; "" if it cannot be written.

    `tls` tells whether it uses TLS, and `proxied` whether it expects a PROXY header.
    """
    prefix = "haproxy:" if proxied else ""
    match address:
        case IPv4Address():
            kind = "ssl" if tls else "tcp"
            return f"{prefix}{kind}:{address.port}:interface={address.host}"
        case IPv6Address():
            kind = "ssl" if tls else "tcp6"
            return f"{prefix}{kind}:{address.port}:interface={quoteStringArgument(address.host)}"
        case UNIXAddress(name=bytes(name)) if not name.startswith(b"\0"):
            path = os.path.abspath(os.fsdecode(name))
            return f"{prefix}unix:{quoteStringArgument(path)}" if path.isprintable() else ""
    return ""


def write(path: Path, endpoints: Iterable[str]) -> None:
    """Replace the file at `path` by one with `endpoints`; OSError if that is impossible."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        new.write_text("".join(f"{endpoint}\n" for endpoint in endpoints), encoding="utf-8")
        new.chmod(0o644)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def remove(path: Path, endpoints: Iterable[str]) -> None:
    """Remove the file at `path` if it is still the one with `endpoints`; errors are ignored."""
    try:
        if lines_of(path.read_text(encoding="utf-8")) == list(endpoints):
            path.unlink()
    except (OSError, UnicodeDecodeError):
        pass
