"""The auth command, as a real program."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher
from zope.interface import implementer

from netchat.accounts.command import Question, Verdict
from netchat.server.auth_command import MAX_AT_ONCE, TIMEOUT, ProcessAuthCommand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
    command.ask(question, answered.callback)
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
    """A reactor on which processes are only noted."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.started: list[Process] = []

    def spawnProcess(  # noqa: N802
        self, protocol: Any, executable: str, args: list[str], **more: Any
    ) -> None:
        assert args == [executable]
        self.started.append(Process(protocol))


class Process:
    """A process that does nothing."""

    def __init__(self, protocol: Any) -> None:
        self.written, self.signals, self.protocol = b"", list[str](), protocol
        protocol.makeConnection(self)

    def write(self, data: bytes) -> None:
        self.written += data

    def closeStdin(self) -> None:  # noqa: N802
        self.written += b"(end)"

    def signalProcess(self, signal: str) -> None:  # noqa: N802
        self.signals.append(signal)

    def loseConnection(self) -> None:
        """Do nothing."""


def test_at_most_four_run_at_once_and_each_is_killed_after_ten_seconds(
    tmp_path: Path, warnings: list[str]
) -> None:
    reactor = Processes()
    command = ProcessAuthCommand(reactor, tmp_path / "program")
    verdicts: list[Verdict | None] = []
    for _ in range(6):
        command.ask(QUESTION, verdicts.append)
    assert len(reactor.started) == MAX_AT_ONCE
    assert msgspec.json.decode(
        reactor.started[0].written.removesuffix(b"(end)"), type=Question
    ) == (QUESTION)
    reactor.advance(TIMEOUT)
    assert [process.signals for process in reactor.started] == [["KILL"]] * 4 + [[]] * 2
    assert verdicts == [None] * 4
    assert "has not answered within 10 s" in warnings[0]
    reactor.advance(TIMEOUT)
    assert verdicts == [None] * 6


def test_a_program_that_writes_without_end_is_killed(tmp_path: Path, warnings: list[str]) -> None:
    reactor, verdicts = Processes(), list[Verdict | None]()
    ProcessAuthCommand(reactor, tmp_path / "program").ask(QUESTION, verdicts.append)
    (process,) = reactor.started
    process.protocol.outReceived(b"x" * 100_000)
    assert (process.signals, verdicts) == (["KILL"], [None])
    assert "writes too much" in warnings[0]


def test_the_password_is_not_shown_by_the_question() -> None:
    assert "s3cret" not in repr(QUESTION)
