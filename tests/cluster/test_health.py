"""What is told of a server that cannot reach the log of its site, and of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.admin.console.alone import open_alone
from netchat.admin.console.text import lines_for
from netchat.chat.changes import change_as
from netchat.console.requests import AddOperator, GetStatus
from netchat.log.memory import CUT
from netchat.state.changes import CONSOLE
from netchat.state.site_changes import Drain
from tests.support.console import RefusedRequestError, ask, ask_console
from tests.support.metrics import ENDPOINT, Scraped, get
from tests.support.site import Site

if TYPE_CHECKING:
    from pathlib import Path

    from netchat.console.answers import StatusRow
    from netchat.testing import Network


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(0)
    site.start("one", *ENDPOINT, "--data", str(tmp_path / "one"), "--advertise", "one:5001")
    site.start("two", "--data", str(tmp_path / "two"))
    return site


def status(server: Network) -> StatusRow:
    (row,) = ask(server, GetStatus()).rows
    return row  # type: ignore[return-value]


def test_a_server_that_cannot_reach_the_log_is_alive_but_not_ready(site: Site) -> None:
    one = site.servers[0]
    assert get(one, "/readyz") == (200, "ready\n")
    site.logs[0].cut()
    assert get(one, "/readyz") == (503, f"{CUT}\n")
    assert get(one, "/healthz") == (200, "ok\n")
    site.logs[0].connect()
    assert get(one, "/readyz") == (200, "ready\n")


def test_a_health_check_is_told_that_nothing_can_be_said(site: Site) -> None:
    one = site.servers[0]
    site.logs[0].cut()
    guest = one.guest("127.0.0.1")
    guest.say('{"type":"ping"}')
    assert CUT in guest.received.decode()


def test_a_server_that_drains_wants_no_guests(site: Site) -> None:
    one = site.servers[0]
    one.join("Ann")
    site.settle()
    change_as(one.service.factory.chat, CONSOLE, Drain(1), lambda _: None)
    site.settle()
    code, why = get(one, "/readyz")
    assert code == 503
    assert "about to stop" in why


def test_the_metrics_show_how_the_server_follows_the_log(site: Site) -> None:
    one = site.servers[0]
    before = Scraped(one)
    assert before["netchat_site_servers"] == 2
    assert before["netchat_site_log_position"] == site.log.last
    assert before["netchat_site_log_trouble"] == before["netchat_storage_trouble"] == 0
    site.logs[0].cut()
    site.advance(2)
    after = Scraped(one)
    assert (
        after["netchat_site_log_silence_seconds"] == before["netchat_site_log_silence_seconds"] + 2
    )
    assert after["netchat_site_log_trouble"] == after["netchat_storage_trouble"] == 1


def test_the_status_shows_who_is_on_which_server(site: Site) -> None:
    one, two = site.servers
    one.join("Ann"), one.join("Ben"), two.join("Carol")
    site.settle()
    for server in site.servers:
        rows = status(server).site
        assert [(row.name, row.guests, row.addresses) for row in rows] == [
            ("one", 2, ("one:5001",)),
            ("two", 1, ()),
        ]
        assert [row.here for row in rows] == [server is one, server is two]
        assert not any(row.draining for row in rows)
    text = list(lines_for(status(one)))
    assert text[0].endswith("3 guests, 0 accounts.")
    assert text[1].startswith(
        "  one (here), one:5001, 2 guests, since 2026-01-01 12:00 UTC, netchat "
    )


def test_the_status_says_why_nothing_can_be_said(site: Site) -> None:
    site.logs[0].cut()
    assert status(site.servers[0]).trouble == CUT
    assert CUT in lines_for(status(site.servers[0]))


def test_a_command_without_the_server_leaves_the_journal_of_a_site_alone(
    site: Site, tmp_path: Path
) -> None:
    site.stop(site.servers[1])
    with (
        open_alone(tmp_path / "two", lambda: 0.0) as (console, timers),
        pytest.raises(RefusedRequestError, match="has to run for this"),
    ):
        ask_console(console, AddOperator(name="Ann"), lambda: timers.run(lambda: False))


def test_names_are_as_of_the_last_entry_while_the_log_cannot_be_reached(site: Site) -> None:
    two = site.servers[1]
    bob, program = two.join("Bob"), two.program("Carol", rooms=["lobby"])
    site.settle()
    site.logs[1].cut()
    site.advance(65)
    bob.heard(), program.told()
    bob.say("/names")
    program.ask("names", room="lobby")
    site.settle()
    assert bob.heard() == ["* In lobby (as of 12:00 UTC): Bob, Carol"]
    told = program.told()[-1]
    assert told["as_of"].startswith("2026-01-01T12:00:0")
    site.logs[1].connect()


def test_names_are_of_now_when_the_log_can_be_reached(site: Site) -> None:
    bob = site.servers[1].join("Bob")
    site.settle()
    site.logs[1].cut()
    site.settle()
    site.logs[1].connect()
    bob.heard()
    bob.say("/names")
    site.settle()
    assert bob.heard() == ["* In lobby: Bob"]
