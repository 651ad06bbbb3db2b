"""Runs the auth command: a program of the site, which judges whether a password belongs to a name.

It reads one JSON object, {"name", "password", "address"}, from its standard input, and writes one,
{"ok", "account", "roles"}, to its standard output. It is run for each login, without a shell and
without arguments; nothing is kept of its answers. What it writes to its standard error goes where
that of the server goes.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger

from netchat.accounts.command import Question, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twisted.internet.interfaces import IDelayedCall
    from twisted.python.failure import Failure

    Done = Callable[[Verdict | None], None]

MAX_AT_ONCE = 4
TIMEOUT = 10.0
"""Seconds after which the command is killed."""
MAX_ANSWER = 64 * 1024
"""The most bytes of an answer."""


class ProcessAuthCommand:
    """Runs `program` on `reactor`, at most MAX_AT_ONCE times at once; further questions wait."""

    log = Logger()

    def __init__(self, reactor: Any, program: Path) -> None:
        self._reactor = reactor
        self._program = str(program)
        self._running = 0
        self._waiting: deque[tuple[Question, Done]] = deque()

    def ask(self, question: Question, done: Done) -> None:
        """Call `done` with the verdict; None if the command has failed, which is logged."""
        self._waiting.append((question, done))
        self._run_next()

    def log_problem(self, problem: str) -> None:
        """Log that a verdict cannot be followed."""
        self.log.warn("The auth command {problem}", problem=problem)

    def _run_next(self) -> None:
        while self._waiting and self._running < MAX_AT_ONCE:
            question, done = self._waiting.popleft()
            self._running += 1
            run = _Run(self._reactor, question, partial(self._ended, done))
            try:
                self._reactor.spawnProcess(
                    run, self._program, [self._program], env=None, childFDs={0: "w", 1: "r", 2: 2}
                )
            except OSError as error:
                run.finish(None, f"cannot be run: {error.strerror}")

    def _ended(self, done: Done, verdict: Verdict | None, why: str) -> None:
        self._running -= 1
        if verdict is None:
            self.log_problem(f"{why}; the login is refused")
        try:
            done(verdict)
        finally:
            self._run_next()


class _Run(ProcessProtocol):
    """One process; `done` is called once, with the verdict or with why there is none."""

    def __init__(
        self, reactor: Any, question: Question, done: Callable[[Verdict | None, str], None]
    ) -> None:
        self._question = question
        self._done = done
        self._answer = b""
        self._over = False
        self._timer: IDelayedCall | None = reactor.callLater(TIMEOUT, self._expire)

    def connectionMade(self) -> None:
        """Send the question."""
        transport: Any = self.transport
        transport.write(msgspec.json.encode(self._question) + b"\n")
        transport.closeStdin()

    def outReceived(self, data: bytes) -> None:  # noqa: N802  # Twisted defines the name
        """Collect the answer."""
        self._answer += data
        if len(self._answer) > MAX_ANSWER:
            self._kill("writes too much")

    def processExited(self, reason: Failure) -> None:  # noqa: N802  # Twisted defines the name
        """Take the answer if it succeeded; what it has left behind in the background may go on."""
        code = getattr(reason.value, "exitCode", None)
        if code != 0:
            self.finish(None, f"has failed, with exit code {code}" if code else "was killed")

    def processEnded(self, reason: Failure) -> None:  # noqa: N802  # Twisted defines the name
        """Read the answer, which is complete."""
        try:
            verdict = msgspec.json.decode(self._answer, type=Verdict)
        except msgspec.DecodeError:
            self.finish(None, "has not answered with a JSON object that has `ok`")
        else:
            self.finish(verdict, "")

    def finish(self, verdict: Verdict | None, why: str) -> None:
        """Call `done`, unless it has been called."""
        if self._over:
            return
        self._over = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._done(verdict, why)

    def _expire(self) -> None:
        self._kill(f"has not answered within {TIMEOUT:.0f} s")

    def _kill(self, why: str) -> None:
        transport: Any = self.transport
        with suppress(ProcessExitedAlready):
            transport.signalProcess("KILL")
        transport.loseConnection()
        self.finish(None, why)
