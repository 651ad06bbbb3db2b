"""Long lists of bans and of connections: a part is shown, and how much more there is."""

from __future__ import annotations

from typing import Any

import pytest

from netchat.session import moderation_lists
from netchat.session.moderation_lists import MAX_LISTED, bans
from netchat.state.changes import Restrict
from netchat.state.records import Restriction
from netchat.state.rights import Rank
from netchat.state.state import ChatState
from tests.support.moderation import Moderated

TOTAL = MAX_LISTED + 3


def banned(count: int, room: str) -> list[Restriction]:
    return [Restriction("ban", "name", f"n{n}", room, f"n{n}") for n in range(count)]


def answer(chat: Moderated, request: str, role: Any = "operator", **given: str) -> dict[str, Any]:
    """Return the answer to `request` of somebody with `role`."""
    room = "" if role == "operator" else "lobby"
    asker = chat.program("Asker", role, room)
    asker.told()
    asker.ask(request, **given)
    (event,) = asker.told()
    return event


@pytest.mark.parametrize(("room", "given"), [("lobby", {"room": "lobby"}), ("", {})])
def test_the_newest_bans_are_listed_and_how_many_more_there_are(
    room: str, given: dict[str, str]
) -> None:
    chat = Moderated()
    for restriction in banned(TOTAL, room):
        chat.chat.state.put(restriction)
    event = answer(chat, "bans", **given)
    targets = [ban["target"] for ban in event["bans"]]
    assert targets == [f"n{n}" for n in range(3, TOTAL)]
    assert event["more"] == 3


def test_a_short_list_of_bans_is_whole_and_of_that_room_alone() -> None:
    chat = Moderated()
    for room in ("", "other", "lobby"):
        chat.do(Restrict("ban", "name", f"in{room}", room))
    event = answer(chat, "bans", "moderator", room="lobby")
    assert ([ban["target"] for ban in event["bans"]], event["more"]) == (["inlobby"], 0)


def test_the_bans_of_a_room_are_found_without_a_look_at_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = ChatState([*banned(1000, ""), *banned(2, "mine")])

    def refuse(*_: object) -> Any:
        raise AssertionError

    monkeypatch.setattr(state, "all", refuse)
    monkeypatch.setattr(state, "newest", refuse)
    assert [ban.target for ban in bans(state, 0, "mine", Rank.MODERATOR).bans] == ["n0", "n1"]


def test_the_text_dialect_says_that_there_are_more_bans() -> None:
    chat = Moderated()
    for restriction in banned(TOTAL, ""):
        chat.chat.state.put(restriction)
    alice = chat.person("Alice", "operator")
    alice.say("/bans")
    first, *lines = alice.heard()
    assert first == "* These are the newest; 3 more are not shown"
    assert len(lines) == MAX_LISTED


def test_the_first_who_are_here_are_listed_and_how_many_more_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moderation_lists, "MAX_LISTED", 5)
    chat = Moderated()
    alice = chat.person("Alice", "operator")
    for number in range(6):
        chat.program(f"guest{number}", rooms=["lobby"])
    event = answer(chat, "who", room="lobby")
    assert (len(event["guests"]), event["more"]) == (5, 3)
    alice.heard()
    alice.say("/who")
    *lines, last = alice.heard()
    assert last == "* 3 more are here and not shown; /names has all names"
    assert len(lines) == 5
