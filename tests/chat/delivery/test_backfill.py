"""Backfill: a client that names the last line it has receives the rest once, then live lines."""

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


class JsonListener(RecordingListener):
    """A listener whose client reads JSON lines."""

    def __init__(
        self, chat: Chat, name: str, after: int | None = None, room: str = "lobby"
    ) -> None:
        super().__init__(chat, name, room, after=after, dialect=jsonl)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(line) for line in self.received]

    @property
    def ids(self) -> list[int]:
        return [line["id"] for line in self.events if line["type"] == "said"]


def chat_with_lines(lines: int) -> tuple[Chat, RecordingListener, SlowJournal]:
    """Return a chat with `lines` lines in the lobby, Bob, who said them, and its journal."""
    journal = SlowJournal()
    chat = immediate_chat(journal)
    bob = RecordingListener(chat, "Bob")
    for number in range(lines):
        bob.say(f"line {number + 1}")
    journal.settle()
    return chat, bob, journal


def finish(journal: SlowJournal, log: JsonListener) -> None:
    """Settle, and let `log` read, until nothing is pending."""
    while journal.waiting or log.on_drained:
        journal.settle()
        log.drain()


def test_pages_are_sent_one_at_a_time_as_fast_as_the_client_reads() -> None:
    chat, _, journal = chat_with_lines(3 * PAGE)
    log = JsonListener(chat, "log", after=0)
    journal.settle()
    assert log.ids == list(range(1, PAGE + 1))
    assert journal.waiting == type(journal.waiting)()
    log.drain()
    journal.settle()
    assert log.ids == list(range(1, 2 * PAGE + 1))


def test_lines_said_during_a_backfill_follow_it_without_a_gap() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    log = JsonListener(chat, "log", after=0)
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


def test_a_backfill_of_a_room_that_is_never_silent_ends_soon() -> None:
    chat, bob, journal = chat_with_lines(2 * PAGE)
    log = JsonListener(chat, "log", after=0)
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


def test_lines_said_while_a_page_is_read_do_not_count_as_buffered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("netchat.chat.delivery.backfill_table.MAX_BUFFERED", 4)
    chat, bob, journal = chat_with_lines(1)
    log = JsonListener(chat, "log", after=0)
    journal.settle(1)
    page = journal.waiting.popleft()
    for number in range(10):
        bob.say(f"meanwhile {number}")
    journal.settle()
    assert log.participant.requested_rooms
    page()
    assert log.ids == list(range(1, 12))


def test_others_lines_said_while_a_page_is_read_are_dropped_if_more_pages_follow() -> None:
    chat, bob, journal = chat_with_lines(2 * PAGE)
    log = JsonListener(chat, "log", after=0)
    journal.settle(1)
    page = journal.waiting.popleft()
    bob.say("meanwhile")
    log.say("mine", nonce="n")
    journal.settle()
    (backfill,) = chat._broadcast._backfills.in_progress(log.participant)
    assert len(backfill._buffered) == 2
    page()
    assert len(backfill._buffered) == 1
    finish(journal, log)
    assert log.ids == list(range(1, 2 * PAGE + 3))
    assert [line["id"] for line in log.events if line.get("nonce") == "n"] == [2 * PAGE + 2]


def test_others_lines_said_between_pages_are_not_buffered() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    log = JsonListener(chat, "log", after=0)
    journal.settle()
    for _ in range(5 * PAGE):
        bob.say("meanwhile")
    journal.settle()
    (backfill,) = chat._broadcast._backfills.in_progress(log.participant)
    assert len(backfill._buffered) == 0


def test_a_guests_own_lines_come_in_their_place_with_their_nonces() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    log = JsonListener(chat, "log", after=0)
    journal.settle()
    bob.say("before")
    actions.say_lines(
        log.chat, log.participant, log.participant.requested_rooms[0], ("a", "b"), ("1", "2")
    )
    bob.say("behind")
    finish(journal, log)
    assert log.ids == list(range(1, PAGE + 6))
    assert [(x["id"], x["nonce"]) for x in log.events if "nonce" in x] == [
        (PAGE + 3, "1"),
        (PAGE + 4, "2"),
    ]


def test_a_guest_with_too_many_events_buffered_in_all_their_rooms_is_disconnected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("netchat.chat.delivery.backfill_table.MAX_BUFFERED", 4)
    chat, _, journal = chat_with_lines(PAGE + 1)
    RecordingListener(chat, "Carol", "dev").say("one")
    journal.settle()
    log = JsonListener(chat, "log", after=0)
    actions.join(log.chat, log.participant, "dev")
    journal.settle()
    for number in range(4):
        RecordingListener(chat, f"guest{number}", "lobby" if number % 2 else "dev")
    journal.settle()
    assert log.participant.requested_rooms
    RecordingListener(chat, "another", "dev")
    journal.settle()
    assert not log.participant.requested_rooms


