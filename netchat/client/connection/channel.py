"""What a connection is worth to a proof: who can read it, and what its TLS is recognized by."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

_EXPORTER_LABEL = b"EXPORTER-Channel-Binding"
_EXPORTER_BYTES = 32


def exporter(transport: Any) -> str:
    """Return the exporter of the TLS in `transport`, in hexadecimal digits; "" if it has no TLS.

    Both ends of one TLS connection have the same, and nobody else has it (RFC 9266).
    """
    connection = _tls_connection(transport)
    if connection is None:
        return ""
    material: bytes = connection.export_keying_material(_EXPORTER_LABEL, _EXPORTER_BYTES, b"")
    return material.hex()


def is_of_this_machine(transport: Any) -> bool:
    """Return whether the other end of `transport` is on this machine, so that no network reads it.

    The other end may be a proxy.
    """
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
