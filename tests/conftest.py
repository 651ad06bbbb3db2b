"""What every test stands on: nothing may be lost in silence, and nothing may be left behind."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

import pytest
from twisted.internet import reactor
from twisted.logger import ILogObserver, LogLevel, globalLogPublisher
from zope.interface import implementer

from netchat.testing import Network
from tests.support.client_processes import Person, ToldServer
from tests.support.processes import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from twisted.logger import LogEvent


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


@pytest.fixture(autouse=True)
def state_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept in the user's state directory is kept elsewhere, for each test anew."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A real server in a process of its own."""
    with Server(cwd=tmp_path) as server:
        yield server


@pytest.fixture
def told_server() -> Iterator[ToldServer]:
    """A server that says what the test tells it to say."""
    server = ToldServer()
    yield server
    server.close()


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Callable[..., Person]]:
    """People at terminals, who all have the same home: `person(*arguments, **environment)`."""
    people: list[Person] = []

    def make(*arguments: str, **more: str) -> Person:
        people.append(Person(tmp_path, *arguments, **more))
        return people[-1]

    yield make
    for somebody in people:
        somebody.is_gone()


@pytest.fixture
def network() -> Network:
    """A server with its defaults, and a network around it."""
    return Network()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where nothing may be missing: in CI, a test that was skipped did not run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
