"""A server that drains sends its guests to the others, spread out, and stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.console.requests import DrainServer, GetStatus
from netchat.model.disconnects import DRAINING
from netchat.testing import Network
from tests.support.console import RefusedRequestError, ask
from tests.support.site import Site

if TYPE_CHECKING:
    from pathlib import Path

    from netchat.testing import Program


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(0)
    for name in ("one", "two"):
        site.start(name, "--data", str(tmp_path / name))
    return site


def drain(site: Site, server: Network, seconds: float = 10) -> str:
    answer = ask(server, DrainServer(duration=seconds))
    site.settle()
    return answer.message


def programs(server: Network, count: int) -> list[Program]:
    return [server.program(f"guest{number}") for number in range(count)]


def has_stopped(server: Network) -> bool:
    return bool(server.clock.hasStopped)


def test_guests_are_sent_away_a_few_at_a_time_and_the_server_stops(site: Site) -> None:
    _, two = site.servers
    guests = programs(two, 40)
    site.settle()
    assert drain(site, two) == "The server sends its guests away within 10 seconds, and stops."
    online = []
    for _ in range(44):
        site.advance(0.25)
        online.append(sum(guest.online for guest in guests))
    gone = [before - after for before, after in zip([40, *online], online, strict=False)]
    assert max(gone) <= 2
    assert online[18] in range(15, 25)
    assert online[-1] == 0
    closing = guests[-1].told()[-1]
    assert closing["reason"] == "shutdown"
    assert closing["retry"] == 1
    assert closing["message"] == DRAINING.message
    assert has_stopped(two)
    assert not two.service.failed


def test_a_server_that_drains_takes_no_new_guests(site: Site) -> None:
    one, two = site.servers
    waiting = two.guest()
    programs(two, 5)
    site.settle()
    drain(site, two)
    site.advance(0.25)
    assert not waiting.online
    new = two.guest()
    assert new.heard() == [f"! {DRAINING.message}"]
    assert not new.online
    assert one.join("Ann")


def test_everybody_on_the_site_knows_that_it_drains(site: Site) -> None:
    _one, two = site.servers
    programs(two, 5)
    site.settle()
    drain(site, two)
    for server in site.servers:
        (row,) = ask(server, GetStatus()).rows
        assert [one.draining for one in row.site] == [False, True]  # type: ignore[attr-defined]


def test_without_guests_it_stops_at_once(site: Site) -> None:
    _, two = site.servers
    drain(site, two)
    assert has_stopped(two)


def test_all_at_once_if_no_time_is_given(site: Site) -> None:
    _, two = site.servers
    guests = programs(two, 10)
    site.settle()
    drain(site, two, 0)
    site.advance(0.25)
    assert not any(guest.online for guest in guests)


def test_who_does_not_read_is_not_waited_for_without_end(site: Site) -> None:
    _, two = site.servers
    stuck = two.program("stuck")
    site.settle()
    two.door(stuck).transport.loseConnection = lambda: None
    drain(site, two)
    for _ in range(70):
        site.advance(0.25)
    assert has_stopped(two)


def test_the_last_server_is_not_drained(site: Site) -> None:
    one, two = site.servers
    site.stop(two)
    with pytest.raises(RefusedRequestError, match="No other server of the site runs"):
        drain(site, one)


def test_a_server_alone_is_not_drained(tmp_path: Path) -> None:
    alone = Network("--data", str(tmp_path))
    with pytest.raises(RefusedRequestError, match="stop it instead"):
        ask(alone, DrainServer())


def test_it_is_not_drained_while_the_log_cannot_be_reached(site: Site) -> None:
    _, two = site.servers
    site.logs[1].cut()
    with pytest.raises(RefusedRequestError, match="storage"):
        drain(site, two)
