"""Runs the reactor until a frontend is done, and lets signals end it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from netchat.commandline.stderr import print_error


class Interruptible(Protocol):
    """A frontend that can be told to leave."""

    def interrupt(self) -> None:
        """Leave within a short time, with a goodbye."""


def run_reactor(reactor: Any, frontend: Interruptible, start: Callable[[], Deferred[int]]) -> int:
    """Run `reactor` until the Deferred that `start` returns has fired; return the exit code."""
    codes: list[int] = []

    def stop(result: int | Failure) -> None:
        reactor.stop()
        codes.append(1 if isinstance(result, Failure) else result)
        if isinstance(result, Failure):
            print_error(result.getTraceback())

    def begin() -> None:
        _on_signals(reactor, frontend)
        start().addBoth(stop)

    # Twisted's timers use the wall clock, and stop when it is set back.
    reactor.seconds = time.monotonic
    # callWhenRunning is too early: asyncio's loop does not run yet.
    reactor.callLater(0, begin)
    reactor.run(installSignalHandlers=False)
    return codes[0]


def _on_signals(reactor: Any, frontend: Interruptible) -> None:
    def leave(number: int, _: object) -> None:
        # A second signal ends the program at once.
        signal.signal(number, signal.SIG_DFL)
        reactor.callFromThread(frontend.interrupt)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