def test_no_state_is_kept_of_a_guest_who_says_bye_in_a_backfill_and_is_gone() -> None:
    chat, bob, journal = chat_with_lines(3 * PAGE)
    log = JsonListener(chat, "log", after=0)
    journal.settle()
    actions.disconnect(log.chat, log.participant, Closing("bye"))
    actions.leave_chat(log.chat, log.participant)
    journal.settle()
    log.participant.detached = True
    bob.say("behind")
    journal.settle()
    broadcast = chat._broadcast
    assert [
        len(x) for x in (broadcast._backfills, broadcast._awaited, broadcast._disconnecting)
    ] == [
        0,
        0,
        0,
    ]
    assert not broadcast._backfills._in


def test_joins_and_leaves_during_a_backfill_come_in_their_place() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    log = JsonListener(chat, "log", after=PAGE - 1)
    carol = RecordingListener(chat, "Carol")
    journal.settle(1)
    carol.say("I am here")
    actions.leave_chat(carol.chat, carol.participant)
    bob.say("she is gone")
    journal.settle()
    log.drain()
    journal.settle()
    assert [line.get("id", line["type"]) for line in log.events] == [
        PAGE, PAGE + 1, "joined", PAGE + 2, "left", PAGE + 3,
    ]  # fmt: skip


def test_a_guests_own_line_is_acknowledged_in_its_place() -> None:
    chat, bob, journal = chat_with_lines(PAGE)
    log = JsonListener(chat, "log", after=0)
    log.say("mine", nonce="n")
    bob.say("behind it")
    journal.settle()
    log.drain()
    journal.settle()
    assert log.ids == list(range(1, PAGE + 3))
    assert [line["id"] for line in log.events if line.get("nonce") == "n"] == [PAGE + 1]


def test_the_rest_is_sent_before_the_closing_only_to_a_guest_who_says_bye() -> None:
    chat, _, journal = chat_with_lines(PAGE + 1)
    patient, kicked = JsonListener(chat, "patient", after=0), JsonListener(chat, "kicked", after=0)
    journal.settle()
    for guest, reason in ((patient, "bye"), (kicked, "shutdown")):
        actions.disconnect(guest.chat, guest.participant, Closing(reason))
        actions.leave_chat(guest.chat, guest.participant)
    journal.settle()
    assert not patient.closed
    for guest in (patient, kicked):
        guest.drain()
    journal.settle()
    assert (patient.ids[-1], kicked.ids[-1]) == (PAGE + 1, PAGE)
    assert patient.events[-1]["type"] == kicked.events[-1]["type"] == "closing"
    assert patient.closed
    assert kicked.closed


def test_a_leave_ends_a_backfill_except_for_the_guests_own_events() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    log = JsonListener(chat, "log", after=0)
    journal.settle()
    log.say("mine", nonce="n")
    bob.say("behind it")
    actions.rename(log.chat, log.participant, "Log")
    assert log.room is not None
    actions.leave(log.chat, log.participant, log.room)
    bob.say("after the leave")
    finish(journal, log)
    assert log.ids == [*range(1, PAGE + 1), PAGE + 2]
    assert [line["type"] for line in log.events[PAGE:]] == ["renamed", "said", "left"]


def test_the_next_backfill_begins_when_a_guest_leaves_the_room_of_the_first() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    actions.say(bob.chat, bob.participant, actions.join(bob.chat, bob.participant, "dev"), "in dev")
    journal.settle()
    log = JsonListener(chat, "log", after=0)
    actions.join(log.chat, log.participant, "dev")
    assert log.room is not None
    journal.settle(1)
    actions.leave(log.chat, log.participant, log.room)
    finish(journal, log)
    assert [line["type"] for line in log.events[PAGE:]] == ["left", "said"]


def test_a_guest_who_joins_again_during_a_backfill_receives_each_line_once() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    log = JsonListener(chat, "log", after=0)
    journal.settle()
    assert log.room is not None
    actions.leave(log.chat, log.participant, log.room)
    log.after = PAGE
    actions.join(log.chat, log.participant, "lobby")
    journal.settle(2)
    bob.say("meanwhile")
    finish(journal, log)
    assert log.ids == list(range(1, PAGE + 3))


def test_a_rename_is_sent_once_if_one_common_room_is_live_and_another_in_backfill() -> None:
    chat, bob, journal = chat_with_lines(PAGE + 1)
    actions.join(bob.chat, bob.participant, "dev")
    log = JsonListener(chat, "log", after=0)
    actions.join(log.chat, log.participant, "dev")
    journal.settle()
    actions.rename(bob.chat, bob.participant, "Robert")
    finish(journal, log)
    assert [line["to"] for line in log.events if line["type"] == "renamed"] == ["Robert"]
    assert {"type": "names", "room": "lobby", "names": ["Robert", "log"]} in log.events[-2:]


def test_a_guests_own_rename_is_sent_at_once_and_only_once() -> None:
    chat, _, journal = chat_with_lines(2 * PAGE)
    log = JsonListener(chat, "log", after=0)
    journal.settle()
    actions.rename(log.chat, log.participant, "book")
    journal.settle()
    assert log.events[-1] == {"type": "renamed", "name": "log", "to": "book"}
    finish(journal, log)
    assert [line["type"] for line in log.events].count("renamed") == 1


