"""Hands a connection over from one protocol to another, while it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from twisted.internet.interfaces import IProtocol


class Wrapper(Protocol):
    """A protocol that passes all that happens to another."""

    def replace_protocol(self, replacement: IProtocol) -> None:
        """Pass all that happens to `replacement` from now on."""


def hand_over(
    transport: Any, protocol: object, replacement: IProtocol, received: bytes = b""
) -> None:
    """Connect `replacement` to `transport` in place of `protocol`, and pass it what was `received`.

    The transport may be TLS, and between it and the protocol there may be one Wrapper.
    """
    attribute = "wrappedProtocol" if hasattr(transport, "wrappedProtocol") else "protocol"
    current = getattr(transport, attribute)
    if current is protocol:
        setattr(transport, attribute, replacement)
    else:
        current.replace_protocol(replacement)
    replacement.makeConnection(transport)
    if received:
        replacement.dataReceived(received)
