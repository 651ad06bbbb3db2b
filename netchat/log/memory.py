"""A log in memory that the servers of one process share; it shows what every log does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from msgspec import Struct
from msgspec.structs import replace

from netchat.journal.identity import new_journal_id
from netchat.log.interface import Entry, Follower, LogError, Opened

CUT = "The log in memory cannot be reached."
LOST = "The log was cut off before it had the batch."
VOID = "The server was heard again, or is buried already."
BURIED = "This server was buried by another one."
ANOTHER_SITE = "The log belongs to another chat: give this server the URL of its own log."
NOT_THE_SAME = (
    "The log has other entries than the journal: give the server the journal of this log, or a "
    "copy of another server's."
)
TRIMMED = (
    "The log has no longer what this journal lacks: start from a copy of another server's journal, "
    "which `netchat backup` makes."
)


class SharedLog:
    """The order. `now` tells the time, for what is deleted by its age."""

    def __init__(self, now: Callable[[], float] = lambda: 0.0) -> None:
        self.now = now
        self.site = ""
        self.base = (0, 0)
        """What the journal had with which the log has begun, as in `Log.open`."""
        self.first = 1
        self.entries: list[Entry] = []
        self.written: list[float] = []
        self.starts = 0
        self.living: dict[int, MemoryLog] = {}

    @property
    def last(self) -> int:
        """The position of the newest entry."""
        return self.first + len(self.entries) - 1

    def behind(self, position: int) -> list[Entry]:
        """Return the entries behind `position`."""
        return self.entries[max(0, position + 1 - self.first) :]

    def has_appended(self, incarnation: int, after: int | None) -> bool:
        """Return whether `incarnation` has an entry behind `after`; None: that does not count."""
        return after is not None and incarnation in {e.incarnation for e in self.behind(after)}

    def add(self, incarnation: int, batch: int, payload: bytes) -> None:
        """Give the batch the next position."""
        self.entries.append(Entry(self.last + 1, incarnation, batch, payload))
        self.written.append(self.now())

    def wake(self) -> None:
        """Let every server read what is new."""
        for log in list(self.living.values()):
            log.wake()

    def erase(self, position: int, was: bytes, payload: bytes) -> None:
        """Put `payload` in the place of `was`, if that is what the entry at `position` has."""
        if self.first <= position <= self.last:
            entry = self.entries[position - self.first]
            if entry.payload == was:
                self.entries[position - self.first] = replace(entry, payload=payload)

    def trim(self, before: float) -> None:
        """Delete what is older, up to what all have heard, and not the newest entry."""
        end = min([self.last - 1, *(log.position for log in self.living.values())])
        while self.first <= end and self.written[0] < before:
            del self.entries[0], self.written[0]
            self.first += 1


Read = tuple[int, Callable[[Entry | None], None]]


class _Waiting(Struct):
    batch: int
    payload: bytes
    buries: int = 0
    after: int | None = None


class MemoryLog:
    """The log of one server; `call_soon` calls a function in a later turn.

    A test cuts it off with `cut` and connects it again with `connect`. What is appended after
    `leave_unanswered` has no answer until `connect`, and then is in the log, or not if it is lost.
    """

    def __init__(
        self, shared: SharedLog, call_soon: Callable[[Callable[[], object]], object]
    ) -> None:
        self._shared = shared
        self._call_soon = call_soon
        self._follower: Follower | None = None
        self._waiting: list[_Waiting] = []
        self._sent: dict[int, str] = {}
        """Why each batch that was sent is refused, if it is not heard."""
        self._erasures: dict[int, tuple[bytes, bytes]] = {}
        self._reads: list[Read] = []
        self._closed: Callable[[], None] | None = None
        self._due = False
        self._ended = False
        self._answers = True
        self._loses = False
        self.trouble = ""
        self.living: Collection[int] = shared.living
        self.incarnation = self.position = 0

    @property
    def unanswered(self) -> Sequence[int]:
        """The batches whose fate is not known."""
        return list(self._sent)

    def open(self, site: str, after: int, key: tuple[int, int] | None = None) -> Opened:
        """Begin an incarnation."""
        shared = self._shared
        if self.trouble:
            raise LogError(self.trouble)
        if shared.site and site and shared.site != site:
            raise LogError(ANOTHER_SITE)
        if after > shared.last:
            raise LogError(NOT_THE_SAME)
        if after + 1 < shared.first:
            raise LogError(TRIMMED)
        if not shared.site:
            shared.site, shared.base = site or new_journal_id(), key or (0, 0)
        if key and not after and key != shared.base:
            raise LogError(NOT_THE_SAME if any(key) else TRIMMED)
        if key and after >= shared.first:
            entry = shared.entries[after - shared.first]
            if (entry.incarnation, entry.batch) != key:
                raise LogError(NOT_THE_SAME)
        shared.starts += 1
        self.incarnation, self.position = shared.starts, after
        shared.living[self.incarnation] = self
        return Opened(self.incarnation, shared.site, shared.first, shared.last)

    def follow(self, follower: Follower) -> None:
        """Begin to read."""
        self._follower = follower
        self.wake()

    def append(self, batch: int, payload: bytes) -> None:
        """Append a batch."""
        self._waiting.append(_Waiting(batch, payload))
        self.wake()

    def bury(self, incarnation: int, batch: int, payload: bytes, after: int | None = None) -> None:
        """Append a batch that buries `incarnation`."""
        self._waiting.append(_Waiting(batch, payload, incarnation, after))
        self.wake()

    def erase(self, position: int, was: bytes, payload: bytes) -> None:
        """Erase an entry, now or once the log can be reached."""
        self._erasures[position] = was, payload
        self.wake()

    def read(self, position: int, found: Callable[[Entry | None], None]) -> None:
        """Read an entry in a later turn."""
        if not self.trouble:
            self._reads.append((position, found))
            self.wake()

    def trim(self, before: float) -> None:
        """Delete old entries."""
        if not self.trouble:
            self._shared.trim(before)

    def close(self, closed: Callable[[], None]) -> None:
        """Close once nothing waits, or the log cannot be reached."""
        self._closed = closed
        if self._ended or self._follower is None:
            self._end()
        self.wake()

    def cut(self, why: str = CUT) -> None:
        """Cut this server off: what waits is refused, but for what has no answer."""
        self.trouble = why
        self.wake()

    def connect(self) -> None:
        """Connect it again: what had no answer is heard or refused."""
        self.trouble, self._answers, self._loses = "", True, False
        self.wake()

    def leave_unanswered(self, *, lost: bool = False) -> None:
        """Answer nothing more; what is appended is in the log, unless it is `lost`."""
        self._answers, self._loses = False, lost

    def wake(self) -> None:
        """Do what there is to do, in a later turn."""
        if not self._due and self._follower:
            self._due = True
            self._call_soon(self._turn)

    def _turn(self) -> None:
        self._due = False
        if self._ended or self._follower is None:
            self._refuse({one.batch: BURIED for one in self._waiting})
            return
        reads, self._reads = self._reads, []
        if self.trouble:
            self._refuse({one.batch: self.trouble for one in self._waiting})
        else:
            self._send()
            for position, found in reads:
                found(next(iter(self._shared.behind(position - 1)), None))
            if self._answers:
                self._read(self._follower)
        if self._closed and (self.trouble or not (self._waiting or self._sent)):
            self._end()

    def _send(self) -> None:
        for position, (was, payload) in self._erasures.items():
            self._shared.erase(position, was, payload)
        self._erasures.clear()
        sent, self._waiting = self._waiting, []
        for one in sent:
            self._sent[one.batch] = LOST if self._loses else self._append(one)
        if sent:
            self._shared.wake()

    def _append(self, one: _Waiting) -> str:
        """Append a batch; return why it is not in the log, or ""."""
        shared = self._shared
        if self.incarnation not in shared.living:
            return BURIED
        if one.buries:
            if one.buries not in shared.living or shared.has_appended(one.buries, one.after):
                return VOID
            shared.living.pop(one.buries).wake()
        shared.add(self.incarnation, one.batch, one.payload)
        return ""

    def _read(self, follower: Follower) -> None:
        """Hear what is new, and refuse what is not in it."""
        entries = self._shared.behind(self.position)
        refused, self._sent = self._sent, {}
        for entry in entries:
            if entry.incarnation == self.incarnation:
                refused.pop(entry.batch, None)
        self.position += len(entries)
        buried = self.incarnation not in self._shared.living
        if entries:
            follower.heard(entries)
        if buried:
            self._refuse(refused | {one.batch: BURIED for one in self._waiting})
            self._ended = True
            follower.buried()
        else:
            self._refuse(refused)

    def _refuse(self, refused: dict[int, str]) -> None:
        self._waiting = [one for one in self._waiting if one.batch not in refused]
        for batch, why in refused.items():
            if self._follower:
                self._follower.refused(batch, why)

    def _end(self) -> None:
        self._ended = True
        closed, self._closed = self._closed, None
        if closed:
            self._call_soon(closed)
