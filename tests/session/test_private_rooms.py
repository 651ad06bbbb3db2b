"""Who may not enter a private room reads nothing of it, whatever is asked for at the same time."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
import pytest

from netchat.chat.changes import change_as
from netchat.state.changes import CONSOLE, Forget, SetRoom
from netchat.testing import Guest
from tests.support.moderation import Moderated


def line(type: str, **fields: object) -> bytes:
    return msgspec.json.encode({"type": type, **fields}) + b"\n"


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


class Staff(Moderated):
    """Bob moderates the room `staff`, which has a past and a topic."""

    def __init__(self) -> None:
        super().__init__()
        self.bob = self.program("Bob", "moderator", "staff", rooms=["staff"])
        self.bob.ask("say", room="staff", text="the old plan")
        self.bob.ask("topic", room="staff", text="the plan")
        self.bob.told()

    def close(self) -> None:
        """Let Bob make the room private, and say something, in the next turn."""
        self.bob.queue(line("room", room="staff", private=True))
        self.bob.queue(line("say", room="staff", text="the new plan"))


@pytest.fixture
def chat() -> Staff:
    return Staff()


def assert_knows_nothing(guest: Guest) -> None:
    assert b"plan" not in guest.received
    assert b"Bob" not in guest.received


def assert_nobody_is_left(chat: Moderated, room: str, count: int) -> None:
    there = chat.chat.rooms.find(room)
    assert there is not None
    assert (len(there.members), there.occupancy) == (count, count)


@pytest.mark.parametrize("fields", [{}, {"after": 0}, {"after": 0, "journal": "another"}])
def test_a_join_is_judged_in_its_place_in_the_order(chat: Staff, fields: dict[str, Any]) -> None:
    gus = chat.program("Gus", rooms=["lobby"])
    chat.close()
    gus.queue(line("join", room="STAFF", nonce="7", **fields))
    chat.network.settle()
    (error,) = gus.told()
    assert (error["type"], error["code"], error["nonce"]) == ("error", "bad-room", "7")
    assert error["message"] == "There is no room called STAFF that you can enter."
    assert_knows_nothing(gus)
    assert "joined" not in types(chat.bob.told())
    assert_nobody_is_left(chat, "staff", 1)


def test_a_join_before_the_change_is_a_join_and_the_change_ends_it(chat: Staff) -> None:
    gus = chat.program("Gus", rooms=["lobby"])
    gus.queue(line("join", room="staff"))
    chat.network.advance(0)
    gus.told()
    chat.close()
    chat.network.settle()
    told = gus.told()
    assert types(told) == ["room", "left"]
    assert "the new plan" not in str(told)
    assert_nobody_is_left(chat, "staff", 1)


@pytest.mark.parametrize("fields", [{}, {"after": 0}])
def test_nothing_follows_a_join_that_is_refused(chat: Staff, fields: dict[str, Any]) -> None:
    gus = chat.program("Gus", rooms=["lobby"])
    chat.close()
    for request in (
        line("join", room="staff", **fields),
        line("say", room="staff", text="let me in"),
        line("topic", room="staff", text="open to all"),
        line("names", room="staff"),
        line("history", room="staff"),
        line("search", room="staff", words="plan"),
        line("who", room="staff"),
        line("leave", room="staff"),
        line("say", room="lobby", text="still here"),
    ):
        gus.queue(request)
    chat.network.settle()
    *errors, said = gus.told()
    assert [error["code"] for error in errors] == ["bad-room", *7 * ["not-in-room"]]
    assert said["text"] == "still here"
    assert_knows_nothing(gus)
    assert "let me in" not in str(chat.bob.told())
    assert_nobody_is_left(chat, "staff", 1)


@pytest.mark.parametrize(
    "question",
    [
        line("names", room="staff", nonce="1"),
        line("history", room="staff", nonce="1"),
        line("search", room="staff", words="plan", nonce="1"),
        line("who", room="staff", nonce="1"),
        line("room", room="staff", nonce="1"),
    ],
)
def test_a_question_is_not_answered_once_the_room_is_private(chat: Staff, question: bytes) -> None:
    gus = chat.program("Gus", rooms=["staff", "lobby"])
    chat.close()
    gus.queue(question)
    chat.network.settle()
    told = gus.told()
    assert types(told) == ["room", "left", "error"]
    assert (told[-1]["code"], told[-1]["nonce"]) == ("not-in-room", "1")


@pytest.mark.parametrize("command", ["/names", "/topic", "/history", "/search plan", "/who"])
def test_a_command_is_not_answered_once_the_room_is_private(chat: Staff, command: str) -> None:
    gus = chat.guest("Gus")
    gus.say("/join staff")
    gus.heard()
    chat.close()
    gus.queue(f"{command}\n".encode())
    chat.network.settle()
    assert not any("plan" in heard or "Bob," in heard for heard in gus.heard())


def test_a_ban_of_the_same_turn_holds_for_a_join(chat: Staff) -> None:
    gus = chat.program("Gus", rooms=["lobby"])
    chat.bob.queue(line("ban", who="Gus", room="staff"))
    gus.queue(line("join", room="staff", after=0))
    chat.network.settle()
    assert [event.get("code") for event in gus.told() if event["type"] == "error"] == ["banned"]
    assert "joined" not in types(chat.bob.told())
    assert_nobody_is_left(chat, "staff", 1)


def test_a_room_that_was_private_for_part_of_a_turn_is_open_behind_that(
    chat: Staff,
) -> None:
    gus = chat.program("Gus", rooms=["lobby"])
    chat.close()
    chat.bob.queue(line("room", room="staff", private=False))
    gus.queue(line("join", room="staff"))
    chat.network.settle()
    assert types(gus.told()) == ["entered", "roles"]
    gus.ask("leave", room="staff")
    assert_nobody_is_left(chat, "staff", 1)


def test_who_leaves_while_they_are_removed_has_left_once(chat: Staff) -> None:
    gus, hal = (chat.program(name, rooms=["staff", "lobby"]) for name in ("Gus", "Hal"))
    gus.told()
    chat.bob.told()
    chat.close()
    gus.queue(line("leave", room="staff"))
    hal.transport.loseConnection()
    chat.network.settle()
    told = [event for event in gus.told() if event["room"] == "staff"]
    assert types(told) == ["room", "left"]
    left = [event["names"] for event in chat.bob.told() if event["type"] == "left"]
    assert left == [["Gus", "Hal"]]
    assert_nobody_is_left(chat, "staff", 1)


def test_a_member_who_is_none_any_more_reads_no_later_line_of_the_turn(chat: Staff) -> None:
    mia = chat.program("Mia", "member", "staff", rooms=["staff"])
    chat.do(SetRoom("staff", private=True))
    mia.told()
    chat.bob.queue(line("deop", name="Mia", room="staff"))
    chat.bob.queue(line("say", room="staff", text="the new plan"))
    mia.queue(line("history", room="staff"))
    chat.network.settle()
    assert "plan" not in str(mia.told())
    assert_nobody_is_left(chat, "staff", 1)


@pytest.mark.parametrize("type", ["kick", "ban"])
def test_who_is_removed_from_the_server_reads_no_later_line_of_the_turn(
    chat: Staff, type: str
) -> None:
    chat.role("Bob", "operator")
    gus = chat.program("Gus", rooms=["staff"])
    chat.bob.queue(line(type, name="Gus", who="Gus", room="*"))
    chat.bob.queue(line("say", room="staff", text="the new plan"))
    chat.network.settle()
    assert "plan" not in str(gus.told())
    assert not gus.online
    assert_nobody_is_left(chat, "staff", 1)


def test_a_forgotten_account_reads_no_later_line_of_the_turn(chat: Staff) -> None:
    mia = chat.program("Mia", "member", "staff", rooms=["staff"])
    change_as(chat.chat, CONSOLE, Forget("Mia"), lambda _: None)
    chat.bob.queue(line("say", room="staff", text="the new plan"))
    chat.network.settle()
    assert "plan" not in str(mia.told())
    assert not mia.online
    assert_nobody_is_left(chat, "staff", 1)


def test_a_refusal_has_the_name_of_the_room_as_it_was_typed() -> None:
    chat = Moderated()
    bob = chat.program("Bob", "moderator", "Merger-Acme", rooms=["Merger-Acme"])
    bob.ask("room", room="Merger-Acme", private=True)
    gus = chat.program("Gus", rooms=["lobby"])
    for type, fields in (
        ("join", {}),
        ("leave", {}),
        ("say", {"text": "hi"}),
        ("topic", {"text": "hi"}),
        ("names", {}),
        ("history", {}),
        ("search", {"words": "plan"}),
        ("who", {}),
        ("bans", {}),
        ("room", {}),
        ("read", {"id": 1}),
        ("kick", {"name": "Bob"}),
        ("op", {"name": "Bob"}),
        ("delete", {"id": 1}),
    ):
        gus.ask(type, room="merger-acme", **fields)
    gus.ask("whois", name="Bob")
    gus.ask("rooms")
    assert b"Merger-Acme" not in gus.received
    assert chat.chat.state.room("Merger-Acme").private


@pytest.mark.parametrize("first", ["guest", "operator"])
def test_a_room_that_is_made_private_under_another_spelling_is_private(first: str) -> None:
    chat = Moderated()
    olga = chat.program("Olga", "operator", rooms=["lobby"])
    gus = chat.program("Gus", rooms=["lobby"])
    join = partial(gus.queue, line("join", room="secretroom"))
    close = partial(olga.queue, line("room", room="SecretRoom", private=True))
    for queue in (join, close) if first == "guest" else (close, join):
        queue()
    chat.network.settle()
    hal = chat.program("Hal", rooms=["secretroom", "SECRETROOM", "SecretRoom"])
    hal.ask("join", room="SECRETROOM")
    assert b"entered" not in hal.received
    assert b'"secretroom","names":["Gus"]' not in gus.received
    gus.ask("join", room="secretRoom")
    assert gus.told()[-1]["code"] == "bad-room"
    gus.ask("rooms")
    assert [room["room"] for room in gus.told()[-1]["rooms"]] == ["lobby"]
