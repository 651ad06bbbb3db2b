"""The auth command, as a real program."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReadDescriptor
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher
from zope.interface import implementer

from netchat.accounts.command import Question, Verdict
from netchat.server.auth_command import MAX_AT_ONCE, TIMEOUT, ProcessAuthCommand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twisted.python.failure import Failure

QUESTION = Question("bob", "s3cret\n", "192.0.2.1")


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    lines: list[str] = []

    @implementer(ILogObserver)
    class Observer:
        def __call__(self, event: LogEvent) -> None:
            if "auth command" in (line := formatEvent(event)):
                lines.append(line)

    observer = Observer()
    globalLogPublisher.addObserver(observer)
    yield lines
    globalLogPublisher.removeObserver(observer)
    assert "s3cret" not in str(lines)


def program(folder: Path, code: str) -> Path:
    """Return a program that runs `code`, in Python."""
    path = folder / "program"
    path.write_text(f"#!{sys.executable} -IS\nimport json, os, sys\n{code}\n", encoding="utf-8")
    path.chmod(0o700)
    return path


def ask(command: ProcessAuthCommand, question: Question = QUESTION) -> Deferred[Verdict | None]:
    answered: Deferred[Verdict | None] = Deferred()

    def answer(verdict: Verdict | None) -> None:
        # The pipes of a process that was killed are closed in the turn behind the answer.
        reactor.callLater(0, answered.callback, verdict)

    command.ask(question, answer)
    return answered


@pytest_twisted.ensureDeferred  # type: ignore[untyped-decorator]
async def test_it_reads_one_object_and_writes_one(tmp_path: Path) -> None:
    code = """
asked = json.loads(sys.stdin.readline())
assert sys.stdin.read() == "" and sys.argv[1:] == []
json.dump({"ok": asked["password"] == "s3cret\\n", "account": asked["name"].title(),
           "roles": {"": "operator", "lobby": None}}, sys.stdout)
"""
    command = ProcessAuthCommand(reactor, program(tmp_path, code))
    verdict = await ask(command)
    assert verdict == Verdict(ok=True, account="Bob", roles={"": "operator", "lobby": None})
    wrong = await ask(command, Question("bob", "wrong", "192.0.2.1"))
    assert wrong is not None
    assert not wrong.ok


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("sys.exit(3)", "has failed, with exit code 3"),
        ("os.abort()", "was killed"),
        ("print('yes')", "has not answered with a JSON object that has `ok`"),
        ("print('{\"ok\": 1}')", "has not answered with a JSON object that has `ok`"),
        ('print(\'{"ok": true, "roles": {"": "king"}}\')', "has not answered with a JSON"),
    ],
)
@pytest_twisted.ensureDeferred  # type: ignore[untyped-decorator]
async def test_what_is_no_answer_is_refused_and_logged(
    tmp_path: Path, warnings: list[str], code: str, why: str
) -> None:
    assert await ask(ProcessAuthCommand(reactor, program(tmp_path, code))) is None
    (line,) = warnings
    assert why in line


@pytest_twisted.ensureDeferred  # type: ignore[untyped-decorator]
async def test_a_program_that_has_gone_is_refused_and_logged(
    tmp_path: Path, warnings: list[str]
) -> None:
    assert await ask(ProcessAuthCommand(reactor, tmp_path / "gone")) is None
    assert len(warnings) == 1


@pytest_twisted.ensureDeferred  # type: ignore[untyped-decorator]
async def test_what_is_asked_while_four_are_running_is_answered_as_well(tmp_path: Path) -> None:
    command = ProcessAuthCommand(reactor, program(tmp_path, "print('{\"ok\": true}')"))
    verdicts = await gatherResults([ask(command) for _ in range(2 * MAX_AT_ONCE)])
    assert verdicts == [Verdict(ok=True)] * 2 * MAX_AT_ONCE


class Processes(MemoryReactorClock):
    """A reactor and what starts processes on it, which are only noted."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.started: list[Process] = []

    def spawn(self, reactor: Any, program: str, protocol: Any) -> None:
        assert reactor is self
        self.started.append(Process(protocol))


class Process:
    """A process that does nothing."""

    def __init__(self, protocol: Any) -> None:
        self.written, self.kills, self.protocol = b"", 0, protocol
        protocol.makeConnection(self)

    def write(self, data: bytes) -> None:
        self.written += data

    def closeStdin(self) -> None:  # noqa: N802
        self.written += b"(end)"

    def kill(self) -> None:
        self.kills += 1

    def loseConnection(self) -> None:
        """Do nothing."""


