"""Why an endpoint could not listen, and what to do, in words for the operator."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.error import CannotListenError

from netchat.doors.transport.unix import SocketInUseError

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress

_SENTENCES = {
    errno.EADDRINUSE: (
        "another program, or another --listen, uses port {port} already; stop it, or choose "
        "another port"
    ),
    errno.EACCES: (
        "only root may use port {port}; choose one from 1024 on, or start as root with twistd --uid"
    ),
    errno.EADDRNOTAVAIL: "this machine has no address {interface}; choose one that it has",
    errno.EAFNOSUPPORT: "this machine has no IPv6; use tcp: for IPv4",
}
"""What an error means for a TCP port."""
_NO_IPV6 = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)


def listen_problem(error: Exception) -> str:
    """Return why listening failed with `error`, and what to do if that is known."""
    if not isinstance(error, CannotListenError):
        return _plain(error)
    cause = error.socketError
    if not isinstance(cause, OSError) or isinstance(cause, SocketInUseError):
        return str(getattr(cause, "strerror", None) or cause)
    sentence = _SENTENCES.get(cause.errno or 0) if isinstance(error.port, int) else None
    if sentence is None:
        return _plain(cause)
    return sentence.format(port=error.port, interface=error.interface)


def lacks_ipv6(error: Exception) -> bool:
    """Return whether listening on every IPv6 address failed because the machine has no IPv6."""
    return (
        isinstance(error, CannotListenError)
        and error.interface == "::"
        and isinstance(error.socketError, OSError)
        and error.socketError.errno in _NO_IPV6
    )


def _plain(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        name = error.filename2 or error.filename
        place = f" ({path_text(name)})" if name else ""
        return error.strerror + place
    return str(error) or type(error).__name__


def path_text(name: object) -> str:
    """Return the path `name`, text or bytes, for a message."""
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)


def address_text(address: IAddress) -> str:
    """Return where a port listens, for a message."""
    match address:
        case IPv4Address():
            return f"{address.host}:{address.port}"
        case IPv6Address():
            return f"[{address.host}]:{address.port}"
        case UNIXAddress():
            return path_text(address.name)
        case _:
            return str(address)
