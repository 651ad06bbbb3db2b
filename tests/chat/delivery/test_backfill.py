"""Coming back: whoever says the last line that he knows gets the rest, once, and then live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netchat.chat import actions
from netchat.chat.chat import Chat
from netchat.chat.delivery.backfill_reader import PAGE
from netchat.dialects.jsonl import dialect as jsonl
from netchat.journal.interface import Span, UnreadableError
from netchat.journal.memory.journal import MemoryJournal
from netchat.model.events import Closing, Pong, TopicSet
from tests.support.listeners import ManualTurn, RecordingListener, SlowJournal, immediate_chat

if TYPE_CHECKING:
    from collections.abc import Callable

    from netchat.journal.interface import Page


class Program(RecordingListener):
    """An ear that hears JSON lines."""

    def __init__(
        self, chat: Chat, name: str, after: int | None = None, room: str = "lobby"
    ) -> None:
        super().__init__(chat, name, room, after=after, dialect=jsonl)

    def deliver(self, data: bytes) -> None:
        self.writes.append(data.decode().splitlines())

    @property
    def told(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(line) for line in self.received]

    @property
    def ids(self) -> list[int]:
        return [line["id"] for line in self.told if line["type"] == "said"]


def full(lines: int) -> tuple[Chat, RecordingListener, SlowJournal]:
    """Return a chat with so many lines in the lobby, Bob who said them, and its journal."""
    journal = SlowJournal()
    chat = immediate_chat(journal)
    bob = RecordingListener(chat, "Bob")
    for number in range(lines):
        bob.say(f"line {number + 1}")
    journal.settle()
    return chat, bob, journal


def come_to_rest(journal: SlowJournal, log: Program) -> None:
    while journal.waiting or log.on_drained:
        journal.settle()
        log.drain()


def test_who_is_far_behind_is_told_a_page_at_a_time_as_fast_as_he_reads() -> None:
    chat, _, journal = full(3 * PAGE)
    log = Program(chat, "log", after=0)
    journal.settle()
    assert log.ids == list(range(1, PAGE + 1))
    assert journal.waiting == type(journal.waiting)()
    log.drain()
    journal.settle()
    assert log.ids == list(range(1, 2 * PAGE + 1))


def test_what_is_said_meanwhile_follows_without_a_seam() -> None:
    chat, bob, journal = full(PAGE + 1)
    log = Program(chat, "log", after=0)
    journal.settle()
    bob.say("meanwhile")
    journal.settle()
    log.drain()
    bob.say("while it is looked up")
    journal.settle()
    log.drain()
    journal.settle()
    bob.say("live")
    journal.settle()
    assert log.ids == list(range(1, PAGE + 5))
    assert not log.on_drained


def test_who_comes_back_to_a_room_that_is_never_silent_hears_it_live_soon() -> None:
    chat, bob, journal = full(2 * PAGE)
    log = Program(chat, "log", after=0)
    journal.settle(1)
    steps = 0
    while log.participant in chat._broadcast._backfills:
        bob.say("one more")
        steps += 1
        assert steps < 10
        journal.settle(1)
        log.drain()
    bob.say("live")
    journal.settle()
    assert log.ids == list(range(1, chat.get_or_create_room("lobby").last + 1))


def test_what_is_said_while_a_page_is_looked_up_makes_nobody_too_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("netchat.chat.delivery.backfill_table.MAX_BUFFERED", 4)
    chat, bob, journal = full(1)
    log = Program(chat, "log", after=0)
    journal.settle(1)
    page = journal.waiting.popleft()
    for number in range(10):
        bob.say(f"meanwhile {number}")
    journal.settle()
    assert log.participant.requested_rooms
    page()
    assert log.ids == list(range(1, 12))


def test_of_what_is_said_while_a_page_is_looked_up_nothing_is_kept_if_more_pages_follow() -> None:
    chat, bob, journal = full(2 * PAGE)
    log = Program(chat, "log", after=0)
    journal.settle(1)
    page = journal.waiting.popleft()
    bob.say("meanwhile")
    log.say("mine", nonce="n")
    journal.settle()
    (backfill,) = chat._broadcast._backfills.in_progress(log.participant)
    assert len(backfill._buffered) == 2
    page()
    assert len(backfill._buffered) == 1
    come_to_rest(journal, log)
    assert log.ids == list(range(1, 2 * PAGE + 3))
    assert [line["id"] for line in log.told if line.get("nonce") == "n"] == [2 * PAGE + 2]


def test_what_others_say_meanwhile_is_not_kept_in_memory() -> None:
    chat, bob, journal = full(PAGE + 1)
    log = Program(chat, "log", after=0)
    journal.settle()
    for _ in range(5 * PAGE):
        bob.say("meanwhile")
    journal.settle()
    (backfill,) = chat._broadcast._backfills.in_progress(log.participant)
    assert len(backfill._buffered) == 0


def test_what_he_says_himself_meanwhile_comes_in_its_place_with_its_nonces() -> None:
    chat, bob, journal = full(PAGE + 1)
    log = Program(chat, "log", after=0)
    journal.settle()
    bob.say("before")
    actions.say_lines(
        log.chat, log.participant, log.participant.requested_rooms[0], ("a", "b"), ("1", "2")
    )
    bob.say("behind")
    come_to_rest(journal, log)
    assert log.ids == list(range(1, PAGE + 6))
    assert [(x["id"], x["nonce"]) for x in log.told if "nonce" in x] == [
        (PAGE + 3, "1"),
        (PAGE + 4, "2"),
    ]


def test_who_makes_the_server_hold_too_much_in_all_his_rooms_is_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("netchat.chat.delivery.backfill_table.MAX_BUFFERED", 4)
    chat, _, journal = full(PAGE + 1)
    RecordingListener(chat, "Carol", "dev").say("one")
    journal.settle()
    log = Program(chat, "log", after=0)
    actions.join(log.chat, log.participant, "dev")
    journal.settle()
    for number in range(4):
        RecordingListener(chat, f"guest{number}", "lobby" if number % 2 else "dev")
    journal.settle()
    assert log.participant.requested_rooms
    RecordingListener(chat, "another", "dev")
    journal.settle()
    assert not log.participant.requested_rooms


def test_nothing_is_kept_of_who_says_goodbye_while_he_catches_up_and_is_gone() -> None:
    chat, bob, journal = full(3 * PAGE)
    log = Program(chat, "log", after=0)
    journal.settle()
    actions.disconnect(log.chat, log.participant, Closing("bye"))
    actions.leave_chat(log.chat, log.participant)
    journal.settle()
    log.participant.detached = True
    bob.say("behind")
    journal.settle()
    fanout = chat._broadcast
    assert [len(x) for x in (fanout._backfills, fanout._awaited, fanout._disconnecting)] == [
        0,
        0,
        0,
    ]
    assert not fanout._backfills._in


def test_who_comes_and_goes_meanwhile_is_told_in_its_place() -> None:
    chat, bob, journal = full(PAGE + 1)
    log = Program(chat, "log", after=PAGE - 1)
    carol = RecordingListener(chat, "Carol")
    journal.settle(1)
    carol.say("I am here")
    actions.leave_chat(carol.chat, carol.participant)
    bob.say("she is gone")
    journal.settle()
    log.drain()
    journal.settle()
    assert [line.get("id", line["type"]) for line in log.told] == [
        PAGE, PAGE + 1, "joined", PAGE + 2, "left", PAGE + 3,
    ]  # fmt: skip


def test_ones_own_line_is_acknowledged_in_its_place() -> None:
    chat, bob, journal = full(PAGE)
    log = Program(chat, "log", after=0)
    log.say("mine", nonce="n")
    bob.say("his")
    journal.settle()
    log.drain()
    journal.settle()
    assert log.ids == list(range(1, PAGE + 3))
    assert [line["id"] for line in log.told if line.get("nonce") == "n"] == [PAGE + 1]


def test_who_says_bye_is_told_the_rest_first_and_who_is_sent_away_is_not() -> None:
    chat, _, journal = full(PAGE + 1)
    patient, kicked = Program(chat, "patient", after=0), Program(chat, "kicked", after=0)
    journal.settle()
    for ear, reason in ((patient, "bye"), (kicked, "shutdown")):
        actions.disconnect(ear.chat, ear.participant, Closing(reason))
        actions.leave_chat(ear.chat, ear.participant)
    journal.settle()
    assert not patient.closed
    for ear in (patient, kicked):
        ear.drain()
    journal.settle()
    assert (patient.ids[-1], kicked.ids[-1]) == (PAGE + 1, PAGE)
    assert patient.told[-1]["type"] == kicked.told[-1]["type"] == "closing"
    assert patient.closed
    assert kicked.closed


def test_who_leaves_a_room_is_told_no_more_of_its_past_but_of_what_he_said_himself() -> None:
    chat, bob, journal = full(PAGE + 1)
    log = Program(chat, "log", after=0)
    journal.settle()
    log.say("mine", nonce="n")
    bob.say("his")
    actions.rename(log.chat, log.participant, "Log")
    assert log.room is not None
    actions.leave(log.chat, log.participant, log.room)
    bob.say("he does not hear this")
    come_to_rest(journal, log)
    assert log.ids == [*range(1, PAGE + 1), PAGE + 2]
    assert [line["type"] for line in log.told[PAGE:]] == ["renamed", "said", "left"]


def test_who_leaves_one_room_goes_on_with_the_next() -> None:
    chat, bob, journal = full(PAGE + 1)
    actions.say(bob.chat, bob.participant, actions.join(bob.chat, bob.participant, "dev"), "in dev")
    journal.settle()
    log = Program(chat, "log", after=0)
    actions.join(log.chat, log.participant, "dev")
    assert log.room is not None
    journal.settle(1)
    actions.leave(log.chat, log.participant, log.room)
    come_to_rest(journal, log)
    assert [line["type"] for line in log.told[PAGE:]] == ["left", "said"]


def test_who_comes_again_before_he_has_caught_up_is_told_everything_once() -> None:
    chat, bob, journal = full(PAGE + 1)
    log = Program(chat, "log", after=0)
    journal.settle()
    assert log.room is not None
    actions.leave(log.chat, log.participant, log.room)
    log.after = PAGE
    actions.join(log.chat, log.participant, "lobby")
    journal.settle(2)
    bob.say("meanwhile")
    come_to_rest(journal, log)
    assert log.ids == list(range(1, PAGE + 3))


def test_a_new_name_is_told_once_to_who_hears_one_room_live_and_catches_up_with_another() -> None:
    chat, bob, journal = full(PAGE + 1)
    actions.join(bob.chat, bob.participant, "dev")
    log = Program(chat, "log", after=0)
    actions.join(log.chat, log.participant, "dev")
    journal.settle()
    actions.rename(bob.chat, bob.participant, "Robert")
    come_to_rest(journal, log)
    assert [line["to"] for line in log.told if line["type"] == "renamed"] == ["Robert"]
    assert {"type": "names", "room": "lobby", "names": ["Robert", "log"]} in log.told[-2:]


def test_ones_own_new_name_is_told_at_once_and_once() -> None:
    chat, _, journal = full(2 * PAGE)
    log = Program(chat, "log", after=0)
    journal.settle()
    actions.rename(log.chat, log.participant, "book")
    journal.settle()
    assert log.told[-1] == {"type": "renamed", "name": "log", "to": "book"}
    come_to_rest(journal, log)
    assert [line["type"] for line in log.told].count("renamed") == 1


def test_the_past_of_a_room_waits_for_an_answer_that_was_asked_for_before() -> None:
    chat, bob, journal = full(3)
    actions.say(bob.chat, bob.participant, actions.join(bob.chat, bob.participant, "dev"), "in dev")
    journal.settle()
    log = Program(chat, "log", after=3)
    journal.settle()
    log.recall(2)
    log.after = 0
    actions.join(log.chat, log.participant, "dev")
    log.chat.ask(log.participant, lambda: Pong("between"))
    journal.settle(3)
    journal.waiting.reverse()
    come_to_rest(journal, log)
    assert [line["type"] for line in log.told] == ["history", "pong", "said"]


def test_several_rooms_are_told_one_after_the_other() -> None:
    chat, bob, journal = full(2 * PAGE)
    bob.room = actions.join(bob.chat, bob.participant, "dev")
    bob.say("in dev")
    journal.settle()
    log = Program(chat, "log", after=0)
    actions.join(log.chat, log.participant, "dev")
    come_to_rest(journal, log)
    rooms = [line["room"] for line in log.told if line["type"] == "said"]
    assert rooms == ["lobby"] * 2 * PAGE + ["dev"]


class Unreadable(MemoryJournal):
    """A journal that cannot be read."""

    def read(self, room: str, span: Span, found: Callable[[Page | UnreadableError], None]) -> None:
        found(UnreadableError("It cannot be read."))


def test_a_past_that_cannot_be_read_is_no_silence() -> None:
    chat = immediate_chat(Unreadable())
    bob = RecordingListener(chat, "Bob")
    bob.say("one")
    log = Program(chat, "log", after=0)
    assert log.storage_errors == ["It cannot be read."]
    bob.say("two")
    # What came behind it would be what he comes back with.
    assert log.ids == []


def test_a_guest_for_whom_too_much_waits_gives_his_seat_up() -> None:
    chat, _, journal = full(PAGE + 1)
    log = Program(chat, "log", after=0)
    journal.settle()
    assert log.room is not None
    for number in range(10_001):
        chat.submit(TopicSet("lobby", str(number), "Bob"), log.participant)
    journal.settle()
    assert "log" not in {participant.name for participant in chat.participants}


DEEDS = ["say", "say", "say", "own", "come", "go", "turn", "settle", "settle", "drain", "drain"]


@settings(max_examples=300, deadline=None)
@given(
    before=st.integers(0, 8),
    known=st.integers(0, 8),
    deeds=st.lists(st.sampled_from(DEEDS), max_size=50),
    page=st.integers(1, 3),
)
def test_whatever_happens_meanwhile_every_line_is_told_once_and_in_order(
    before: int, known: int, deeds: list[str], page: int
) -> None:
    journal, turn = SlowJournal(limit=page), ManualTurn()
    chat = Chat(journal, later=turn.later, now=lambda: 0.0)
    bob, witness = RecordingListener(chat, "Bob"), Program(chat, "witness")
    for number in range(before):
        bob.say(f"before {number}")
    _come_to_rest(turn, journal)
    known = min(known, before)
    log = Program(chat, "log", after=known)
    others: list[RecordingListener] = []
    for number, deed in enumerate(deeds):
        if deed == "say":
            bob.say(f"line {number}")
        elif deed == "own":
            log.say(f"own {number}", nonce=f"n{number}")
        elif deed == "come":
            others.append(RecordingListener(chat, f"Guest-{number}"))
        elif deed == "go" and others:
            actions.leave_chat(chat, others.pop().participant)
        elif deed == "turn":
            turn.end()
        elif deed == "settle":
            journal.settle(1)
        elif deed == "drain":
            log.drain()
    _come_to_rest(turn, journal, log)
    bob.say("live")
    _come_to_rest(turn, journal, log)
    assert log.ids == list(range(known + 1, witness.ids[-1] + 1))
    assert (len(chat._broadcast._backfills), chat._broadcast._backfills._in) == (0, {})
    acknowledged = [line["nonce"] for line in log.told if "nonce" in line]
    assert acknowledged == [f"n{number}" for number, deed in enumerate(deeds) if deed == "own"]
    _is_a_part(_plain(log)[before - known :], _plain(witness))


def _come_to_rest(turn: ManualTurn, journal: SlowJournal, *ears: RecordingListener) -> None:
    while journal.waiting or turn.pending or any(ear.on_drained for ear in ears):
        turn.end()
        journal.settle()
        for ear in ears:
            ear.drain()


def _plain(ear: Program) -> list[tuple[Any, ...]]:
    """Return what was told, a name at a time: crowds are joined in another way for each reader."""
    return [
        (line["type"], name)
        if line["type"] in ("joined", "left")
        else (line["type"], line.get("id"))
        for line in ear.told
        for name in line.get("names", [""])
    ]


def _is_a_part(part: list[tuple[Any, ...]], whole: list[tuple[Any, ...]]) -> None:
    rest = iter(whole)
    for item in part:
        assert item in rest, f"{item} is told too late, or twice"
