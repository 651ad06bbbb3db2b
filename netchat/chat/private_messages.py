"""The newest private lines: one that a client sends again after a reconnect is delivered once."""

from __future__ import annotations

from msgspec import Struct

from netchat.journal.deduplication import RecentKeys, fingerprint
from netchat.journal.interface import NONCE_REUSED
from netchat.model.events import Told
from netchat.model.names import match_keys

MAX_REMEMBERED = 10_000
REPLY = ""
"""In the place of the name in what a client wrote, since a reply has none."""


class NonceReusedError(ValueError):
    """The nonce was used for another line; the message is a sentence for the guest."""

    def __init__(self) -> None:
        super().__init__(NONCE_REUSED)


# Without gc: it refers to no other object.
class _Known(Struct, frozen=True, gc=False):
    """A line without its text: `content` is a fingerprint of the text and of the recipient's name.

    A client that sends the line again sends the text as well.
    """

    content: int
    name: str
    to: str
    time: float
    recipient: int


class PrivateMessageCache:
    """The newest private lines by client and nonce.

    At most MAX_REMEMBERED are remembered, and none over a restart: private lines are in no journal.
    """

    def __init__(self) -> None:
        self._messages: RecentKeys[_Known] = RecentKeys(MAX_REMEMBERED)

    def find(self, client: str, to: str, text: str, nonce: str) -> Told | None:
        """Return the line that `client` sent with `nonce`; None if there is none.

        Its recipient may have left. `to` is the name as the client wrote it, REPLY for a reply.
        Raises NonceReusedError if it was another line.
        """
        before = self._messages.get(fingerprint(client, nonce)) if client and nonce else None
        if before is None:
            return None
        if before.content != _content(to, text):
            raise NonceReusedError
        return Told(before.name, before.to, text, before.time, nonce, recipient=before.recipient)

    def add(self, client: str, to: str, told: Told) -> None:
        """Remember `told`, if `client` and its nonce are known; `to` as for `find`."""
        if client and told.nonce:
            content = _content(to, told.text)
            known = _Known(content, told.name, told.to, told.time, told.recipient)
            self._messages.add({fingerprint(client, told.nonce): known})


def _content(to: str, text: str) -> int:
    return fingerprint(match_keys(to)[0], text)