def test_at_most_four_run_at_once_and_each_is_killed_after_ten_seconds(
    tmp_path: Path, warnings: list[str]
) -> None:
    reactor = Processes()
    command = ProcessAuthCommand(reactor, tmp_path / "program", reactor.spawn)
    verdicts: list[Verdict | None] = []
    for _ in range(6):
        command.ask(QUESTION, verdicts.append)
    assert len(reactor.started) == MAX_AT_ONCE
    assert msgspec.json.decode(
        reactor.started[0].written.removesuffix(b"(end)"), type=Question
    ) == (QUESTION)
    reactor.advance(TIMEOUT)
    assert [process.kills for process in reactor.started] == [1] * 4 + [0] * 2
    assert verdicts == [None] * 4
    assert "has not answered within 10 s" in warnings[0]
    reactor.advance(TIMEOUT)
    assert verdicts == [None] * 6


class TimedByHand(Clock):
    """The reactor, with timers that the test moves."""

    def __getattr__(self, name: str) -> Any:
        return getattr(reactor, name)


FORKS = """
import signal, time
if not os.fork():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.write(lifeline, b"started")
    time.sleep(600)
"""
"""Starts a child, which has the pipe open as long as it runs."""


@implementer(IReadDescriptor)
class PipeReader:
    """Reads once from `descriptor`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.read: Deferred[bytes] = Deferred()

    def fileno(self) -> int:
        return self._descriptor

    def logPrefix(self) -> str:  # noqa: N802
        return "pipe"

    def doRead(self) -> None:  # noqa: N802
        reactor.removeReader(self)
        self.read.callback(os.read(self._descriptor, 100))

    def connectionLost(self, reason: Failure) -> None:
        self.doRead()


class Family:
    """A program that starts a child, and a pipe that both have open as long as they run."""

    def __init__(self, folder: Path, code: str) -> None:
        pipe = folder / "pipe"
        os.mkfifo(pipe)
        self._read = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        opened = f"lifeline = os.open({str(pipe)!r}, os.O_WRONLY)"
        self.program = program(folder, f"{opened}\n{FORKS}\n{code}")

    async def reads(self) -> bytes:
        """Return what the family writes next; b"": all of it has ended."""
        reader = PipeReader(self._read)
        reactor.addReader(reader)
        return await reader.read.addTimeout(20, reactor)

    def close(self) -> None:
        os.close(self._read)


@pytest.mark.parametrize(
    ("code", "seconds"),
    [("time.sleep(600)", TIMEOUT), ("sys.exit(0)", TIMEOUT), ("sys.exit(1)", 0)],
    ids=["too slow", "ended, and its child holds the output", "failed"],
)
@pytest_twisted.ensureDeferred  # type: ignore[untyped-decorator]
async def test_what_a_killed_program_has_started_is_killed_with_it(
    tmp_path: Path, warnings: list[str], code: str, seconds: float
) -> None:
    family, clock = Family(tmp_path, code), TimedByHand()
    command = ProcessAuthCommand(clock, family.program)
    answered = ask(command)
    assert await family.reads() == b"started"
    clock.advance(seconds)
    assert await answered is None
    assert await family.reads() == b""
    assert len(warnings) == 1
    family.close()


@pytest_twisted.ensureDeferred  # type: ignore[untyped-decorator]
async def test_when_the_server_stops_the_program_and_what_it_has_started_are_killed(
    tmp_path: Path,
) -> None:
    family = Family(tmp_path, "time.sleep(600)")
    command, answers = ProcessAuthCommand(reactor, family.program), list[object]()
    command.ask(QUESTION, answers.append)
    assert await family.reads() == b"started"
    command.stop()
    command.ask(QUESTION, answers.append)
    assert await family.reads() == b""
    assert answers == []
    family.close()


def test_a_program_that_writes_without_end_is_killed(tmp_path: Path, warnings: list[str]) -> None:
    reactor, verdicts = Processes(), list[Verdict | None]()
    command = ProcessAuthCommand(reactor, tmp_path / "program", reactor.spawn)
    command.ask(QUESTION, verdicts.append)
    (process,) = reactor.started
    process.protocol.outReceived(b"x" * 100_000)
    assert (process.kills, verdicts) == (1, [None])
    assert "writes too much" in warnings[0]


def test_the_password_is_not_shown_by_the_question() -> None:
    assert "s3cret" not in repr(QUESTION)
