"""Keeps a connection to PostgreSQL: it is made again after a failure, and watched meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from netchat.log.postgres.connection import ANSWER_SECONDS
from netchat.log.postgres.errors import Failure
from netchat.log.postgres.listener import Listener
from netchat.log.postgres.session import Begun, Place, Session
from netchat.log.postgres.target import Target
from netchat.threads.worker import Worker

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IReactorTime

T = TypeVar("T")

POLL_SECONDS = 1.0
"""After which a server that has nothing to append reads, so that it knows whether it still can."""

FIRST_DELAY, LONGEST_DELAY = 0.1, 2.0
"""Seconds until a lost connection is made again, the first time and after many failures."""


class User(Protocol):
    """Who uses a link."""

    @property
    def place(self) -> Place:
        """How far it has read."""

    def begun(self, begun: Begun) -> None:
        """Called when there is a new connection."""

    def failed(self, failure: Failure) -> None:
        """Called when the job has failed, or there is no connection."""

    def free(self) -> None:
        """Called when another job can be run."""

    def woken(self) -> None:
        """Called when there may be something to read."""


class Link:
    """Runs jobs of `user`, one at a time, on a session that it makes again when one has failed.

    `trouble` is why there is none at present.
    """

    def __init__(
        self,
        target: Target,
        user: User,
        *,
        clock: IReactorTime,
        worker: Worker,
        deliver: Callable[[Callable[[], None]], object],
    ) -> None:
        self._target = target
        self._user = user
        self._clock = clock
        self._worker = worker
        self._deliver = deliver
        self._incarnation = 0
        self._session: Session | None = None
        self._listener: Listener | None = None
        self._listens_at = 0.0
        """When the next listener may be started."""
        self._timer: IDelayedCall | None = None
        self._delay = FIRST_DELAY
        self._connected = self._busy = self._stopped = False
        self.trouble = ""

    @property
    def ready(self) -> bool:
        """Whether a job can be run now."""
        return self._connected and not self._busy and not self._stopped

    def start(self, incarnation: int) -> None:
        """Begin to connect."""
        self._incarnation = incarnation
        self._worker.start()
        self._connect()

    def run(self, work: Callable[[Session], T], done: Callable[[T], object]) -> None:
        """Run `work` in the worker, then `done` with the result, or the user's `failed`."""
        assert self._session is not None
        self._job(self._session, work, done, ANSWER_SECONDS)

    def succeeded(self) -> None:
        """Let the next failure be followed by a new connection at once."""
        self._delay = FIRST_DELAY

    def wait(self) -> None:
        """Let the user be called after a while, or when another server has appended something."""
        if self._listener is None and self._clock.seconds() >= self._listens_at:
            self._listener = Listener(
                self._target,
                self._incarnation,
                deliver=self._deliver,
                woken=self._user.woken,
                ended=self._listener_ended,
            )
            self._listener.start()
        self._set_timer(POLL_SECONDS, self._user.woken)

    def fail(self, failure: Failure) -> None:
        """Give the connection up, and make another one after a while."""
        self._connected = False
        self._close()
        self.trouble = failure.sentence
        self._set_timer(self._delay, self._connect)
        self._delay = min(2 * self._delay, LONGEST_DELAY)
        self._user.failed(failure)

    def halt(self) -> None:
        """Run nothing more; a job that runs has no result."""
        if not self._stopped:
            self._stopped = True
            self._set_timer(None)
            if self._busy and self._session is not None:
                self._session.abandon()
            self._close()

    def stop(self, stopped: Callable[[], object]) -> None:
        """Run nothing more, and call `stopped` once the worker has ended."""
        self.halt()
        self._worker.stop(stopped)

    def _connect(self) -> None:
        self._session = Session(self._target, self._incarnation)
        seconds = self._target.connect_seconds + ANSWER_SECONDS
        begin = partial(Session.begin, place=self._user.place)
        self._job(self._session, begin, self._begun, seconds)

    def _begun(self, begun: Begun) -> None:
        self._connected, self.trouble = True, ""
        self._user.begun(begun)

    def _job(
        self,
        session: Session,
        work: Callable[[Session], T],
        done: Callable[[T], object],
        seconds: float,
    ) -> None:
        self._busy = True
        self._set_timer(seconds, session.abandon)
        self._worker.call(
            lambda: session.attempt(lambda: work(session)), partial(self._finish, done)
        )

    def _finish(self, done: Callable[[T], object], outcome: T | Failure) -> None:
        """Nothing is run before `done` has returned, although that calls the user."""
        if self._stopped:
            return
        self._set_timer(None)
        try:
            if isinstance(outcome, Failure):
                self.fail(outcome)
            else:
                done(outcome)
        finally:
            self._busy = False
        if not self._stopped:
            self._user.free()

    def _close(self) -> None:
        if self._listener is not None:
            self._listener.stop()
            self._listener = None
        if self._session is not None:
            self._worker.call(self._session.close, lambda _: None)
            self._session = None

    def _listener_ended(self) -> None:
        self._listener = None
        # Another one: not after every round, for there may be no place for one more connection.
        self._listens_at = self._clock.seconds() + POLL_SECONDS

    def _set_timer(self, seconds: float | None, call: Callable[[], object] | None = None) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        if seconds is not None and call is not None:
            self._timer = self._clock.callLater(seconds, call)
