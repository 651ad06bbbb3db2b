"""One browser for all tests of the page, a server for each, and visitors that report no error."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.processes import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext

    from tests.support.browser import Visitor

OWN_PORT = "tcp:0:backlog=100:interface=127.0.0.1"
AXE = "axe-core@4.14.1"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from tests.support.browser import chromium

    with chromium() as running:
        yield running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    # On the port of all ways in, a loaded machine may ask the browser for a name before its request
    # is there; what happens then is tested elsewhere.
    with Server("--web", OWN_PORT, cwd=tmp_path) as running:
        yield running


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Callable[..., Visitor]]:
    """A function that returns a visitor, in a context of their own or in the one given."""
    from tests.support.browser import WIDE, visitor, web_port

    contexts: list[BrowserContext] = []
    visitors: list[Visitor] = []

    def visit(context: BrowserContext | None = None, **options: Any) -> Visitor:
        if context is None:
            context = browser.new_context(**{"viewport": WIDE, "locale": "en-GB", **options})
            contexts.append(context)
        visitors.append(visitor(context, web_port(server)))
        return visitors[-1]

    yield visit
    for context in contexts:
        context.close()
    assert [error for each in visitors for error in each.errors] == []


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, from npm."""
    place = tmp_path_factory.mktemp("axe")
    command = ["npm", "install", "--silent", "--no-save", "--prefix", str(place), AXE]
    subprocess.run(command, check=True, timeout=120)
    return (place / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
