"""How servers that are gone are buried, and what a buried one does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.cluster.burials import Burials
from netchat.cluster.server import BEAT
from netchat.log.memory import MemoryLog
from netchat.state.changes import SERVER, Change
from netchat.state.site_changes import StartServer
from tests.support.site import Site

if TYPE_CHECKING:
    from pathlib import Path

    from netchat.testing import Network

BURIED = "The other servers have not heard of this one for too long; start it again."


def servers_known(server: Network) -> list[str]:
    return [one.name for one in server.service.factory.chat.state.site.servers.values()]


def test_who_died_before_this_server_started_is_buried(tmp_path: Path) -> None:
    site = Site(0)
    data = [("--data", str(tmp_path / name)) for name in ("one", "two")]
    one, two = site.start("one", *data[0]), site.start("two", *data[1])
    two.join("Bob")
    site.settle()
    for log in site.logs:
        log.cut()
    stopped = [server.stop() for server in (one, two)]
    site.advance(5)
    assert all(one.called for one in stopped)
    again = site.start("one", *data[0])
    assert servers_known(again) == ["two", "one"]
    for _ in range(6):
        site.advance(2.5)
    assert servers_known(again) == ["one"]
    assert again.join("Bob")


def test_nobody_is_buried_because_the_log_could_not_be_reached_by_anybody() -> None:
    site = Site(3)
    one, two, three = site.servers
    bob = two.join("Bob")
    for log in site.logs:
        log.cut()
    for _ in range(12):
        site.advance(BEAT)
    site.logs[0].connect()
    for _ in range(2):
        site.advance(BEAT)
    site.logs[1].connect()
    for _ in range(4):
        site.advance(BEAT)
    assert servers_known(one) == ["server1", "server2"]
    assert bob.online
    assert not two.service.failed
    assert not three.service.failed


def test_who_died_between_opening_the_log_and_its_first_entry_is_buried() -> None:
    site = Site(1)
    dead = MemoryLog(site.log, lambda call: None).open("", 0).incarnation
    site.log.trim(4e9)
    assert site.log.first == 1
    for _ in range(30):
        site.advance(2.5)
    assert dead not in site.log.living
    site.log.trim(4e9)
    assert site.log.first > 1
    assert servers_known(site.servers[0]) == ["server1"]


def test_the_servers_of_a_name_whose_later_one_has_died_are_all_buried(
    bugs: list[dict[str, object]],
) -> None:
    site = Site(2)
    one, two = site.servers
    # Another start under its name has taken its place, and died before it could bury it.
    chat = two.service.factory.chat
    other = MemoryLog(site.log, lambda call: None).open("", 0).incarnation
    start = StartServer(other, "server1", (), "", "")
    chat.submit(Change(start, SERVER, chat.time()), chat.server, lambda result: None)
    site.settle()
    for _ in range(40):
        site.advance(2.5)
    assert one.service.failed
    assert "give each its own --cluster-name" in str(bugs.pop()["why"])
    assert servers_known(two) == ["server2"]
    assert len(site.log.living) == 1


def test_guests_of_a_buried_server_come_back_at_once_and_the_process_fails(
    bugs: list[dict[str, object]],
) -> None:
    site = Site()
    two = site.servers[1]
    bob = two.program("Bob", rooms=["lobby"])
    site.settle()
    bob.told()
    site.logs[1].cut()
    for _ in range(6):
        site.advance(2.5)
    site.logs[1].connect()
    site.advance(2.5)
    assert two.service.failed
    assert bugs.pop()["why"] == BURIED
    assert bob.told() == []
    stopped = two.stop()
    site.advance(1)
    assert stopped.called
    assert bob.told()[-1]["retry"] == 1
    assert not bob.online


def test_a_server_that_stops_has_not_failed() -> None:
    site = Site()
    site.stop(site.servers[1])
    assert not site.servers[1].service.failed


@pytest.mark.parametrize("lost", [False, True])
def test_who_waits_too_long_for_an_answer_is_closed_and_says_it_once(lost: bool) -> None:
    site = Site()
    one, two = site.servers
    ann = one.program("Ann", rooms=["lobby"])
    bob = two.program("Bob", rooms=["lobby"])
    site.settle()
    ann.told(), bob.told()
    site.logs[1].leave_unanswered(lost=lost)
    bob.ask("say", room="lobby", text="once", nonce="1")
    for _ in range(3):
        site.advance(2.5)
    assert bob.told() == []
    assert bob.online
    for _ in range(12):
        site.advance(2.5)
    assert not bob.online
    closing = bob.told()[-1]
    assert closing["type"] == "closing"
    assert closing["reason"] == "storage"
    assert closing["retry"] == 10
    if lost:
        return
    site.logs[1].connect()
    site.settle()
    assert [x["text"] for x in ann.told() if x["type"] == "said"] == ["once"]
    assert site.is_alike()


def test_a_server_whose_name_another_one_has_taken_ends_with_its_guests(
    monkeypatch: pytest.MonkeyPatch, bugs: list[dict[str, object]]
) -> None:
    site = Site(1)
    (one,) = site.servers
    ann, bob = one.program("Ann"), one.program("Bob")
    site.settle()
    ann.told()
    # The other one is gone before it has buried the server that it has taken the place of.
    monkeypatch.setattr(Burials, "bury_earlier", lambda *_: None)
    site.start("server1")
    bob.hang_up()
    site.advance(1)
    assert "give each its own --cluster-name" in str(bugs.pop()["why"])
    site.stop(one)
    assert [(x["type"], "retry" in x) for x in ann.told()] == [("closing", True)]
    assert [*site.log.living] == [log.incarnation for log in site.logs[1:]]
    assert bugs == []
