"""Moderation as a user of the client reads it, with a whole server in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from netchat.state.changes import SetRole
from netchat.state.records import RoleName
from tests.client.test_owned_names import World
from tests.support.client_fakes import ClientHarness


class Class(World):
    """Mo, who moderates the lobby, and Bob, a guest who is there."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.mo = self.owner("Mo", device="mo")
        self.give_mo("moderator", "lobby")
        self.bob = self.client("Bob", device="bob")
        self.read()

    def give_mo(self, role: RoleName, room: str = "") -> None:
        self.moderated.do(SetRole("Mo", room, role))

    def read(self) -> tuple[list[str], list[str]]:
        """Return what Mo and Bob have read since the last call."""
        return self.mo.new_events(), self.bob.new_events()

    def mo_says(self, *lines: str) -> tuple[list[str], list[str]]:
        """Return what Mo and Bob read when Mo types `lines`."""
        self.mo.say(*lines)
        return self.read()


@pytest.fixture
def room(tmp_path: Path) -> Class:
    return Class(tmp_path)


def both(*lines: str) -> tuple[list[str], list[str]]:
    """Return what both read if both read `lines`."""
    return list(lines), list(lines)


def test_a_mute_is_told_and_refuses_what_is_said(room: Class) -> None:
    assert room.mo_says("/mute Bob 10m spam") == both("* Mo muted Bob for 10 minutes: spam")
    room.bob.say("more")
    (refused,) = room.bob.new_events()
    assert refused.startswith("! You are muted in lobby until")
    assert room.bob.frontend.waiting == 0
    assert room.mo_says("/unmute Bob") == both("* Mo ended the mute of Bob")


def test_a_deleted_line_is_told_with_its_author_and_is_gone_from_the_history(room: Class) -> None:
    room.bob.say("rude")
    room.read()
    assert room.mo_says("/delete 1") == both("* Mo deleted line 1 of Bob")
    assert room.mo_says("/history")[0] == ["[12:00] * A line of Bob was deleted"]


def test_a_line_that_is_deleted_while_the_client_is_away_has_no_text_when_it_comes(
    room: Class,
) -> None:
    room.bob.endpoint.cut()
    room.mo_says("rude", "/delete 1")
    room.bob.wait(2)
    assert room.bob.new_events()[-1] == "[12:00] * A line of Mo was deleted"


def test_who_is_removed_from_the_room_is_told_and_may_come_back(room: Class) -> None:
    assert room.mo_says("/kick Bob flood") == (
        ["* Mo removed Bob: flood", "* Bob left"],
        ["* Mo removed Bob: flood", "removed from lobby"],
    )
    room.bob.say("/join lobby")
    assert room.bob.new_events() == ["* You are now in lobby"]


def test_who_is_banned_from_the_default_room_does_not_try_again_for_ever(room: Class) -> None:
    room.mo_says("/ban Bob 1h again")
    room.bob.endpoint.cut()
    room.bob.wait(100)
    assert room.bob.new_events()[-1].startswith("closed: You are banned from lobby until")
    assert len(room.bob.endpoint.attempts) == 2


def test_who_is_banned_from_another_room_goes_back_to_the_default_room(room: Class) -> None:
    room.give_mo("moderator", "dev")
    room.mo.say("/join dev")
    room.bob.say("/join dev")
    room.read()
    room.bob.endpoint.cut()
    room.mo.say("/ban Bob")
    room.bob.wait(5)
    events = room.bob.new_events()
    assert any(event.startswith("! You are banned from dev") for event in events)
    assert events[-1] == "in again"
    room.bob.say("/names")
    assert room.bob.new_events() == ["* In lobby: Bob"]


@pytest.mark.parametrize("command", ["/kick Bob enough", "/ban Bob 1h enough"])
def test_an_operator_does_it_on_the_server_and_the_client_does_not_come_back(
    room: Class, command: str
) -> None:
    room.give_mo("operator")
    room.read()
    room.mo.say(command)
    room.bob.wait(100)
    closed = room.bob.new_events()[-1]
    assert closed.startswith("closed: ")
    assert "enough" in closed
    assert len(room.bob.endpoint.attempts) == 1


def test_an_operator_sees_the_bans_of_the_server(room: Class) -> None:
    room.give_mo("operator")
    room.read()
    room.mo_says("/ban Bob")
    (ban,), _ = room.mo_says("/bans")
    assert ban.startswith("* Bob is banned on the server for ever")


def test_the_settings_of_a_room_are_shown_and_told(room: Class) -> None:
    assert room.mo_says("/room")[0] == ["* lobby is an ordinary room"]
    assert room.mo_says("/room readonly") == both("* lobby is now read only (Mo)")


def test_who_is_here_is_shown_to_a_moderator(room: Class) -> None:
    mo, bob = room.mo_says("/who")[0]
    assert mo.startswith("* Mo: owner, over tcp since")
    assert bob.startswith("* Bob: over tcp since")


def test_help_has_the_commands_by_topic_and_asks_for_no_password_in_the_open(
    room: Class,
) -> None:
    account = room.mo_says("/help account")[0]
    assert account[0].split("  ")[0] == "* /own [password]"
    moderation = room.mo_says("/help moderation")[0]
    assert any(line.startswith("* /mute WHO") for line in moderation)


def test_a_command_whose_answer_is_lost_is_reported(room: Class) -> None:
    room.mo.endpoint.drop_requests()
    room.mo.say("/mute Bob")
    room.mo.endpoint.cut()
    assert room.mo.new_events()[0] == (
        "! /mute was not answered before the connection was lost; type it again."
    )


def test_a_refused_command_answers_itself_and_no_other(room: Class) -> None:
    bob: ClientHarness = room.bob
    bob.say("/names", "/mute Mo", "/names")
    first, refused, second = bob.new_events()
    assert first == second == "* In lobby: Mo, Bob"
    assert refused.startswith("! ")


def test_the_goodbye_waits_for_a_command_but_not_for_ever(room: Class) -> None:
    room.mo.endpoint.drop_requests()
    room.mo.say("/mute Bob")
    room.mo.connection.leave(None)
    room.mo.wait(4)
    assert not room.mo.new_events()
    sent: list[bytes] = []
    room.network.door(room.mo.endpoint.protocols[-1]).dataReceived = sent.append
    room.mo.wait(2)
    assert sent == [b'{"type":"bye"}\n']
