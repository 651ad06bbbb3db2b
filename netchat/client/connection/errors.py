"""Why there is no connection: one sentence for the user, that says what to do.

It does not need Twisted, so that `netchat health` does not need it.
"""

from __future__ import annotations

from netchat.client.connection.address import Address, WebAddress


class UserFacingError(Exception):
    """An error that the user can correct; the message is one sentence for the user."""


class TemporaryError(UserFacingError):
    """An error that may be gone at the next attempt."""


def closed_silently(address: Address) -> TemporaryError:
    """Return the error for a server that closed a connection before it sent a byte."""
    hint = ", or with --tls if the server speaks TLS"
    if isinstance(address, WebAddress):
        hint = "" if address.secure else ", or with wss:// if the server speaks TLS"
    return TemporaryError(
        f"{address} closed the connection without an answer; try again later{hint}."
    )


def not_netchat(address: Address) -> UserFacingError:
    """Return the error for a server at `address` that is not a netchat server."""
    return UserFacingError(
        f"{address} does not answer as a netchat server does; "
        f"check the {not_netchat_hint(address)}."
    )


def not_netchat_hint(address: Address) -> str:
    """Return what to check if the server at `address` is not a netchat server."""
    if not isinstance(address, WebAddress):
        return "port, and whether it needs --tls"
    hint = "" if address.secure else ", and whether it needs wss://"
    return f"port and the path{hint}"
