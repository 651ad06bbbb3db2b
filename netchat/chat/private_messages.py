"""The newest private lines: one that a client sends again after a reconnect is delivered once."""

from __future__ import annotations

from msgspec import Struct

from netchat.journal.deduplication import RecentKeys, fingerprint
from netchat.journal.interface import NONCE_REUSED
from netchat.model.events import Refused, Told
from netchat.model.names import equivalent
from netchat.model.notices import ToldAgain

MAX_REMEMBERED = 10_000
REPLY = ""
"""In the place of the name in what a client wrote, since a reply has none."""


class NonceReusedError(ValueError):
    """The nonce was used for another line; the message is a sentence for the guest."""

    def __init__(self) -> None:
        super().__init__(NONCE_REUSED)


# Without gc: it refers to no other object.
class _Known(Struct, frozen=True, gc=False):
    """A line without its text, of which `content` is a fingerprint; 0: it is not known.

    A client that sends the line again sends the text as well.
    """

    content: int
    name: str
    to: str
    time: float
    recipient: int


class PrivateMessageCache:
    """The newest private lines between guests by client and nonce.

    At most MAX_REMEMBERED are remembered, and none over a restart: they are in no journal. On a
    site every server remembers those of all servers, in the same order.
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
        known = before.content in (0, fingerprint(text))
        if not (known and (to == REPLY or equivalent(to, before.to))):
            raise NonceReusedError
        return Told(before.name, before.to, text, before.time, nonce, recipient=before.recipient)

    def add(self, client: str, told: Told) -> None:
        """Remember `told`, if `client` and its nonce are known."""
        if client and told.nonce:
            content = fingerprint(told.text) if told.text else 0
            known = _Known(content, told.name, told.to, told.time, told.recipient)
            self._messages.add({fingerprint(client, told.nonce): known})

    def settle(self, told: Told) -> Told | ToldAgain | Refused:
        """Return the result for `told`, which is next in the order, and remember it.

        A text that is erased already is "".
        """
        try:
            before = self.find(told.client, told.to, told.text, told.nonce)
        except NonceReusedError as error:
            return Refused("nonce-reused", str(error), told.nonce)
        if before is not None:
            return ToldAgain(before)
        self.add(told.client, told)
        return told
