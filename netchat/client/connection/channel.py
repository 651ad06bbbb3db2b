"""What a connection is worth to a proof: who can read it, and what its TLS is recognized by."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from netchat.client.connection.address import WebAddress
from netchat.client.connection.endpoint import ServerEndpoint

_LABEL = b"EXPORTER-Channel-Binding"
_EXPORTER_BYTES = 32


class Channel:
    """The connection to the server at `endpoint`, which is `transport`."""

    def __init__(self, endpoint: ServerEndpoint, transport: Any) -> None:
        self._endpoint = endpoint
        self._transport = transport

    @property
    def address(self) -> str:
        """The address of the server, for the user."""
        return str(self._endpoint.address)

    @property
    def is_secret(self) -> bool:
        """Whether nobody on the way can read it: it has TLS, or does not leave this machine."""
        return self._endpoint.tls or (
            not self._endpoint.proxied and _is_of_this_machine(self._transport)
        )

    @property
    def is_to_line_door(self) -> bool:
        """Whether it has TLS to a line door, over which a proof is always bound to the TLS."""
        return self._endpoint.tls and not isinstance(self._endpoint.address, WebAddress)

    def exporter(self) -> str:
        """Return the exporter of its TLS in hexadecimal digits; "" without TLS.

        Both ends of one TLS connection have the same, and nobody else has it (RFC 9266).
        """
        connection = _tls_connection(self._transport)
        if connection is None:
            return ""
        material: bytes = connection.export_keying_material(_LABEL, _EXPORTER_BYTES, b"")
        return material.hex()


def _is_of_this_machine(transport: Any) -> bool:
    here, there = (getattr(end, "host", "") for end in (transport.getHost(), transport.getPeer()))
    try:
        return ip_address(there).is_loopback or here == there
    except ValueError:
        return False


def _tls_connection(transport: Any) -> Any:
    """Return the TLS connection to the server, which a WebSocket may be in; None without TLS."""
    while transport is not None:
        handle = transport.getHandle() if hasattr(transport, "getHandle") else None
        if hasattr(handle, "export_keying_material"):
            return handle
        # A WebSocket is a protocol, too, and has a transport of its own.
        transport = getattr(transport, "transport", None)
    return None
