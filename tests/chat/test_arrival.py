"""Who comes into a room is told what applies to them there, and who keeps order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.moderation import Moderated


@pytest.fixture
def chat() -> Moderated:
    return Moderated()


def of_type(events: list[Any], *kinds: str) -> list[Any]:
    """Return those of `events` that are of one of `kinds`."""
    return [event for event in events if event["type"] in kinds]


def test_who_is_muted_and_comes_back_is_told_at_once_by_whom_and_why(chat: Moderated) -> None:
    bob, carol = chat.person("Bob", "moderator", "lobby"), chat.guest("Carol")
    bob.say("/mute Carol 10m spam")
    carol.say("/join other")
    carol.heard(), bob.heard()
    carol.say("/join lobby")
    assert carol.heard()[-1] == "* Bob muted Carol for 10 minutes: spam"
    assert bob.heard() == ["* Carol joined"]


def test_a_mute_on_the_server_is_told_in_the_first_room_only(chat: Moderated) -> None:
    bob = chat.person("Bob", "operator")
    chat.guest("Carol").say("exit")
    bob.say("/mute Carol")
    carol = chat.network.program("Carol")
    carol.ask("join", room="other")
    (muted,) = of_type(carol.told(), "moderated")
    assert (muted["room"], muted["action"], muted["name"]) == ("", "mute", "Carol")
    assert (muted["by"], muted["until"]) == ("Bob", None)


def test_a_mute_in_one_room_is_told_there_each_time(chat: Moderated) -> None:
    bob = chat.person("Bob", "moderator", "lobby")
    carol = chat.program("Carol")
    bob.say("/mute Carol 10m")
    carol.told()
    for _ in range(2):
        carol.ask("leave", room="lobby")
        carol.ask("join", room="other")
        assert not of_type(carol.told(), "moderated")
        carol.ask("join", room="lobby")
        (muted,) = of_type(carol.told(), "moderated")
        assert (muted["room"], muted["action"]) == ("lobby", "mute")
        carol.ask("leave", room="other")


def test_who_comes_reads_who_of_those_there_keeps_order(chat: Moderated) -> None:
    chat.role("Oskar", "operator")
    chat.person("Bob", "moderator", "lobby")
    chat.person("Mia", "member", "lobby")
    chat.guest("Carol")
    dave = chat.network.program("Dave")
    assert of_type(dave.told(), "roles") == [
        {"type": "roles", "room": "lobby", "roles": {"Bob": "moderator"}}
    ]


def test_a_role_that_is_given_or_taken_is_shown_in_the_rooms_of_its_owner(chat: Moderated) -> None:
    chat.person("Bob")
    chat.role("Oskar", "operator")
    carol = chat.program("Carol")
    for role, room, shown in (
        ("moderator", "lobby", "moderator"),
        ("operator", "", "operator"),
        (None, "lobby", "operator"),
        (None, "", ""),
    ):
        chat.role("Bob", role, room)  # type: ignore[arg-type]
        assert of_type(carol.told(), "roles") == [
            {"type": "roles", "room": "lobby", "roles": {"Bob": shown}}
        ]
    chat.role("Bob", "moderator", "other")
    assert not of_type(carol.told(), "roles")


def test_an_owner_who_comes_back_is_shown_with_their_role(chat: Moderated) -> None:
    bob = chat.program("Bob", "moderator", "lobby")
    carol = chat.program("Carol")
    bob.ask("leave", room="lobby")
    carol.told()
    bob.ask("join", room="lobby")
    assert [event["type"] for event in carol.told()] == ["joined", "roles"]
    assert of_type(bob.told(), "roles")[-1]["roles"] == {"Bob": "moderator"}
