"""Why there is no connection: one sentence for a person, that says what to do."""

from __future__ import annotations

from twisted.internet import error

from netchat.client.connection.address import Address


class UserFacingError(Exception):
    """Something is wrong that a person can put right; the message is one sentence for him."""


class TemporaryError(UserFacingError):
    """Something is wrong that time may put right."""


_SENTENCES: dict[type[BaseException], str] = {
    error.DNSLookupError: "There is no host called {host}; check the name.",
    error.ConnectionRefusedError: (
        "Nobody listens at {address}; check the address, or start the server."
    ),
    error.TimeoutError: "{address} does not answer; check the address and the network.",
    error.ConnectionDone: "{address} closed the connection; try again later.",
    error.ConnectionLost: "The connection to {address} broke; try again later.",
}


def explain(reason: BaseException, address: Address) -> str:
    """Return why the server at `address` could not be reached, or went away."""
    if isinstance(reason, UserFacingError):
        return str(reason)
    for kind, sentence in _SENTENCES.items():
        if isinstance(reason, kind):
            return sentence.format(address=address, host=address.host)
    return f"{address} cannot be reached; check the address ({_summary(reason)})."


def _summary(reason: BaseException) -> str:
    return str(reason).strip().rstrip(".") or type(reason).__name__


def password_problem(*, given: bool, before: bool) -> str:
    """Return what is wrong with our password.

    `given` tells whether we have one, `before` whether we were in with it, or without any.
    """
    if before:
        wanted = "another" if given else "a"
        return f"The server wants {wanted} password now; come in again with it."
    if given:
        return "That is not the password of the server; ask for the right one."
    return "The server wants a password; give it with --password-file FILE."


def closed_silently(address: Address) -> TemporaryError:
    """Return what is wrong if a server that we talked to without TLS closed, and said nothing."""
    return TemporaryError(
        f"{address} closed the connection without a word; "
        "try again later, or with --tls if the server speaks TLS."
    )


def not_netchat(address: Address) -> UserFacingError:
    """Return what is wrong if something else than a netchat server is at `address`."""
    return UserFacingError(
        f"{address} does not answer as a netchat server does; "
        "check the port, and whether it wants --tls."
    )
