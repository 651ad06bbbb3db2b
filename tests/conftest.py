"""Fixtures of all tests: a test fails if it logs an error or leaves something running."""

from __future__ import annotations

import gc
import os
import sqlite3
import time
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from twisted.internet import reactor
from twisted.logger import ILogObserver, LogLevel, globalLogPublisher
from zope.interface import implementer

from netchat.journal.sqlite import schema
from netchat.testing import Network
from tests.support.client_processes import ScriptedServer, TerminalUser
from tests.support.processes import ANY_PORT, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from twisted.logger import LogEvent

# The time of one example depends on the load of the machine, so it has no deadline.
settings.register_profile("netchat", deadline=None)
settings.load_profile("netchat")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the long tests first, so that the workers end at about the same time."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(autouse=True)
def config_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a home for settings that has none: those of who runs it are not read."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture(autouse=True)
def bugs() -> Iterator[list[LogEvent]]:
    """Fail the test if it logs an error, loses an error of a Deferred or leaves a timer running.

    pytest-twisted ignores all of these. A test that causes an error on purpose removes it from the
    list.
    """
    logged: list[LogEvent] = []

    @implementer(ILogObserver)
    def observe(event: LogEvent) -> None:
        if event.get("log_level") in (LogLevel.error, LogLevel.critical) or event.get("isError"):
            logged.append(event)

    globalLogPublisher.addObserver(observe)
    # What is there before a test (reports, modules, items) is many times what the test makes, so
    # the collection after it leaves that out; what the test before it held is garbage only now.
    gc.collect()
    gc.freeze()
    yield logged
    gc.collect()
    globalLogPublisher.removeObserver(observe)
    assert not logged
    assert not reactor.getDelayedCalls()


@pytest.fixture(autouse=True)
def open_journals(bugs: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the journals of the servers in memory that a test leaves as they are.

    A connection that the garbage collector finds open is a warning, from Python 3.13 on, in
    whatever test runs by then.
    """
    opened: list[sqlite3.Connection] = []
    connect = schema._connect

    def record(where: str, *, uri: bool = False) -> sqlite3.Connection:
        opened.append(connect(where, uri=uri))
        return opened[-1]

    monkeypatch.setattr(schema, "_connect", record)
    yield
    for connection in opened:
        connection.close()


@pytest.fixture(scope="session")
def states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Paths of state directories that do not exist yet."""
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
def page_server(tmp_path: Path) -> Iterator[Server]:
    """A real server with a port for the page and its WebSocket, where nobody is asked for a name.

    On the port of guests, a client on a loaded machine may be asked before its request is there.
    """
    with Server("--web", f"{ANY_PORT}:backlog=50", cwd=tmp_path) as server:
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
    """A server with default options, and connections to it in memory."""
    return Network()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail in CI if a test was skipped, because CI has to run all of them.

    Only the main process has a terminal reporter; it receives the reports of all workers.
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


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Local times are UTC, wherever the test runs."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
