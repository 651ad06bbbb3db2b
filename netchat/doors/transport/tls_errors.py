"""Why TLS with a client has failed, for the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.admission.pending_logins import is_within_tls
from netchat.observability.connection_log import peer_name

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress
    from twisted.python.failure import Failure

    from netchat.observability.connection_log import ConnectionLog


def log_tls_failure(
    log: ConnectionLog, addr: IAddress | None, transport: object, reason: Failure
) -> None:
    """Log it if TLS is the `reason` why the connection of the client at `addr` was lost.

    The log has OpenSSL's words, such as "tlsv1 alert unknown ca" (the client does not trust the
    certificate) or "unsupported protocol" (the client is too old).
    """
    if not is_within_tls(transport):
        return
    # Imported here because only listening with TLS needs pyOpenSSL.
    from OpenSSL import SSL

    error = reason.value
    if isinstance(error, SSL.Error):
        stack = error.args[0] if error.args else ()
        told = [entry[-1] for entry in stack if isinstance(entry, tuple) and entry[-1:] != ("",)]
        log.tls_failed(peer_name(addr), told[-1] if told else type(error).__name__)
