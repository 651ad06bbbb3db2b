"""Private lines told lately, so that one told again, after a cut, is heard only once."""

from __future__ import annotations

from msgspec import Struct

from netchat.journal.deduplication import Newest, mark
from netchat.journal.interface import NONCE_REUSED
from netchat.model.events import Told
from netchat.model.names import match_keys

MOST = 10_000


class NonceReusedError(ValueError):
    """The nonce belongs to another line; the message is a sentence."""

    def __init__(self) -> None:
        super().__init__(NONCE_REUSED)


# Without gc: what is in it refers to nothing.
class _Known(Struct, frozen=True, gc=False):
    """What is known of a line: `what` stands for its text, which whoever tells it again has."""

    what: int
    name: str
    to: str
    time: float


class PrivateMessageCache:
    """The newest private lines by client and nonce.

    They are in no journal, so they are remembered no longer than the server runs.
    """

    def __init__(self) -> None:
        self._messages: Newest[_Known] = Newest(MOST)

    def find(self, client: str, to: str, text: str, nonce: str) -> Told | None:
        """Return what `client` has told before under `nonce`, whoever is here now.

        `to` is the name as it was asked for. Raises NonceReusedError if it was another line.
        """
        before = self._messages.get(mark(client, nonce)) if client and nonce else None
        if before is None:
            return None
        if before.what != _what(to, text):
            raise NonceReusedError
        return Told(before.name, before.to, text, before.time, nonce)

    def add(self, client: str, to: str, told: Told) -> None:
        """Know `told` again, if `client` tells it again under its nonce."""
        if client and told.nonce:
            known = _Known(_what(to, told.text), told.name, told.to, told.time)
            self._messages.keep({mark(client, told.nonce): known})


def _what(to: str, text: str) -> int:
    return mark(match_keys(to)[0], text)
