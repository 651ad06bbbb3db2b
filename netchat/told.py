"""Private lines told lately, so that one told again, after a cut, is heard only once."""

from __future__ import annotations

from msgspec import Struct

from netchat.events import Told
from netchat.journal import NONCE_REUSED
from netchat.journal.nonces import Newest, mark

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


class ToldLately:
    """The newest private lines by client and nonce.

    They are in no journal, so they are remembered no longer than the server runs.
    """

    def __init__(self) -> None:
        self._told: Newest[_Known] = Newest(MOST)

    def recognise(self, client: str, to: str, told: Told) -> Told | None:
        """Return what `client` has told before under the nonce of `told`, or keep `told`.

        `to` is the name as it was asked for. Raises NonceReusedError if it was another line.
        """
        if not (client and told.nonce):
            return None
        key, what = mark(client, told.nonce), mark(to, told.text)
        before = self._told.get(key)
        if before is None:
            self._told.keep({key: _Known(what, told.name, told.to, told.time)})
            return None
        if before.what != what:
            raise NonceReusedError
        return Told(before.name, before.to, told.text, before.time, told.nonce)
