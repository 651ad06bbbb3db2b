"""Private lines told lately, so that one told again, after a cut, is heard only once."""

from __future__ import annotations

from netchat.events import Told
from netchat.journal import NONCE_REUSED

MOST = 10_000


class NonceReusedError(ValueError):
    """The nonce belongs to another line; the message is a sentence."""

    def __init__(self) -> None:
        super().__init__(NONCE_REUSED)


class ToldLately:
    """The newest private lines by client and nonce.

    They are in no journal, so they are remembered no longer than the server runs.
    """

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], tuple[str, Told]] = {}

    def recognise(self, client: str, to: str, told: Told) -> Told | None:
        """Return what `client` has told before under the nonce of `told`, or keep `told`.

        `to` is the name as it was asked for. Raises NonceReusedError if it was another line.
        """
        key = (client, told.nonce)
        if not all(key):
            return None
        before = self._told.get(key)
        if before is None:
            self._told[key] = (to, told)
            if len(self._told) > MOST:
                del self._told[next(iter(self._told))]
            return None
        if (before[0], before[1].text) != (to, told.text):
            raise NonceReusedError
        return before[1]
