"""Questions to the journal: whose is looked up when, and what a guest costs who waits for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from netchat.admission.connections import Connections
from netchat.chat import actions
from netchat.chat.chat import Chat
from netchat.doors.line.factory import LineFactory
from netchat.journal.interface import UnreadableError
from netchat.journal.memory.journal import MemoryJournal
from netchat.model.events import Closing
from netchat.model.limits import ConnectionLimits, Limits
from tests.support.journals import HeldWorker, JournalFile, append, close, line
from tests.support.listeners import RecordingListener, SlowJournal, immediate_chat

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = "* Nothing in lobby has these words in it: {}"
GOING = "! It was not looked up, because you are going; ask again when you are back."


class House:
    """A chat behind doors, with a journal that answers when the test lets it."""

    def __init__(self, **limits: Any) -> None:
        self.journal = SlowJournal()
        self.clock = Clock()
        chat = Chat(self.journal, later=lambda call: call(), now=lambda: 0.0)
        connection = ConnectionLimits(rate=0, close_timeout=0, **limits)
        self.factory = LineFactory(chat, Connections(Limits(connection=connection), self.clock))

    def program(self, name: str) -> tuple[Any, StringTransport]:
        door: Any = self.factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1))
        wire = StringTransport()
        door.makeConnection(wire)
        door.dataReceived(request("hello", name=name))
        self.journal.settle()
        wire.clear()
        return door, wire

    def passes(self) -> None:
        self.clock.pump([0.001] * 50)


def request(type: str, **fields: object) -> bytes:
    return msgspec.json.encode({"type": type, **fields}) + b"\n"


def search(words: str) -> bytes:
    return request("search", room="lobby", words=words)


def told(wire: StringTransport) -> list[dict[str, Any]]:
    events = [msgspec.json.decode(line) for line in wire.value().splitlines()]
    wire.clear()
    return events


@pytest.fixture
def journal() -> SlowJournal:
    return SlowJournal()


def ears(journal: SlowJournal, *names: str) -> list[RecordingListener]:
    chat = immediate_chat(journal)
    made = [RecordingListener(chat, name) for name in names]
    journal.settle()
    for ear in made:
        ear.writes.clear()
    return made


def test_who_asks_for_history_or_comes_back_does_not_wait_for_a_search(tmp_path: Path) -> None:
    worker = HeldWorker()
    journal = JournalFile(tmp_path).open(search=worker)
    append(journal, *[line(f"line {number}") for number in range(3)])
    chat = immediate_chat(journal)
    chat.get_or_create_room("lobby").last = 3
    ann, bob = RecordingListener(chat, "Ann"), RecordingListener(chat, "Bob")
    for _ in range(3):
        ann.search("line")
    bob.recall(2)
    zoe = RecordingListener(chat, "Zoe", after=0)
    assert [heard.partition("] ")[2] for heard in bob.received[:2]] == [
        "Bob: line 1",
        "Bob: line 2",
    ]
    assert len(zoe.received) == 3
    assert ann.received == ["* Bob joined"]
    worker.run_all()
    assert len(ann.received) == 1 + 3 * 3 + 1
    assert ann.received[-1] == "* Zoe joined"
    close(journal, worker)


def test_one_search_is_looked_up_at_a_time_and_no_guest_has_two_before_another_has_one(
    journal: SlowJournal,
) -> None:
    ann, bob = ears(journal, "Ann", "Bob")
    for words in "abc":
        ann.search(words)
    bob.search("x")
    journal.settle(4)  # the questions have been heard
    looked_up = []
    while journal.waiting:
        assert len(journal.waiting) == 1
        before = len(ann.received)
        journal.settle(1)
        looked_up.append("Ann" if len(ann.received) > before else "Bob")
    assert looked_up == ["Ann", "Ann", "Bob", "Ann"]
    assert ann.received == [NOTHING.format(words) for words in "abc"]
    assert bob.received == [NOTHING.format("x")]


def test_what_a_guest_has_asked_who_is_gone_is_not_looked_up(journal: SlowJournal) -> None:
    ann, bob, zoe = ears(journal, "Ann", "Bob", "Zoe")
    for ear in (ann, bob, bob, zoe):
        ear.search(ear.participant.name)
    journal.settle(4)
    bob.participant.detached = True
    actions.leave_chat(bob.chat, bob.participant)
    found = journal.waiting.popleft()
    journal.settle()
    found()
    journal.settle(1)
    assert not journal.waiting
    assert ann.received == [NOTHING.format("Ann"), "* Bob left"]
    assert zoe.received == [NOTHING.format("Zoe"), "* Bob left"]


def test_who_has_asked_two_questions_is_not_listened_to_until_the_first_is_answered(
    journal: SlowJournal,
) -> None:
    (ann,) = ears(journal, "Ann")
    ann.search("a")
    assert not ann.paused
    ann.search("b")
    assert ann.paused
    journal.settle(2)
    assert ann.paused
    journal.settle(1)
    assert not ann.paused
    assert ann.received == [NOTHING.format("a")]
    journal.settle()
    assert ann.received == [NOTHING.format("a"), NOTHING.format("b")]
    assert ann.participant.in_flight == 0


def test_what_he_says_meanwhile_waits_and_nothing_of_it_is_lost() -> None:
    house = House()
    bob, wire = house.program("Bob")
    said = [request("say", room="lobby", text=f"line {number}") for number in range(3)]
    lines = [part for number in range(3) for part in (search(f"w{number}"), said[number])]
    bob.dataReceived(b"".join(lines))
    house.passes()
    assert bob.session.participant.in_flight < 300
    house.journal.settle(2)
    assert len(house.journal.waiting) <= 3
    assert wire.producerState == "paused"
    for _ in range(20):
        house.journal.settle()
        house.passes()
    assert [event.get("words") or event.get("text") for event in told(wire)] == [
        "w0", "line 0", "w1", "line 1", "w2", "line 2"
    ]  # fmt: skip
    assert wire.producerState == "producing"


def test_a_guest_for_whom_too_much_waits_behind_a_question_is_too_slow_and_hears_it_all() -> None:
    house = House()
    ann, _ = house.program("Ann")
    bob, wire = house.program("Bob")
    told(wire)
    bob.dataReceived(search("x"))
    house.journal.settle(1)
    search_of_bob = house.journal.waiting.popleft()
    text = "x" * 4000
    for number in range(70):
        ann.dataReceived(request("say", room="lobby", text=text))
        house.journal.settle()
        waits = house.factory.chat._broadcast._awaited._of.get(bob.session.participant, ())
        held = sum(len(place.behind) for place in waits)
        assert held <= ConnectionLimits().max_backlog + 5000
        assert ("Bob" in house.factory.chat.get_or_create_room("lobby").names) == (number < 63)
    search_of_bob()
    events = told(wire)
    assert [event["type"] for event in events[:-1]] == ["found", *["said"] * (len(events) - 2)]
    assert events[-1]["reason"] == "too-slow"
    assert 60 < len(events) < 70


def test_without_a_limit_to_what_may_wait_nobody_is_too_slow_for_it() -> None:
    house = House(max_backlog=0)
    ann, _ = house.program("Ann")
    bob, wire = house.program("Bob")
    bob.dataReceived(search("x"))
    house.journal.settle(1)
    search_of_bob = house.journal.waiting.popleft()
    for _ in range(100):
        ann.dataReceived(request("say", room="lobby", text="x" * 4000))
        house.journal.settle()
    search_of_bob()
    assert [event["type"] for event in told(wire)] == ["found", *["said"] * 100]


def test_what_still_waits_when_the_server_stops_is_given_up_and_everybody_is_told(
    journal: SlowJournal,
) -> None:
    ann, bob = ears(journal, "Ann", "Bob")
    ann.search("a")
    bob.search("b")
    journal.settle(2)
    search_of_ann = journal.waiting.popleft()
    for ear in (ann, bob):
        actions.disconnect(ear.chat, ear.participant, Closing("shutdown", "Bye."))
    journal.settle()
    assert bob.received == [GOING, "! Bye."]
    assert bob.closed
    assert not ann.closed
    search_of_ann()
    assert ann.received == [NOTHING.format("a"), "! Bye."]


def test_many_who_ask_for_history_at_once_all_have_it(journal: SlowJournal) -> None:
    made = ears(journal, *(f"Guest{number}" for number in range(100)))
    for ear in made:
        ear.recall(5)
    journal.settle()
    assert all(ear.received == ["* Nothing has been said in lobby yet"] for ear in made)


def test_who_asks_a_journal_that_answers_at_once_is_never_held() -> None:
    chat = immediate_chat(MemoryJournal())
    ann = RecordingListener(chat, "Ann")
    for _ in range(1000):
        ann.search("a")
        assert not ann.paused
    assert len(ann.received) == 1000


def test_a_program_knows_which_of_its_questions_was_given_up() -> None:
    house = House()
    ann, _ = house.program("Ann")
    bob, wire = house.program("Bob")
    told(wire)
    ann.dataReceived(search("a"))
    bob.dataReceived(request("search", room="lobby", words="b", nonce="7"))
    house.journal.settle(2)
    search_of_ann = house.journal.waiting.popleft()
    bob.disconnect(Closing("shutdown", "Bye."))
    house.journal.settle()
    error, closing = told(wire)
    assert (error["code"], error["nonce"]) == ("storage", "7")
    assert closing["type"] == "closing"
    search_of_ann()


def test_a_program_knows_which_page_of_the_past_could_not_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = House()
    bob, wire = house.program("Bob")
    told(wire)
    bob.dataReceived(request("history", room="lobby", nonce="7"))
    unreadable = UnreadableError("The disk is broken.")
    monkeypatch.setattr(house.journal, "read", lambda room, span, found: found(unreadable))
    house.journal.settle()
    (error,) = told(wire)
    assert (error["code"], error["nonce"]) == ("storage", "7")
