"""What is begun in a room stays in that room."""

from __future__ import annotations

from pathlib import Path

from netchat.client.conversation.interfaces import OpenRoom
from tests.support.terminals import LOBBY, User, at_a_terminal

_BOB = OpenRoom("Bob", kind="talk")
_TO_LOBBY, _TO_BOB = "\x1b1", "\x1b2"


def test_a_line_that_is_begun_stays_in_its_room(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        alice.rooms(LOBBY, _BOB)
        await alice.types(_TO_BOB)
        await alice.types("for Bob only")
        await alice.types(_TO_LOBBY)
        await alice.sees("You:")
        await alice.types("\r")
        assert not any(alice.chat.said)
        await alice.types("for all")
        await alice.types(_TO_BOB)
        await alice.sees("You -> Bob: for Bob only")
        await alice.types(_TO_LOBBY)
        await alice.types(" of you\r")
        assert alice.chat.said == ["for all of you"]

    at_a_terminal(tmp_path, test)


def test_a_line_that_is_begun_is_there_again_however_the_user_comes_back(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        alice.rooms(LOBBY, _BOB)
        await alice.types("begun")
        await alice.types(_TO_BOB)
        await alice.types("/go lobby")
        alice.chat.go_to("lobby")
        await alice.types("\r")
        await alice.sees("You: begun")

    at_a_terminal(tmp_path, test)


def test_what_is_typed_behind_a_command_goes_where_the_command_goes(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        alice.rooms(LOBBY, _BOB)
        await alice.types("/go Bob\r")
        await alice.types("typed at once")
        alice.chat.go_to("Bob")
        alice.rooms(*alice.chat.open_rooms)
        await alice.sees("You -> Bob: typed at once")

    at_a_terminal(tmp_path, test)


def test_a_key_that_shows_the_same_room_changes_nothing(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types("begun")
        await alice.types(_TO_LOBBY)
        await alice.sees("You: begun")

    at_a_terminal(tmp_path, test)
