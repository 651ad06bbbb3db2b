"""Where the order is made: what was said gets its number here, and is kept.

The interface is asynchronous, ordered and batched, so that a database or a cluster's stream can
stand behind it: batches are settled in the order in which they were appended, and only what is
settled may be heard, because what anyone has seen must never be lost. Presence takes the same road
as what is said; that is why it can never overtake it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from netchat.model.events import Event, Gap, Refused, Repeated, Said

NONCE_REUSED = "That nonce was used for another line; give each line a nonce of its own."


class JournalError(Exception):
    """The journal cannot be used; the message is one sentence that says why and what to do."""


class UnreadableError(Exception):
    """What was asked for cannot be read at present; the message is one sentence."""


class EventGroup(Event, frozen=True):
    """What became of lines that were said together, one by one, as they did not all fare alike."""

    events: tuple[Said | Repeated | Refused, ...]


@dataclass(frozen=True, slots=True)
class KnownRoom:
    """A room known from before: its name as it was first written, its topic, its last id."""

    name: str
    topic: str
    last: int


@dataclass(frozen=True, slots=True)
class Span:
    """Some lines of a room: the ids above `after`, up to `up_to`.

    At most `limit` of them: the first ones, or the last ones if `newest`.
    """

    after: int
    up_to: int
    limit: int
    newest: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What a span has, oldest first, with no id left out: what is not to be had is a Gap.

    A page may end before the limit, so that it does not grow too large, but not without an item if
    the span has ids. `more` tells whether the span goes on beyond it: behind its last item, or, if
    the newest were asked for, before its first, with lines that are still kept.
    """

    lines: tuple[Said | Gap, ...]
    more: bool = False


Reply = Callable[[Page | UnreadableError], None]
"""Is called with what was looked up."""


class Journal(Protocol):
    """What the chat needs of a journal.

    Nothing blocks but `open`; whatever answers through a callback calls it once, perhaps before it
    returns.
    """

    @property
    def trouble(self) -> str:
        """Why nothing can be stored at present, in a sentence; "" if all is well."""

    def acquire_lock(self) -> None:
        """Make sure that nobody else has it, before a daemon's process forks; else JournalError."""

    def open(self) -> Sequence[KnownRoom]:
        """Begin, and return the rooms that are known from before; JournalError if that fails."""

    def close(self, closed: Callable[[], None]) -> None:
        """End, once everything appended is settled; what is still to be found is Unreadable."""

    def append(self, batch: Sequence[Event], settled: Callable[[Sequence[Event]], None]) -> None:
        """Put `batch` behind all that was appended before, and call `settled` with it.

        On settling, each Said has its `id` (in its room strictly +1), SaidLines, which count as
        many as they are, have their `first`, and each Joined has its `last`. A Said whose client
        has used its nonce before is a Repeated, with the line as it was stored then, or a Refused
        (`nonce-reused`) if it was another line. What was said, or a TopicSet, that could not be
        stored is a Refused (`storage`). SaidLines with a nonce that has been used, or that could
        not be stored and have nonces, are EventGroup. Any other event comes back as it went in.
        """

    def read(self, room: str, span: Span, found: Reply) -> None:
        """Call `found` with the lines of `room` in `span`; ids that were never given are not in it.

        `room` is the name as it was appended.
        """

    def search(
        self,
        room: str,
        words: str,
        span: Span,
        found: Reply,
    ) -> None:
        """Call `found` with the lines of `room` in `span` that have all the `words` in them.

        A word is a run of letters and digits; case and diacritics make no difference. Here the page
        has lines only, and leaves out the others. A search that takes long may end with what it has
        found, and `more`. It keeps nobody waiting who reads.
        """
