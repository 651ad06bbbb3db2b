"""Servers, a home, and people at terminals, for the client's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from client_processes import Person, RealServer, ToldServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealServer]:
    """A real server in a process of its own."""
    server = RealServer(tmp_path)
    yield server
    server.stop()


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
