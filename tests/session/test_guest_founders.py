"""A guest who makes a room keeps order there as long as they are in it."""

from __future__ import annotations

from pathlib import Path

from netchat.testing import Network
from tests.support.moderation import Moderated


def test_a_guest_moderates_the_room_that_they_have_made_and_gives_no_roles() -> None:
    server = Moderated()
    server.own("Olaf")
    ann, bob = server.program("Ann", rooms=["dev"]), server.program("Bob", rooms=["dev"])
    ann.told()
    bob.ask("say", room="dev", text="spam")
    ann.ask("delete", room="dev", name="Bob", nonce="1")
    ann.ask("room", room="dev", readonly=True, nonce="2")
    ann.ask("op", name="Olaf", room="dev", role="member", nonce="3")
    ann.ask("kick", name="Bob", room="dev", nonce="4")
    answers = {x["nonce"]: x.get("code", "") for x in ann.told() if "nonce" in x}
    assert answers == {"1": "", "2": "", "3": "not-allowed", "4": ""}
    ann.ask("ban", who="Ann", room="dev")
    assert ann.told()[-1]["message"] == "You cannot ban yourself."
    bob.ask("join", room="dev")
    assert bob.told()[-1]["type"] == "entered"


def test_it_ends_when_they_leave_and_nobody_else_is_that_then() -> None:
    server = Moderated()
    ann, bob = server.program("Ann", rooms=["dev"]), server.program("Bob", rooms=["dev"])
    ann.ask("rename", name="Anna")
    ann.ask("mute", who="Bob", room="dev")
    ann.told()
    ann.ask("leave", room="dev")
    ann.ask("join", room="dev")
    assert [x["type"] for x in ann.told()] == ["left", "entered"]
    ann.ask("room", room="dev", private=True)
    bob.ask("room", room="dev", private=True)
    assert (ann.told()[-1]["code"], bob.told()[-1]["code"]) == ("not-allowed", "not-allowed")
    bob.ask("say", room="dev", text="hello")
    assert bob.told()[-1]["code"] == "muted"
    for guest in (ann, bob):
        guest.ask("leave", room="dev")
    assert not server.chat.state.knows_room("dev")
    bob.ask("join", room="dev")
    bob.told()
    bob.ask("say", room="dev", text="hello", nonce="1")
    assert bob.told()[-1]["type"] == "said"


def test_what_they_have_set_is_gone_after_a_restart(tmp_path: Path) -> None:
    network = Network("--data", str(tmp_path))
    ann = network.program("Ann", rooms=["dev"])
    ann.ask("room", room="dev", private=True)
    assert network.service.factory.chat.state.room("dev").private
    network.stop()
    network.advance(5)
    network = Network("--data", str(tmp_path))
    network.settle()
    assert not network.service.factory.chat.state.knows_room("dev")
    network.stop()
    network.advance(5)


def test_the_lobby_has_no_such_guest() -> None:
    server = Moderated()
    ann = server.program("Ann")
    ann.told()
    ann.ask("room", room="lobby", private=True)
    assert ann.told()[-1]["code"] == "not-allowed"