def test_a_backfill_follows_an_answer_that_was_asked_for_before() -> None:
    chat, bob, journal = chat_with_lines(3)
    actions.say(bob.chat, bob.participant, actions.join(bob.chat, bob.participant, "dev"), "in dev")
    journal.settle()
    log = JsonListener(chat, "log", after=3)
    journal.settle()
    log.recall(2)
    log.after = 0
    actions.join(log.chat, log.participant, "dev")
    log.chat.ask(log.participant, lambda: Pong("between"))
    journal.settle(3)
    journal.waiting.reverse()
    finish(journal, log)
    assert [line["type"] for line in log.events] == ["history", "pong", "said"]


def test_backfills_of_several_rooms_are_sent_one_after_the_other() -> None:
    chat, bob, journal = chat_with_lines(2 * PAGE)
    bob.room = actions.join(bob.chat, bob.participant, "dev")
    bob.say("in dev")
    journal.settle()
    log = JsonListener(chat, "log", after=0)
    actions.join(log.chat, log.participant, "dev")
    finish(journal, log)
    rooms = [line["room"] for line in log.events if line["type"] == "said"]
    assert rooms == ["lobby"] * 2 * PAGE + ["dev"]


class UnreadableJournal(MemoryJournal):
    """A journal that cannot be read."""

    def read(self, room: str, span: Span, found: Callable[[Page | UnreadableError], None]) -> None:
        found(UnreadableError("It cannot be read."))


def test_a_backfill_that_cannot_be_read_is_reported_and_no_later_line_is_sent() -> None:
    chat = immediate_chat(UnreadableJournal())
    bob = RecordingListener(chat, "Bob")
    bob.say("one")
    log = JsonListener(chat, "log", after=0)
    assert log.storage_errors == ["It cannot be read."]
    bob.say("two")
    # With a later line the client would come back, and miss what could not be read.
    assert log.ids == []


def test_a_guest_with_too_many_events_buffered_leaves_the_chat() -> None:
    chat, _, journal = chat_with_lines(PAGE + 1)
    log = JsonListener(chat, "log", after=0)
    journal.settle()
    assert log.room is not None
    for number in range(10_001):
        chat.submit(TopicSet("lobby", str(number), "Bob"), log.participant)
    journal.settle()
    assert "log" not in {participant.name for participant in chat.participants}


STEPS = [
    "say",
    "say",
    "say",
    "say own",
    "join",
    "leave",
    "end turn",
    "settle",
    "settle",
    "drain",
    "drain",
]


@settings(max_examples=300, deadline=None)
@given(
    before=st.integers(0, 8),
    known=st.integers(0, 8),
    steps=st.lists(st.sampled_from(STEPS), max_size=50),
    page=st.integers(1, 3),
)
def test_whatever_happens_meanwhile_every_line_is_sent_once_and_in_order(
    before: int, known: int, steps: list[str], page: int
) -> None:
    journal, turn = SlowJournal(limit=page), ManualTurn()
    chat = Chat(journal, later=turn.later, now=lambda: 0.0)
    bob, witness = RecordingListener(chat, "Bob"), JsonListener(chat, "witness")
    for number in range(before):
        bob.say(f"before {number}")
    _finish_all(turn, journal)
    known = min(known, before)
    log = JsonListener(chat, "log", after=known)
    others: list[RecordingListener] = []
    for number, step in enumerate(steps):
        if step == "say":
            bob.say(f"line {number}")
        elif step == "say own":
            log.say(f"own {number}", nonce=f"n{number}")
        elif step == "join":
            others.append(RecordingListener(chat, f"Guest-{number}"))
        elif step == "leave" and others:
            actions.leave_chat(chat, others.pop().participant)
        elif step == "end turn":
            turn.end()
        elif step == "settle":
            journal.settle(1)
        elif step == "drain":
            log.drain()
    _finish_all(turn, journal, log)
    bob.say("live")
    _finish_all(turn, journal, log)
    assert log.ids == list(range(known + 1, witness.ids[-1] + 1))
    assert (len(chat._broadcast._backfills), chat._broadcast._backfills._in) == (0, {})
    acknowledged = [line["nonce"] for line in log.events if "nonce" in line]
    assert acknowledged == [f"n{number}" for number, step in enumerate(steps) if step == "say own"]
    _assert_subsequence(_by_name(log)[before - known :], _by_name(witness))


def _finish_all(turn: ManualTurn, journal: SlowJournal, *listeners: RecordingListener) -> None:
    while journal.waiting or turn.pending or any(listener.on_drained for listener in listeners):
        turn.end()
        journal.settle()
        for listener in listeners:
            listener.drain()


def _by_name(listener: JsonListener) -> list[tuple[Any, ...]]:
    """Return the events received, one per name: joins are merged differently for each reader."""
    return [
        (line["type"], name)
        if line["type"] in ("joined", "left")
        else (line["type"], line.get("id"))
        for line in listener.events
        for name in line.get("names", [""])
    ]


def _assert_subsequence(part: list[tuple[Any, ...]], whole: list[tuple[Any, ...]]) -> None:
    rest = iter(whole)
    for item in part:
        assert item in rest, f"{item} was sent too late, or twice"
