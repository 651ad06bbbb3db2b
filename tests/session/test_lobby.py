"""The lobby has the name that the operator gives, however guests write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.testing import Network

if TYPE_CHECKING:
    from pathlib import Path

LOOKS_LIKE_LOBBY = ["l\u043ebby", "LOBBY", "\uff4cobby", "lobby"]


@pytest.mark.parametrize("written", LOOKS_LIKE_LOBBY)
def test_a_hello_does_not_change_how_the_lobby_is_written(written: str) -> None:
    network = Network()
    first = network.program("first", rooms=[written, "dev"])
    assert [told.get("room") for told in first.told()] == [None, "lobby", "dev", "dev"]
    bob = network.join("Bob")
    bob.say("/names")
    assert bob.heard()[-1] == "* In lobby: first, Bob"


@pytest.mark.parametrize("written", LOOKS_LIKE_LOBBY)
def test_a_join_does_not_change_how_the_lobby_is_written(written: str) -> None:
    network = Network("--lobby", "LoBBy")
    first = network.program("first", rooms=["dev"])
    first.ask("join", room=written)
    first.ask("join", room="Dev")
    first.ask("say", room=written, text="hello")
    told = first.told()
    assert [x.get("room") for x in told] == [None, "dev", "dev", "LoBBy", None, "LoBBy"]
    assert told[-2]["message"] == "You are in dev already."


def test_the_lobby_has_the_same_name_after_a_restart(tmp_path: Path) -> None:
    network = Network("--data", str(tmp_path))
    network.program("first", rooms=["l\u043ebby"]).ask("say", room="lobby", text="mine")
    network.stop()
    network.advance(5)
    network = Network("--data", str(tmp_path))
    second = network.program("second", after={"L\u043ebby": 0})
    assert [told.get("room") for told in second.told()] == [None, "lobby", "lobby"]
    network.stop()
    network.advance(5)


def test_a_journal_that_has_the_lobby_under_an_equivalent_name_keeps_that_name(
    tmp_path: Path,
) -> None:
    network = Network("--data", str(tmp_path), "--lobby", "l\u043ebby")
    network.join("Bob").say("hello")
    network.stop()
    network.advance(5)
    network = Network("--data", str(tmp_path), "--max-rooms", "1")
    bot = network.program("bot", rooms=["dev"])
    bot.ask("join", room="LOBBY")
    assert [told.get("room") for told in bot.told()] == [None, "dev", "dev", "l\u043ebby"]
    eve = network.join("Eve")
    eve.say("/names")
    assert eve.heard()[-1] == "* In l\u043ebby: bot, Eve"
    network.stop()
    network.advance(5)


def test_the_lobby_is_open_under_any_equivalent_name_when_no_more_rooms_are() -> None:
    network = Network("--max-rooms", "1")
    bot = network.program("bot", rooms=["dev"])
    bot.ask("join", room="LOBBY")
    assert bot.told()[-1]["room"] == "lobby"
    bot.ask("leave", room="lobby")
    assert [x["type"] for x in network.program("ci", rooms=["Lobby"]).told()] == [
        "welcome",
        "entered",
    ]
    bot.ask("join", room="lobby" + "x" * 5000)
    assert bot.told()[-1]["code"] == "bad-room"


def test_a_room_whose_name_only_resembles_the_lobby_is_a_room_of_its_own() -> None:
    network = Network("--lobby", "lan")
    bot = network.program("bot", rooms=["ian", "lan"])
    assert [told.get("room") for told in bot.told()] == [None, "ian", "ian", "lan"]


def test_an_open_room_with_an_equivalent_name_is_preferred_to_an_empty_lobby() -> None:
    network = Network("--lobby", "lan")
    network.program("bot", rooms=["ian"])
    other = network.program("other", rooms=["Ian"])
    assert [told.get("room") for told in other.told()] == [None, "ian", "ian"]
