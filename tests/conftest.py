"""What every test stands on: nothing may be lost in silence, and nothing may be left behind."""

from __future__ import annotations

import gc
import os
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from twisted.internet import reactor
from twisted.logger import ILogObserver, LogLevel, globalLogPublisher
from zope.interface import implementer

from netchat.testing import Network
from tests.support.client_processes import ScriptedServer, TerminalUser
from tests.support.processes import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from twisted.logger import LogEvent

# How long an example takes says something about the machine, and nothing about netchat.
settings.register_profile("netchat", deadline=None)
settings.load_profile("netchat")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker is left with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """Leave what was imported out of the collections that the guard asks for after each test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def bugs() -> Iterator[list[LogEvent]]:
    """Fail the test if an error was logged, a Deferred's error was lost, or the reactor is busy.

    pytest-twisted passes all of these in silence. A test that means to cause an error takes it out
    of the list.
    """
    logged: list[LogEvent] = []

    @implementer(ILogObserver)
    def observe(event: LogEvent) -> None:
        if event.get("log_level") in (LogLevel.error, LogLevel.critical) or event.get("isError"):
            logged.append(event)

    globalLogPublisher.addObserver(observe)
    yield logged
    gc.collect()
    globalLogPublisher.removeObserver(observe)
    assert not logged
    assert not reactor.getDelayedCalls()


@pytest.fixture(scope="session")
def states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Paths at which there is nothing yet."""
    directory = tmp_path_factory.mktemp("states")
    return (directory / str(number) for number in count())


@pytest.fixture(autouse=True)
def state_of_its_own(states: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a state directory of its own instead of the user's."""
    monkeypatch.setenv("XDG_STATE_HOME", str(next(states)))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A real server in a process of its own."""
    with Server(cwd=tmp_path) as server:
        yield server


@pytest.fixture
def scripted_server() -> Iterator[ScriptedServer]:
    """A server that sends what the test tells it to."""
    server = ScriptedServer()
    yield server
    server.close()


@pytest.fixture
def terminal_user(tmp_path: Path) -> Iterator[Callable[..., TerminalUser]]:
    """Start users at terminals who share a home: `terminal_user(*arguments, **environment)`."""
    users: list[TerminalUser] = []

    def make(*arguments: str, **more: str) -> TerminalUser:
        users.append(TerminalUser(tmp_path, *arguments, **more))
        return users[-1]

    yield make
    for user in users:
        user.kill()


@pytest.fixture
def network() -> Network:
    """A server with its defaults, and a network around it."""
    return Network()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail in CI, where everything must run, if a test was skipped.

    Workers have no terminal reporter: that of the process that started them has all the reports.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write one line that names which tests were left out, and why."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
    if reasons:
        counted = ", ".join(f"{number} ({reason})" for reason, number in reasons.items())
        failed = "; in CI this is a failure" if os.environ.get("CI") else ""
        terminalreporter.write_line(f"left out: {counted}{failed}")
