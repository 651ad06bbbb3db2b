"""What the log says of the servers of a site, and of its log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from twisted.logger import ILogObserver, formatEvent, globalLogPublisher
from zope.interface import implementer

from netchat.chat.changes import change_as
from netchat.log.memory import CUT
from netchat.state.changes import CONSOLE
from netchat.state.site_changes import Drain
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twisted.logger import LogEvent


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """The lines that are logged of the site."""
    lines: list[str] = []

    @implementer(ILogObserver)
    def observe(event: LogEvent) -> None:
        if event["log_namespace"] in {"netchat.server.site_report.SiteReport", "netchat.build"}:
            lines.append(formatEvent(event))

    observer: Any = observe
    globalLogPublisher.addObserver(observer)
    yield lines
    globalLogPublisher.removeObserver(observer)


def taken(lines: list[str]) -> list[str]:
    """Return `lines`, and forget them."""
    before = lines.copy()
    lines.clear()
    return before


def test_a_server_says_beside_whom_it_starts_and_the_others_that_it_has(logged: list[str]) -> None:
    site = Site(0)
    site.start("one")
    assert taken(logged) == ["This is the server one of a site, beside no other"]
    site.start("two")
    assert sorted(taken(logged)) == [
        "The server two of the site has started",
        "This is the server two of a site, beside one",
    ]


def test_a_server_that_is_no_more_is_named_once_on_each_other_one(logged: list[str]) -> None:
    site = Site(0)
    for name in ("one", "two", "three"):
        site.start(name)
    logged.clear()
    gone = "The server two of the site has stopped, or is taken for dead: its guests have left"
    site.stop(site.servers[1])
    assert taken(logged) == [gone, gone]
    site.stop(site.servers[2], crash=True)
    for _ in range(5):
        site.advance(1)
    assert taken(logged) == [gone.replace("two", "three")]


def test_what_is_older_than_the_start_of_a_server_is_no_news_to_it(logged: list[str]) -> None:
    site = Site(0)
    site.start("one")
    site.start("two")
    site.logs[1].cut()
    site.start("two")
    logged.clear()
    site.start("three")
    assert sorted(taken(logged)) == [
        *["The server three of the site has started"] * 2,
        "This is the server three of a site, beside one, two",
    ]


def test_a_server_that_drains_is_named(logged: list[str]) -> None:
    site = Site(0)
    site.start("one")
    site.start("two")
    logged.clear()
    change_as(site.servers[1].service.factory.chat, CONSOLE, Drain(2), lambda _: None)
    site.settle()
    assert taken(logged) == ["The server two of the site is about to stop"]


def test_a_log_that_cannot_be_reached_is_a_warning_and_its_return_is_another(
    logged: list[str],
) -> None:
    site = Site(0)
    site.start("one")
    logged.clear()
    site.logs[0].cut()
    for _ in range(3):
        site.advance(2.5)
    assert taken(logged) == [CUT]
    site.logs[0].connect()
    site.advance(2.5)
    assert taken(logged) == ["The log takes what is said again."]
