"""The private lines of owners in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from netchat.journal.deduplication import RecentKeys, fingerprint
from netchat.journal.interface import PrivatePage, PrivateQuery
from netchat.journal.private_lines import box_page, repeat_refused
from netchat.model.events import Gap, Refused, Told
from netchat.state.private_rules import NEWEST, is_guest, peer_key

_MOST_NONCES = 10_000


class _Entry(Struct, frozen=True):
    """A line in a box, and its other side."""

    told: Told
    peer: str


class _Box:
    """The newest `keep` private lines of one account (0: all); `last` is the last id."""

    __slots__ = ("entries", "last")

    def __init__(self, keep: int) -> None:
        self.last = 0
        self.entries: deque[_Entry] = deque(maxlen=keep or None)

    def between(self, query: PrivateQuery) -> Iterator[Told | Gap]:
        """Yield the lines in the span of `query`, as `box_page` takes them."""
        span = query.span
        expected, up_to = span.after + 1, min(span.up_to, self.last)
        for entry in reversed(self.entries) if span.newest else self.entries:
            told = entry.told
            if not span.after < told.id <= up_to:
                continue
            if not span.newest and told.id > expected:
                yield Gap("", expected, told.id - 1)
            expected = told.id + 1
            if query.peer in ("", entry.peer):
                yield told
        if not span.newest and expected <= up_to:
            yield Gap("", expected, up_to)


class Boxes:
    """The boxes of all accounts with private lines, the newest `keep` lines of each (0: all)."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._boxes: dict[int, _Box] = {}
        self._known: RecentKeys[tuple[int, Told]] = RecentKeys(_MOST_NONCES)
        """By client and nonce: a fingerprint of recipient and text, and the line without text."""

    def repeated(self, told: Told) -> Told | Refused | None:
        """As PrivateStore has it."""
        known = self._known.get(fingerprint(told.client, told.nonce))
        if known is None:
            return None
        what, before = known
        if what != _content(told):
            return repeat_refused(told)
        return replace(before, text=told.text)

    def unread(self, account: int, after: int, *, guests: bool) -> Sequence[str]:
        """As PrivateStore has it."""
        newest = reversed(self._box(account).entries)
        return [
            entry.peer
            for entry in (newest if guests else islice(newest, NEWEST))
            if entry.told.id > after and not entry.told.own and is_guest(entry.peer) == guests
        ]

    def add(self, account: int, told: Told, peer: str) -> int:
        """As PrivateStore has it."""
        box = self._boxes.setdefault(account, _Box(self._keep))
        box.last += 1
        sender = 0 if told.own else told.sender
        line = (told.name, told.to, told.text, told.time)
        kept = Told(*line, sender=sender, id=box.last, own=told.own, notice=told.notice)
        box.entries.append(_Entry(kept, peer))
        return box.last

    def remember(self, told: Told) -> None:
        """As PrivateStore has it."""
        if told.client and told.nonce:
            known = (_content(told), replace(told, text=""))
            self._known.add({fingerprint(told.client, told.nonce): known})

    def page(self, query: PrivateQuery) -> PrivatePage:
        """Return what `query` asks for."""
        return box_page(self._box(query.account).between(query), query)

    def forget(self, account: int) -> None:
        """Delete the box of `account`, and what it has sent from the boxes of the others."""
        self._boxes.pop(account, None)
        peer = peer_key(account, "")
        for box in self._boxes.values():
            kept = [entry for entry in box.entries if entry.peer != peer or entry.told.own]
            if len(kept) < len(box.entries):
                box.entries = deque(kept, box.entries.maxlen)
        for key, (_, told) in [*self._known.items()]:
            if account in (told.sender, told.recipient):
                # The key stays: it has no text, and its place in the order is known by it.
                self._known[key] = (0, replace(told, name="", to=""))

    def _box(self, account: int) -> _Box:
        return self._boxes.get(account) or _Box(self._keep)


def _content(told: Told) -> int:
    return fingerprint(peer_key(told.recipient, told.to), told.text, told.notice)
