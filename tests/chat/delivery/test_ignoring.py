"""Ignored names: who ignores nobody who has spoken shares one write with the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.chat import actions, telling
from netchat.chat.chat import Chat
from netchat.chat.delivery.backfill import Start
from netchat.chat.delivery.turn import Turn
from netchat.dialects.jsonl import dialect as jsonl
from netchat.journal.memory.journal import MemoryJournal
from tests.support.listeners import ManualTurn, RecordingListener

if TYPE_CHECKING:
    from netchat.chat.room import Participant


@pytest.fixture
def turn() -> ManualTurn:
    return ManualTurn()


@pytest.fixture
def chat(turn: ManualTurn) -> Chat:
    return Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)


def listeners(chat: Chat, turn: ManualTurn, *names: str) -> list[RecordingListener]:
    made = [RecordingListener(chat, name) for name in names]
    turn.end()
    for listener in made:
        listener.writes.clear()
    return made


def views(monkeypatch: pytest.MonkeyPatch) -> list[Participant]:
    """Return a list that gets everybody for whom an own view of a turn is cut from now on."""
    cut: list[Participant] = []
    numbers_for = Turn.numbers_for

    def counted(turn: Turn, who: Participant, rooms: object) -> list[int]:
        cut.append(who)
        return numbers_for(turn, who, rooms)  # type: ignore[arg-type]

    monkeypatch.setattr(Turn, "numbers_for", counted)
    return cut


def test_the_lines_of_a_turn_are_left_out_one_by_one_and_the_others_keep_their_order(
    chat: Chat, turn: ManualTurn
) -> None:
    bob, eve, gil, zoe = listeners(chat, turn, "Bob", "Eve", "Gil", "Zoë")
    chat.ignoring.set(bob.participant, ("EVE",))
    gil.say("one")
    eve.say("spam")
    telling.tell(chat, eve.participant, "Bob", "spam")
    telling.tell(chat, gil.participant, "Bob", "psst")
    gil.say("two")
    bob.say("three")
    turn.end()
    assert bob.writes == [["Gil: one", "[Gil -> you] psst", "Gil: two"]]
    assert zoe.writes == [["Gil: one", "Eve: spam", "Gil: two", "Bob: three"]]


def test_who_ignores_nobody_who_has_spoken_has_no_view_of_their_own(
    chat: Chat, turn: ManualTurn, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, eve, gil = listeners(chat, turn, "Bob", "Eve", "Gil")
    chat.ignoring.set(bob.participant, ("Eve",))
    cut = views(monkeypatch)
    gil.say("hello")
    turn.end()
    assert bob.participant not in cut
    eve.say("spam")
    turn.end()
    assert bob.participant in cut
    assert bob.received == ["Gil: hello"]


def test_joins_and_leaves_of_ignored_names_are_read(chat: Chat, turn: ManualTurn) -> None:
    (bob,) = listeners(chat, turn, "Bob")
    chat.ignoring.set(bob.participant, ("Eve",))
    eve, _gil = RecordingListener(chat, "Eve"), RecordingListener(chat, "Gil")
    turn.end()
    eve.say("spam")
    actions.leave_chat(chat, eve.participant)
    turn.end()
    assert bob.received == ["* Eve and Gil joined", "* Eve left"]


def test_earlier_lines_of_a_room_that_is_joined_are_read_without_ignored_ones(
    chat: Chat, turn: ManualTurn
) -> None:
    eve, gil = listeners(chat, turn, "Eve", "Gil")
    eve.say("spam")
    gil.say("hello")
    turn.end()
    bob = RecordingListener(chat, "Bob", None)
    chat.ignoring.set(bob.participant, ("Eve",))
    bob.join("lobby", Start(newest=5))
    turn.end()
    assert [line.partition("] ")[2] for line in bob.received] == ["Gil: hello"]


def test_nothing_is_left_out_for_a_program(chat: Chat, turn: ManualTurn) -> None:
    (eve,) = listeners(chat, turn, "Eve")
    program = RecordingListener(chat, "ci", dialect=jsonl)
    chat.ignoring.set(program.participant, ("Eve",))
    turn.end()
    program.writes.clear()
    eve.say("spam")
    turn.end()
    assert len(program.received) == 1
    assert chat.ignoring.names(program.participant) == ("Eve",)


def test_nothing_is_kept_of_who_has_left(chat: Chat, turn: ManualTurn) -> None:
    (bob,) = listeners(chat, turn, "Bob")
    chat.ignoring.set(bob.participant, ("Eve",))
    bob.leave_chat()
    assert not chat.ignoring
    assert chat.ignoring.names(bob.participant) == ()
