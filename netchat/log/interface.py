"""The interface that every log implements: it puts the batches of several servers into one order.

A log knows nothing of a chat: an entry is bytes, with the place that it has in the order. What the
entries mean, and what is in them twice, is judged by those who read them (`netchat.cluster`), so
all of them judge alike.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from msgspec import Struct


class LogError(Exception):
    """The log cannot be used; the message is one sentence that says why and what to do."""


class Entry(Struct, frozen=True, gc=False):
    """A batch in the log: the one with this `position` (1, 2, 3: none is left out).

    `incarnation` is who has written it: a number that no other start of any server has, greater
    than those of the starts before. `batch` is its number among those of the incarnation, which
    grows; a number that was refused is left out. Both together are the key of the entry.
    """

    position: int
    incarnation: int
    batch: int
    payload: bytes


class Opened(Struct, frozen=True):
    """What a server knows of the log when it has opened it.

    `incarnation` is the number of this start. `site` is the identifier of the log, which is that of
    the journals that are copies of it. `last` is the position of the newest entry, `first` that of
    the oldest one that is still kept (`last` + 1: none is). `warnings` are sentences for the
    operator.
    """

    incarnation: int
    site: str
    first: int
    last: int
    warnings: tuple[str, ...] = ()


class Follower(Protocol):
    """Who reads a log; all is called in the thread of the reactor.

    Nothing is called while the follower calls the log: an answer comes in a later turn.
    """

    def heard(self, entries: Sequence[Entry]) -> None:
        """Take the next `entries`, own ones and those of others, without a gap."""

    def refused(self, batch: int, why: str) -> None:
        """Take back an own `batch`: it is not in the log, and never will be.

        `why` is a sentence for the operator.
        """

    def buried(self) -> None:
        """Stop: this incarnation can append nothing any more.

        All that is in the log up to its burial was heard before, and what waited is refused.
        """

    def failed(self, error: LogError) -> None:
        """Stop: the log is not the one that was followed, or has lost entries that were read."""


class Log(Protocol):
    """What a server needs of a log. Only `open` may block."""

    @property
    def trouble(self) -> str:
        """Why the log cannot be reached at present, or takes nothing, as a sentence; else "".

        What is appended meanwhile is refused, unless the log takes it after all.
        """

    @property
    def unanswered(self) -> Sequence[int]:
        """The own batches of which it is not known whether they are in the log, oldest first.

        Their COMMIT got no answer. Each of them is heard or refused as soon as that is known.
        """

    @property
    def living(self) -> Collection[int]:
        """The incarnations that may append, as of what was read last."""

    def open(self, site: str, after: int, key: tuple[int, int] | None = None) -> Opened:
        """Connect, and begin an incarnation of this server; LogError if it cannot be used.

        `site` is the identifier of this server's journal, which has taken all entries up to the
        position `after`. `key` is that of the entry at `after`: a log that has another one there is
        not the one that was read, but perhaps a restored backup that has grown since. None: it is
        not known. A log that is empty becomes that of `site`. "": this server has nothing yet, and
        takes the identifier of the log, or gives the empty log a new one.

        At the position 0 the `key` is how many changes and lines the journal has had before the
        log. That of the journal with which a log begins is kept: who has something else, or
        nothing, would be another chat for ever.
        """

    def follow(self, follower: Follower) -> None:
        """Begin to read behind the position of `open`; in the thread of the reactor."""

    def append(self, batch: int, payload: bytes) -> None:
        """Append `payload` as this number, which is one more than the last one.

        It is heard, or refused. What waits meanwhile is appended together, in order. While the log
        cannot be reached it is refused in the next turn, as it is behind `buried` and `failed`.
        """

    def bury(self, incarnation: int, batch: int, payload: bytes, after: int | None = None) -> None:
        """Append `payload` as `append` does, and let `incarnation` append nothing behind it.

        It is refused, and buries nobody, if `incarnation` has appended something behind the
        position `after`, or is buried already. None: whatever it has appended; a server that leaves
        buries itself.
        """

    def erase(self, position: int, was: bytes, payload: bytes) -> None:
        """Put `payload` in the place of `was`, the payload of the entry at `position`.

        If the entry has another one by now, it stays as it is: nothing comes back that another
        server has erased meanwhile. If the log cannot be reached, this is done when it can be
        again.
        """

    def read(self, position: int, found: Callable[[Entry | None], None]) -> None:
        """Call `found` with the oldest entry at or behind `position`; None: there is none.

        It is as it is after all that this server has erased before. `found` is not called if the
        log cannot be reached, or closes, before the answer.
        """

    def trim(self, before: float) -> None:
        """Delete the entries written before this time, in seconds since the epoch.

        Kept are the newest entry, and what an incarnation that is not buried has not heard yet.
        Nothing is done if the log cannot be reached.
        """

    def close(self, closed: Callable[[], None]) -> None:
        """Close, once everything appended is heard or refused, or the log cannot be reached."""
