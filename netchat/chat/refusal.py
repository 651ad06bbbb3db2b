"""How the chat refuses a request."""

from __future__ import annotations

from netchat.model.events import Refused


class RefusedError(Exception):
    """A request that the rules of the chat do not allow.

    `code` is one of the error codes of docs/protocol.md, `message` a sentence for the guest.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def require(refused: Refused | None) -> None:
    """Raise RefusedError with `refused`, if that is not None."""
    if refused is not None:
        raise RefusedError(refused.code, refused.message)
