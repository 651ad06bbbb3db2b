"""The interface that every journal implements: it numbers the events of each room and stores them.

The interface is asynchronous, ordered and batched, so that a database or a cluster's stream can
implement it. Batches settle in the order in which they were appended. The chat delivers an event
only after it has settled, so that no client ever sees a line that is lost later. Presence is
appended like lines, so it cannot overtake them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

from netchat.model.events import Event, Gap, Refused, Repeated, Said, Told
from netchat.state.audit_entry import AuditEntry
from netchat.state.record import Record

NONCE_REUSED = "That nonce was used for another line; give each line a nonce of its own."


class JournalError(Exception):
    """The journal cannot be opened; the message is one sentence that says why and what to do."""


class UnreadableError(Exception):
    """Lines cannot be read at present; the message is one sentence for the user.

    `code` is one of the error codes of docs/protocol.md.
    """

    code = "storage"


class EventGroup(Event, frozen=True):
    """The results for lines that were said together, one by one, because they differ."""

    events: tuple[Said | Repeated | Refused, ...]


MOST_PLACES = 500
"""As many places in a log are found at once."""


class LogPlace(NamedTuple):
    """A line in the log of a site: the position of its entry, and its place in it, from 0."""

    position: int
    line: int


class LogErased(Event, frozen=True):
    """The lines at `places` have no text in the log any more; `first` is its oldest entry."""

    places: tuple[LogPlace, ...] = ()
    first: int = 0


@dataclass(frozen=True, slots=True)
class KnownRoom:
    """A room that the journal had when it was opened: its name, its topic and its last id."""

    name: str
    topic: str
    last: int


@dataclass(frozen=True, slots=True)
class Span:
    """A range of a room's lines: the ids above `after`, up to and including `up_to`.

    At most `limit` lines of it: the first ones, or the last ones if `newest`.
    """

    after: int
    up_to: int
    limit: int
    newest: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a span, oldest first; no id is left out: missing ones are in a Gap.

    A page may end before `limit`, so that its size is bounded, but it has at least one item if the
    span has ids. `more` tells whether the span goes on: after the last item or, if the newest lines
    were asked for, before the first item, with lines that are still stored.
    """

    lines: tuple[Said | Gap, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries of the audit, the oldest first; `more`: there are older ones."""

    entries: tuple[AuditEntry, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class PrivateQuery:
    """The private lines of `account` in `span`, whose ids are those of this account.

    With one other side only if `peer`, their `netchat.state.private_rules.peer_key`, is not "";
    only those `received` from others, not their own ones, if that is true.
    """

    account: int
    span: Span
    peer: str = ""
    received: bool = False


@dataclass(frozen=True, slots=True)
class PrivatePage:
    """Private lines as a PrivateQuery asks for them, oldest first; `more` as in Page.

    Missing ids are in a Gap (of the room "") if all lines of an account were asked for.
    """

    lines: tuple[Told | Gap, ...]
    more: bool = False


P = TypeVar("P")
Found = Callable[[P | UnreadableError], None]
"""Called once with the page, or with the reason why there is none."""
Reply = Found[Page]
"""Called once with the page, or with the reason why there is none."""


class Journal(Protocol):
    """What the chat needs of a journal.

    Only `acquire_lock` and `open` may block. Each callback is called exactly once, possibly before
    the method returns.
    """

    @property
    def id(self) -> str:
        """The journal's identifier, made with it: its ids of lines are those of no other journal.

        It is known once the journal is open, and stays the same as long as the journal exists.
        """

    @property
    def trouble(self) -> str:
        """Why nothing can be stored at present, as a sentence; "" if lines can be stored."""

    def acquire_lock(self) -> None:
        """Lock the journal for this server, before a daemon forks; JournalError if it is in use."""

    def open(self) -> Sequence[KnownRoom]:
        """Open the journal and return its rooms; JournalError if it cannot be opened."""

    def take_id(self, id: str) -> None:
        """Have this `id` from now on; only while nothing is in the journal, which is open."""

    def records(self) -> Sequence[Record]:
        """Return the records of the chat's state as they were when the journal was opened."""

    def close(self, closed: Callable[[], None]) -> None:
        """Close, once everything appended has settled; pending reads get an UnreadableError."""

    def ping(self, answered: Callable[[], None]) -> None:
        """Call `answered` once all that was given to the journal's threads before has been done.

        The calls that fail count as done, so this tells whether the journal works, not whether it
        can store anything; see `trouble` for that.
        """

    def append(self, batch: Sequence[Event], settled: Callable[[Sequence[Event]], None]) -> None:
        """Append `batch` after everything appended before, and call `settled` with the results.

        The results are in the order of `batch`:

        - Said: the same with its `id` (strictly +1 in its room); if its client has used the nonce
          before, Repeated with the line as it was stored then, or Refused (`nonce-reused`) if it
          was another line;
        - SaidLines: the same with `first`, or an EventGroup if a nonce was used before, or if
          lines with nonces could not be stored;
        - Change: Changed, or Refused by its rules (`netchat.state.judge`), as of its place in the
          order; what it changes, deletes and adds to the audit is stored with it, or not at all;
        - Said, SaidLines, TopicSet, Told or Change that could not be stored: Refused (`storage`);
        - Told of or to an account: the same with its ids; ToldAgain if its client used the nonce
          before; or Refused (`nonce-reused`, `no-such-user`, `too-fast`);
        - LogErased, of which `log_places` answers no more, and any other event: unchanged.

        A batch that ends with a Reach is an entry of the log of a site. Where its lines are in it
        is stored with it, see `netchat.journal.log_places`.
        """

    def read(self, room: str, span: Span, found: Reply) -> None:
        """Call `found` with the lines of `room` in `span`, without ids that were never given.

        `room` is the name exactly as it was appended.
        """

    def search(
        self,
        room: str,
        words: str,
        span: Span,
        found: Reply,
    ) -> None:
        """Call `found` with the lines of `room` in `span` that contain all of the `words`.

        A word is a run of letters and digits; case and diacritics make no difference. The page has
        matching lines only, and no gaps. A search that takes long may end early with the lines
        found so far and `more`. A search never delays a read.
        """

    def audit(
        self, before: int, limit: int, found: Callable[[AuditPage | UnreadableError], None]
    ) -> None:
        """Call `found` with the last `limit` entries with numbers below `before` (0: the last)."""

    def log_places(self, found: Found[Sequence[LogPlace]]) -> None:
        """Call `found` with places in the log whose texts are to go, the first MOST_PLACES.

        They are those of deleted lines, of refused ones, and the private ones of an account that
        is forgotten.
        """

    def private_counts(self) -> Mapping[int, int]:
        """Return the last id of each account's private lines as of when the journal was opened."""

    def read_private(self, query: PrivateQuery, found: Found[PrivatePage]) -> None:
        """Call `found` with the private lines that `query` asks for."""
