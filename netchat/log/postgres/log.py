"""A log on PostgreSQL, as a server sees it: all here runs in the thread of the reactor."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from netchat.log.interface import Entry, Follower, LogError, Opened
from netchat.log.postgres import errors
from netchat.log.postgres.errors import Failure
from netchat.log.postgres.link import Link
from netchat.log.postgres.opening import open_log
from netchat.log.postgres.outbox import Outbox
from netchat.log.postgres.session import Answer, Batch, Begun, Erasure, Place, Round
from netchat.log.postgres.statements import PAGE
from netchat.log.postgres.target import Target
from netchat.threads.worker import Worker

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime


VOID = "The server was heard again, or is buried already."
BURIED = "This server was buried by another one."


class PostgresLog:
    """The log at `target`. `worker` blocks for it, `deliver` passes calls to the reactor."""

    def __init__(
        self,
        target: Target,
        *,
        clock: IReactorTime,
        worker: Worker,
        deliver: Callable[[Callable[[], None]], object],
    ) -> None:
        self._target = target
        self._deliver = deliver
        self._link = Link(target, self, clock=clock, worker=worker, deliver=deliver)
        self._follower: Follower | None = None
        self._outbox = Outbox()
        self._erasures: dict[int, Erasure] = {}
        self._reads: deque[tuple[int, Callable[[Entry | None], None]]] = deque()
        self._trim: float | None = None
        self._has_trimmed = False
        self._incarnation = 0
        self._settled = 0
        """The position up to which whatever is doubtful is in the log, or never will be."""
        self._unread = True
        self._append_failed = False
        self._refusal = ""
        """Why the log takes nothing, if it has said so, until it does."""
        self._ended = False
        self._why = ""
        self._closed: Callable[[], None] | None = None
        self.place = Place("", 0, None, 0)
        self.living: Collection[int] = ()

    @property
    def trouble(self) -> str:
        """Why the log cannot be reached at present, or takes nothing."""
        return self._link.trouble or self._refusal

    @property
    def unanswered(self) -> Sequence[int]:
        """The own batches of which it is not known whether they are in the log."""
        return self._outbox.doubtful

    def open(self, site: str, after: int, key: tuple[int, int] | None = None) -> Opened:
        """Begin an incarnation; this connects, and closes the connection again."""
        opened = open_log(self._target, site, after, key)
        self._incarnation = opened.incarnation
        self.place = Place(opened.site, after, key, 0)
        return opened

    def follow(self, follower: Follower) -> None:
        """Begin to read."""
        self._follower = follower
        self._link.start(self._incarnation)

    def append(self, batch: int, payload: bytes) -> None:
        """Append a batch."""
        self._outbox.add(Batch(batch, payload))
        self.free()

    def bury(self, incarnation: int, batch: int, payload: bytes, after: int | None = None) -> None:
        """Append a batch that buries `incarnation`."""
        self._outbox.add(Batch(batch, payload, incarnation, after))
        self.free()

    def erase(self, position: int, was: bytes, payload: bytes) -> None:
        """Erase an entry, now or once the log can be reached."""
        self._erasures[position] = Erasure(position, was, payload)
        self.free()

    def read(self, position: int, found: Callable[[Entry | None], None]) -> None:
        """Read an entry, one in each round."""
        if not self._link.trouble and not self._ended and self._closed is None:
            self._reads.append((position, found))
            self.free()

    def trim(self, before: float) -> None:
        """Delete old entries, a part at a time."""
        if not self._link.trouble and not self._ended:
            self._trim = before
            self.free()

    def close(self, closed: Callable[[], None]) -> None:
        """Close once nothing waits, or the log cannot be reached."""
        self._closed, self._trim = closed, None
        self._reads.clear()
        if self._follower is None:
            self._deliver(closed)
        elif self._ended:
            self._link.stop(closed)
        else:
            self.free()

    def begun(self, begun: Begun) -> None:
        """Read up to what had been appended when the connection was made."""
        self._settled, self._unread = begun.position, True
        self.place = replace(self.place, timeline=begun.timeline)

    def failed(self, failure: Failure) -> None:
        """Refuse what waits; what was sent is settled by the next connection."""
        self._append_failed = self._append_failed or bool(self._outbox.sent)
        if failure.refused:
            self._refusal = failure.sentence
        self._outbox.left(failure.sentence)
        self._trim = None
        self._reads.clear()
        self._refuse_waiting(failure.sentence)
        if failure.lost:
            self._end(failure.sentence)
            self._tell.failed(LogError(failure.sentence))

    def woken(self) -> None:
        """Read what others have appended."""
        self._unread = True
        self.free()

    def free(self) -> None:
        """Start the next job; this calls nobody back."""
        if self._ended:
            self._deliver(partial(self._refuse_waiting, self._why))
        elif self._link.trouble:
            self._deliver(partial(self._refuse_waiting, self._link.trouble))
            if self._closed is not None:
                # The worker may be waiting for a host that does not answer: nobody waits for that.
                self._deliver(self._closed)
                self._closed = _nobody
                self._end(self._link.trouble)
        elif self._link.ready:
            self._run()

    def _run(self) -> None:
        # A part is deleted after each round: neither waits for the end of the other.
        if self._trim is not None and not self._has_trimmed:
            before, self._has_trimmed = self._trim, True
            self._link.run(lambda session: session.trim(before), self._trimmed)
            return
        self._has_trimmed = False
        batches = self._outbox.send()
        erasures = list(self._erasures.values())
        if batches or erasures or self._reads or self._unread or self._trim is not None:
            self._unread = False
            wanted = self._reads[0][0] if self._reads else 0
            work = Round(self.place.after, batches, erasures, wanted)
            self._link.run(lambda session: session.run(work), partial(self._answered, work))
        elif self._closed is not None:
            self._end("")
        else:
            self._link.wait()

    def _trimmed(self, more: bool) -> None:
        if not more:
            self._trim = None

    def _answered(self, work: Round, answer: Answer) -> None:
        self.living = answer.living
        for erasure in work.erasures:
            if self._erasures.get(erasure.position) is erasure:
                del self._erasures[erasure.position]
        if work.wanted and self._reads:
            _, found = self._reads.popleft()
            found(answer.found)
        if answer.added:
            self._outbox.added()
            self._append_failed, self._refusal = False, ""
        elif work.batches:
            # It is certain that they are not in the log.
            self._outbox.left(VOID if self._incarnation in self.living else BURIED)
            self._settled = answer.position
        if not self._append_failed:
            self._link.succeeded()
        if self._goes_on(answer):
            self._hear(answer)
        else:
            self._link.fail(Failure(errors.TRIMMED.format(where=self._target.where), lost=True))

    def _goes_on(self, answer: Answer) -> bool:
        """Return whether the entries are all that are next."""
        first = self.place.after + 1
        expected = range(first, min(answer.position, self.place.after + PAGE) + 1)
        return [entry.position for entry in answer.entries] == [*expected] and (
            answer.position >= self.place.after
        )

    def _hear(self, answer: Answer) -> None:
        if answer.entries:
            last = answer.entries[-1]
            key = last.incarnation, last.batch
            self.place = replace(self.place, after=last.position, key=key)
            self._outbox.heard(answer.entries, self._incarnation)
            self._tell.heard(answer.entries)
        if self.place.after >= self._settled:
            for batch, why in self._outbox.take_doubtful().items():
                self._tell.refused(batch, why)
        if self.place.after < answer.position:
            self._unread = True
        elif self._incarnation not in self.living:
            self._end(BURIED)
            self._refuse_waiting(BURIED)
            self._tell.buried()
        elif not answer.current:
            self._link.fail(Failure(errors.REPLACED.format(where=self._target.where)))

    def _refuse_waiting(self, why: str) -> None:
        if self._ended or self._link.trouble:
            for batch in self._outbox.take_waiting():
                self._tell.refused(batch, why)

    def _end(self, why: str) -> None:
        """Do nothing more; whoever closes this waits for the worker alone."""
        self._ended, self._why = True, why
        self._link.halt()
        if self._closed is not None:
            self._link.stop(self._closed)

    @property
    def _tell(self) -> Follower:
        assert self._follower is not None
        return self._follower


def _nobody() -> None:
    """Tell nobody that this is closed: they know."""
