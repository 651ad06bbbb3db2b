"""Hands a connection over from one protocol to another, while it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from twisted.internet.interfaces import IProtocol


class Wrapper(Protocol):
    """A protocol that passes all that happens to another."""

    def replace_protocol(self, replacement: IProtocol) -> None:
        """Pass all that happens to `replacement` from now on."""


def replace_protocol(transport: Any, protocol: object, replacement: IProtocol) -> None:
    """Have `transport` tell `replacement` what it told `protocol`, also if it is TLS.

    Between the two there may be one Wrapper.
    """
    attribute = "wrappedProtocol" if hasattr(transport, "wrappedProtocol") else "protocol"
    current = getattr(transport, attribute)
    if current is protocol:
        setattr(transport, attribute, replacement)
    else:
        current.replace_protocol(replacement)
