"""Why the network gives no connection, or lost it: one sentence for the user."""

from __future__ import annotations

from twisted.internet import error

from netchat.client.connection.address import Address
from netchat.client.connection.errors import UserFacingError

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
