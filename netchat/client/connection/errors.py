"""Why there is no connection: one sentence for the user, that says what to do."""

from __future__ import annotations

from twisted.internet import error

from netchat.client.connection.address import Address


class UserFacingError(Exception):
    """An error that the user can correct; the message is one sentence for the user."""


class TemporaryError(UserFacingError):
    """An error that may be gone at the next attempt."""


_SENTENCES: dict[type[BaseException], str] = {
    error.DNSLookupError: "There is no host called {host}; check the name.",
    error.ConnectionRefusedError: (
        "No server listens at {address}; check the address, or start the server."
    ),
    error.TimeoutError: "{address} does not answer; check the address and the network.",
    error.ConnectionDone: "{address} closed the connection; try again later.",
    error.ConnectionLost: "The connection to {address} broke; try again later.",
}


def explain(reason: BaseException, address: Address) -> str:
    """Return why the server at `address` could not be reached, or why the connection was lost."""
    if isinstance(reason, UserFacingError):
        return str(reason)
    for kind, sentence in _SENTENCES.items():
        if isinstance(reason, kind):
            return sentence.format(address=address, host=address.host)
    return f"{address} cannot be reached; check the address ({_summary(reason)})."


def _summary(reason: BaseException) -> str:
    return str(reason).strip().rstrip(".") or type(reason).__name__


def password_problem(*, given: bool, before: bool) -> str:
    """Return what is wrong with the password.

    `given` tells whether the client sent one, `before` whether the server has accepted it, or none,
    before.
    """
    if before:
        wanted = "another" if given else "a"
        return f"The server wants {wanted} password now; join again with it."
    if given:
        return "That is not the password of the server; ask for the right one."
    return "The server wants a password; give it with --password-file FILE."


def closed_silently(address: Address) -> TemporaryError:
    """Return the error for a server that closed a connection without TLS before it sent a byte."""
    return TemporaryError(
        f"{address} closed the connection without an answer; "
        "try again later, or with --tls if the server speaks TLS."
    )


def not_netchat(address: Address) -> UserFacingError:
    """Return the error for a server at `address` that is not a netchat server."""
    return UserFacingError(
        f"{address} does not answer as a netchat server does; "
        "check the port, and whether it needs --tls."
    )
