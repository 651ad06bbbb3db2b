"""Runs the auth command: a program of the site, which judges whether a password belongs to a name.

It reads one JSON object, {"name", "password", "address"}, from its standard input, and writes one,
{"ok", "account", "roles"}, to its standard output. It is run for each login, without a shell and
without arguments; nothing is kept of its answers. What it writes to its standard error goes where
that of the server goes. Where it fails or takes too long, and when the server stops, it is killed
with all processes that it has started.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger

from netchat.accounts.command import Question, Verdict
from netchat.server.process_group import ProcessGroup

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twisted.internet.interfaces import IDelayedCall
    from twisted.python.failure import Failure

    Done = Callable[[Verdict | None], None]
    Spawn = Callable[[Any, str, ProcessProtocol], object]

MAX_AT_ONCE = 4
TIMEOUT = 10.0
"""Seconds after which the command is killed."""
MAX_ANSWER = 64 * 1024
"""The most bytes of an answer."""


class ProcessAuthCommand:
    """Runs `program` on `reactor`, at most MAX_AT_ONCE times at once; further questions wait.

    `spawn` starts it, as a ProcessGroup.
    """

    log = Logger()

    def __init__(self, reactor: Any, program: Path, spawn: Spawn = ProcessGroup) -> None:
        self._reactor = reactor
        self._program = str(program)
        self._spawn = spawn
        self._running: set[_Run] = set()
        self._stopped = False
        self._waiting: deque[tuple[Question, Done]] = deque()

    def ask(self, question: Question, done: Done) -> None:
        """Call `done` with the verdict; None if the command has failed, which is logged.

        Nothing is answered after `stop`.
        """
        if self._stopped:
            return
        self._waiting.append((question, done))
        self._run_next()

    def start(self) -> None:
        """Do nothing: the command is run when it is asked."""

    def stop(self) -> None:
        """Kill the processes that are running, and start no further ones."""
        self._stopped = True
        self._waiting.clear()
        for run in [*self._running]:
            run.stop()
        self._running.clear()

    def log_problem(self, problem: str) -> None:
        """Log that a verdict cannot be followed."""
        self.log.warn("The auth command {problem}", problem=problem)

    def _run_next(self) -> None:
        while self._waiting and len(self._running) < MAX_AT_ONCE:
            question, done = self._waiting.popleft()
            run = _Run(self._reactor, question, partial(self._ended, done))
            self._running.add(run)
            try:
                self._spawn(self._reactor, self._program, run)
            except OSError as error:
                run.finish(None, f"cannot be run: {error.strerror}")

    def _ended(self, done: Done, run: _Run, verdict: Verdict | None, why: str) -> None:
        self._running.discard(run)
        if verdict is None:
            self.log_problem(f"{why}; the login is refused")
        try:
            done(verdict)
        finally:
            self._run_next()


class _Run(ProcessProtocol):
    """One process; `done` is called once, with the verdict or with why there is none."""

    def __init__(
        self,
        reactor: Any,
        question: Question,
        done: Callable[[_Run, Verdict | None, str], None],
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
            self._kill(f"has failed, with exit code {code}" if code else "was killed")

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
        self._done(self, verdict, why)

    def stop(self) -> None:
        """Kill the process; nothing is called any more."""
        self._done = _nothing
        self._kill("")

    def _expire(self) -> None:
        self._kill(f"has not answered within {TIMEOUT:.0f} s")

    def _kill(self, why: str) -> None:
        transport: Any = self.transport
        transport.kill()
        transport.loseConnection()
        self.finish(None, why)


def _nothing(*_: object) -> None:
    """Nobody waits for the answer."""
