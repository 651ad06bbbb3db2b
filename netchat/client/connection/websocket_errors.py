"""Why there is no WebSocket: one sentence for the user, that says what to do."""

from __future__ import annotations

from websockets.exceptions import InvalidStatus
from websockets.http11 import Response

from netchat.client.connection.address import DEFAULT_PATH, PAGE_PORT, WebAddress
from netchat.client.connection.errors import TemporaryError, UserFacingError, not_netchat
from netchat.model.sanitize import sanitize

_SENTENCES = {
    403: "{address} does not let you in ({status}); ask the people who run it to allow it.",
    404: "There is no WebSocket at {address} ({status}); check the path, by default {path}.",
    426: (
        "{address} did not get the request for a WebSocket ({status}); a proxy before it does not "
        "pass on the upgrade."
    ),
    421: (
        "The server does not know itself as {host} ({status}); use another of its names, "
        "or have it started with --web-host {host}."
    ),
}
_TEMPORARY = {408, 425, 429, 500, 502, 503, 504}
"""The server, or a proxy before it, is overloaded or cannot be reached at the moment."""
_NORMAL = {1000, 1001, 1005, 1006}
"""The codes of an end that needs no explanation: it was wanted, or the server goes away."""
_MAX_SHOWN = 200
"""The most characters of a server's own words that are shown."""


def explain_handshake(error: Exception, address: WebAddress) -> UserFacingError:
    """Return the error for a handshake that failed with `error`."""
    if isinstance(error, InvalidStatus):
        return _explain_status(error.response, address)
    return not_netchat(address)


def closed(code: int, reason: str, address: WebAddress) -> UserFacingError | None:
    """Return the error for a server that closes with `code` and `reason`, None for a normal end."""
    if code in _NORMAL:
        return None
    words = _shown(reason)
    why = f"{code} {words}".strip()
    return TemporaryError(f"{address} closed the connection ({why}); try again later.")


def asked_for_a_name(address: WebAddress) -> UserFacingError:
    """Return the error for the port of guests, which asks a client for a name that is late."""
    return TemporaryError(
        f"{address} asked for a name before the WebSocket began; "
        f"try again, or give the port of the page, by default {PAGE_PORT}."
    )


def timed_out(address: WebAddress) -> UserFacingError:
    """Return the error for a server that does not complete the handshake, or answer any more."""
    return TemporaryError(f"{address} does not answer; check the address and the network.")


def _explain_status(response: Response, address: WebAddress) -> UserFacingError:
    code = response.status_code
    status = _shown(f"{code} {response.reason_phrase}")
    if code in _TEMPORARY:
        return TemporaryError(f"{address} is not available ({status}); try again later.")
    if code == 401:
        if address.credentials is not None:
            return UserFacingError(
                f"{address} does not accept the name and password in its address ({status}); "
                "correct them."
            )
        return UserFacingError(
            f"{address} wants a name and a password ({status}); "
            "write them in the address, as ws://NAME:PASSWORD@HOST."
        )
    if 300 <= code < 400 and "Location" in response.headers:
        where = _shown(response.headers.get_all("Location")[0])
        return UserFacingError(f"{address} has moved ({status}); give the new address, {where}.")
    # A proxy that does not pass on the upgrade often speaks HTTP/1.0 to the server.
    sentence = _SENTENCES.get(426 if code == 505 else code)
    if sentence is None:
        return UserFacingError(
            f"{address} does not answer as a WebSocket does ({status}); check the address."
        )
    return UserFacingError(
        sentence.format(address=address, status=status, host=address.host, path=DEFAULT_PATH)
    )


def _shown(text: str) -> str:
    """Return `text`, which a server sent, as it may be shown."""
    return sanitize(text).strip()[:_MAX_SHOWN]
