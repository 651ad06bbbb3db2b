"""The endpoints on which a server listens, from the strings that describe them."""

from __future__ import annotations

from typing import Any

from netchat.doors.transport.listen_errors import listen_problem
from netchat.doors.transport.tls import BadCertificateError, SecureEndpoint
from netchat.server.start_error import StartError

PROXIED = "haproxy:"
"""Prefix of an endpoint behind a proxy; `ProxiedFactory` reads the PROXY header, not Twisted."""


def secure_endpoint(reactor: Any, text: str) -> SecureEndpoint:
    """Return the endpoint that `text` describes; StartError if it describes none."""
    try:
        return SecureEndpoint(reactor, text.removeprefix(PROXIED))
    except (OSError, ImportError, BadCertificateError) as error:
        raise StartError(f"cannot listen on {text}: {listen_problem(error)}") from error
    except Exception as error:
        # Parsers of endpoints, keys and certificates, also of plugins, raise any kind of error.
        raise StartError(
            f"{text} is not a valid endpoint; write it like tcp:5001 or "
            "ssl:5002:privateKey=KEY.PEM:certKey=CERT.PEM"
        ) from error
