"""How a server becomes one of the site, also if the log fails at that moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from netchat.admin.console.alone import open_alone
from netchat.cluster.server import BEAT
from netchat.console.requests import RestrictWho
from netchat.testing import START, Network
from tests.support.console import RefusedRequestError, ask_console
from tests.support.site import Site


def servers_known(server: Network) -> list[str]:
    return [one.name for one in server.service.factory.chat.state.site.servers.values()]


def test_a_server_that_loses_the_log_when_it_starts_takes_part_once_it_has_it_again() -> None:
    site = Site(1)
    two = site.start("two", cut_off=True)
    assert servers_known(site.servers[0]) == ["server1"]
    bob = two.program("Bob", rooms=["lobby"])
    site.settle()
    assert bob.told()[-1]["reason"] == "storage"
    site.logs[1].connect()
    site.settle()
    early = two.program("Bob", rooms=["lobby"])
    site.settle()
    assert early.told()[-1]["reason"] == "storage"
    site.advance(BEAT)
    assert servers_known(site.servers[0]) == ["server1", "two"]
    bob = two.program("Bob", rooms=["lobby"])
    site.settle()
    assert "entered" in [event["type"] for event in bob.told()]
    assert site.is_alike()


def test_a_server_that_has_just_started_calls_no_name_taken_of_which_it_cannot_know(
    tmp_path: Path,
) -> None:
    site = Site(1)
    data = "--data", str(tmp_path)
    two = site.start("two", *data)
    two.program("Bob", rooms=["lobby"])
    site.settle()
    site.stop(two, crash=True)
    again = site.start("two", *data, cut_off=True)
    bob = again.program("Bob", rooms=["lobby"])
    site.settle()
    assert bob.told()[-1]["reason"] == "storage"
    site.logs[-1].connect()
    site.advance(BEAT)
    bob, other = (again.program("Bob", rooms=["lobby"]) for _ in range(2))
    site.settle()
    assert "entered" in [event["type"] for event in bob.told()]
    assert other.told()[-1]["code"] == "name-taken"
    assert site.is_alike()


def test_nothing_changes_the_journal_of_a_server_that_ended_before_it_heard_an_entry(
    tmp_path: Path,
) -> None:
    site = Site(1)
    data = "--data", str(tmp_path)
    two = site.start("two", *data, cut_off=True)
    site.stop(two, crash=True)
    with (
        open_alone(tmp_path, lambda: START) as (console, _),
        pytest.raises(RefusedRequestError, match="has to run for this"),
    ):
        ask_console(console, RestrictWho(what="mute", who="Eve"))
    again = site.start("two", *data)
    site.advance(BEAT)
    assert servers_known(again) == servers_known(site.servers[0]) == ["server1", "two"]
    assert site.is_alike()
