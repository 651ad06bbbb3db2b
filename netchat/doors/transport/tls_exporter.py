"""What both ends of a TLS connection know, and nobody else: it binds a proof to the connection.

Source: RFC 9266 (channel binding `tls-exporter`), RFC 5705, RFC 8446 section 7.5.
"""

from __future__ import annotations

from typing import Any

LABEL = b"EXPORTER-Channel-Binding"
BYTES = 32


def exporter_of(transport: Any) -> str:
    """Return the exporter of the TLS in `transport`, in hexadecimal; "" if it is not TLS."""
    handle: Any = transport.getHandle() if hasattr(transport, "getHandle") else None
    if not hasattr(handle, "export_keying_material"):
        return ""
    # The context has no bytes, but is there: in TLS 1.2 that is not the same as none.
    material: bytes = handle.export_keying_material(LABEL, BYTES, b"")
    return material.hex()
