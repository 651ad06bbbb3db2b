"""What servers of a site judge alike although not all of them keep the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from netchat.chat.changes import change_as
from netchat.state.changes import CONSOLE, Changed, DeleteLines, OwnName
from netchat.state.site_changes import TakeDigest
from netchat.testing import Network
from tests.support.site import Site
from tests.support.site_people import People


def change(site: Site, server: Network, what: DeleteLines | OwnName | TakeDigest) -> bool:
    """Return whether `what` is done, as `server` sees it."""
    results: list[object] = []
    change_as(server.service.factory.chat, CONSOLE, what, results.append)
    site.settle()
    return isinstance(results[0], Changed)


@pytest.mark.parametrize("asked", [0, 1])
def test_a_deletion_of_what_one_server_has_no_more_leaves_the_servers_alike(asked: int) -> None:
    site = Site(0, "--history", "0")
    keeps, forgets = site.start("all"), site.start("few", "--keep-lines", "2")
    ann = keeps.program("Ann", rooms=["lobby"])
    for text in ("one", "two", "three"):
        ann.ask("say", room="lobby", text=text)
    site.settle()
    assert change(site, site.servers[asked], DeleteLines("lobby", (1,))) == (asked == 0)
    assert change(site, forgets, OwnName("Bob"))
    assert change(site, keeps, TakeDigest())
    assert site.is_alike()


def test_who_has_made_a_room_is_forgotten_with_it() -> None:
    people = People()
    people.own("Ann")
    ann = people.program(people.two, "Ann", key=True)
    people.ask(ann, "join", room="den")
    states = [server.service.factory.chat.state for server in people.site.servers]
    assert all(state.members("den") for state in states)
    people.ask(ann, "leave", room="den")
    assert not any(state.members("den") for state in states)
    assert people.site.is_alike()


def test_a_room_that_had_a_topic_alone_is_written_alike_later(tmp_path: Path) -> None:
    site = Site(0, "--history", "0")
    disk, memory = site.start("disk", "--data", str(tmp_path / "disk")), site.start("memory")
    ann = disk.program("Ann", rooms=["Dev"])
    site.settle()
    for text in ("about", ""):
        ann.ask("topic", room="Dev", text=text)
    ann.ask("leave", room="Dev")
    site.settle()
    ann.ask("join", room="dev")
    ann.ask("say", room="dev", text="hello")
    site.settle()
    assert memory.service.factory.chat.rooms.find("dev") is not None
    assert site.is_alike()
