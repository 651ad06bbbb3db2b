"""What the handshake of TLS tells of a client before it has sent anything: that it speaks HTTP.

Browsers offer http/1.1 in the handshake; other clients of a chat offer nothing.

Source: RFC 7301 (ALPN).
"""

from __future__ import annotations

from typing import Any

from netchat.admission.pending_logins import is_within_tls

HTTP = b"http/1.1"
"""The protocol that a server accepts in a handshake, as it is registered with IANA."""


def is_handshaking(transport: Any) -> bool:
    """Return whether `transport` is TLS, and the client has not finished the handshake."""
    return is_within_tls(transport) and transport.getHandle().get_peer_finished() is None


def has_offered_http(transport: Any) -> bool:
    """Return whether `transport` is TLS, and HTTP was negotiated in the handshake."""
    return is_within_tls(transport) and transport.negotiatedProtocol == HTTP
