"""Lookups in the journal: their order among guests, and the input that waits for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.protocol import connectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from netchat.admission.connections import Connections
from netchat.chat.chat import Chat
from netchat.chat.delivery.backfill import Start
from netchat.chat.delivery.lookups import MAX_READS
from netchat.chat.sequencer import MAX_IN_FLIGHT
from netchat.doors.line.factory import LineFactory
from netchat.journal.interface import UnreadableError
from netchat.journal.memory.journal import MemoryJournal
from netchat.model.events import Closing
from netchat.model.limits import ConnectionLimits, Limits
from tests.support.journals import HeldWorker, JournalFile, append, close, line
from tests.support.listeners import RecordingListener, SlowJournal, immediate_chat

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOTHING = "* Nothing in lobby has these words in it: {}"


class Server:
    """A line factory on a chat with a SlowJournal."""

    def __init__(self, **limits: Any) -> None:
        self.journal = SlowJournal()
        self.clock = Clock()
        chat = Chat(self.journal, later=lambda call: call(), now=lambda: 0.0)
        connection = ConnectionLimits(rate=0, close_timeout=0, **limits)
        self.factory = LineFactory(chat, Connections(Limits(connection=connection), self.clock))

    def connect(self, name: str) -> tuple[Any, StringTransport]:
        protocol: Any = self.factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1))
        transport = StringTransport()
        protocol.makeConnection(transport)
        protocol.dataReceived(request("hello", name=name))
        self.journal.settle()
        transport.clear()
        return protocol, transport

    def run(self) -> None:
        """Run 50 turns of the reactor, of 1 ms each."""
        self.clock.pump([0.001] * 50)


def request(type: str, **fields: object) -> bytes:
    return msgspec.json.encode({"type": type, **fields}) + b"\n"


def search(words: str) -> bytes:
    return request("search", room="lobby", words=words)


def received(transport: StringTransport) -> list[dict[str, Any]]:
    events = [msgspec.json.decode(line) for line in transport.value().splitlines()]
    transport.clear()
    return events


@pytest.fixture
def journal() -> SlowJournal:
    return SlowJournal()


def listeners(journal: SlowJournal, *names: str) -> list[RecordingListener]:
    """Return guests in the lobby of one chat, who have received nothing yet."""
    chat = immediate_chat(journal)
    guests = [RecordingListener(chat, name) for name in names]
    journal.settle()
    for guest in guests:
        guest.writes.clear()
    return guests


def test_history_and_backfills_do_not_wait_for_a_search(tmp_path: Path) -> None:
    worker = HeldWorker()
    journal = JournalFile(tmp_path).open(search=worker)
    append(journal, *[line(f"line {number}") for number in range(3)])
    chat = immediate_chat(journal)
    room = chat.get_or_create_room("lobby")
    room.last, room.spoken = 3, True
    ann, bob = RecordingListener(chat, "Ann"), RecordingListener(chat, "Bob")
    ann.search("line")
    bob.recall(2)
    zoe = RecordingListener(chat, "Zoe", start=Start(after=0))
    assert [line.partition("] ")[2] for line in bob.received[:2]] == [
        "Bob: line 1",
        "Bob: line 2",
    ]
    assert len(zoe.received) == 3
    assert ann.received == ["* Bob joined", "* Zoe joined"]
    worker.run_all()
    assert len(ann.received) == 2 + 3
    close(journal, worker)


def test_searches_run_one_at_a_time_in_the_order_asked(journal: SlowJournal) -> None:
    ann, bob, zoe = guests = listeners(journal, "Ann", "Bob", "Zoe")
    for guest in guests:
        guest.search(guest.participant.name)
    journal.settle(3)  # the requests
    for guest in (ann, bob, zoe):
        assert len(journal.waiting) == 1
        journal.settle(1)
        assert guest.received == [NOTHING.format(guest.participant.name)]
    assert not journal.waiting


def test_a_guest_who_searches_again_waits_for_the_others(journal: SlowJournal) -> None:
    ann, bob = listeners(journal, "Ann", "Bob")
    ann.search("a")
    bob.search("x")
    journal.settle(3)
    ann.search("b")
    journal.settle(2)
    assert (len(ann.received), len(bob.received)) == (1, 1)
    journal.settle()
    assert ann.received == [NOTHING.format("a"), NOTHING.format("b")]


def test_sixteen_pages_are_read_at_a_time_and_one_search_beside_them(journal: SlowJournal) -> None:
    guests = listeners(journal, *(f"Guest{number}" for number in range(20)))
    for guest in guests[:18]:
        guest.recall(1)
    for guest in guests[18:]:
        guest.search("x")
    journal.settle(20)
    assert len(journal.waiting) == MAX_READS + 1
    journal.settle(1)
    assert len(journal.waiting) == MAX_READS + 1
    journal.settle()
    assert all(len(guest.received) == 1 for guest in guests)


@pytest.mark.parametrize("detached", [True, False])
def test_nothing_is_looked_up_for_a_guest_who_has_gone(
    journal: SlowJournal, detached: bool
) -> None:
    ann, bob, zoe = listeners(journal, "Ann", "Bob", "Zoe")
    for guest in (ann, bob, zoe):
        guest.search(guest.participant.name)
    journal.settle(3)
    bob.participant.detached = detached
    bob.leave_chat(None if detached else Closing("shutdown", "Bye."))
    search_of_ann = journal.waiting.popleft()
    journal.settle()
    search_of_ann()
    journal.settle(1)
    assert not journal.waiting
    assert ann.received == ["* Bob left", NOTHING.format("Ann")]
    assert zoe.received == ["* Bob left", NOTHING.format("Zoe")]
    assert bob.received == ([] if detached else ["! Bye."])


def test_nothing_is_looked_up_for_a_client_whose_connection_is_lost() -> None:
    server = Server()
    (ann, _), (bob, _) = server.connect("Ann"), server.connect("Bob")
    for protocol in (ann, bob):
        protocol.dataReceived(search("a"))
    server.journal.settle(2)
    bob.connectionLost(connectionDone)
    server.journal.settle(1)
    assert len(server.journal.waiting) == 2  # Bob's closing and leave, and no search.


def test_an_answer_that_is_found_after_the_closing_is_dropped(journal: SlowJournal) -> None:
    (ann,) = listeners(journal, "Ann")
    ann.search("a")
    journal.settle(1)
    search = journal.waiting.popleft()
    ann.leave_chat(Closing("shutdown", "Bye."))
    journal.settle()
    search()
    assert ann.received == ["! Bye."]
    assert ann.closed


def test_input_is_paused_from_a_question_to_its_answer(journal: SlowJournal) -> None:
    ann, bob = listeners(journal, "Ann", "Bob")
    questions: list[Callable[[], None]] = [lambda: ann.search("a"), lambda: ann.recall(1)]
    for ask in questions:
        ask()
        assert ann.paused
        journal.settle(1)
        assert ann.paused
        assert not bob.paused
        journal.settle(1)
        assert not ann.paused
        assert ann.participant.in_flight == 0


def test_live_lines_do_not_wait_for_an_answer(journal: SlowJournal) -> None:
    ann, bob, zoe = listeners(journal, "Ann", "Bob", "Zoe")
    ann.recall(10)
    journal.settle(1)
    read = journal.waiting.popleft()
    bob.say("hello")
    journal.settle()
    assert ann.received == zoe.received == ["Bob: hello"]
    read()
    assert ann.received == ["Bob: hello", "* Nothing has been said in lobby yet"]
    assert zoe.received == ["Bob: hello"]


def test_an_answer_has_the_lines_that_were_said_before_the_question(journal: SlowJournal) -> None:
    ann, bob = listeners(journal, "Ann", "Bob")
    bob.say("one")
    bob.say("two")
    ann.recall(10)
    bob.say("three")
    journal.settle()
    shown = [line.partition("] ")[2] or line for line in ann.received]
    assert shown == ["Bob: one", "Bob: two", "Bob: three", "Bob: one", "Bob: two"]


def test_lines_sent_behind_searches_wait_and_none_is_lost() -> None:
    server = Server()
    bob, transport = server.connect("Bob")
    said = [request("say", room="lobby", text=f"line {number}") for number in range(3)]
    lines = [part for number in range(3) for part in (search(f"w{number}"), said[number])]
    bob.dataReceived(b"".join(lines))
    server.run()
    assert bob.session.participant.in_flight < 2 * MAX_IN_FLIGHT
    server.journal.settle(2)
    assert len(server.journal.waiting) <= 3
    assert transport.producerState == "paused"
    for _ in range(20):
        server.journal.settle()
        server.run()
    assert [event.get("words") or event.get("text") for event in received(transport)] == [
        "w0", "line 0", "w1", "line 1", "w2", "line 2"
    ]  # fmt: skip
    assert transport.producerState == "producing"


def test_a_hundred_guests_who_ask_for_history_at_once_all_receive_it(journal: SlowJournal) -> None:
    guests = listeners(journal, *(f"Guest{number}" for number in range(100)))
    for guest in guests:
        guest.recall(5)
    journal.settle()
    assert all(guest.received == ["* Nothing has been said in lobby yet"] for guest in guests)


def test_input_never_pauses_on_a_journal_that_answers_at_once() -> None:
    chat = immediate_chat(MemoryJournal())
    ann = RecordingListener(chat, "Ann")
    for _ in range(1000):
        ann.search("a")
        assert not ann.paused
    assert len(ann.received) == 1000


def test_the_error_of_an_unreadable_history_has_its_nonce(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = Server()
    bob, transport = server.connect("Bob")
    server.journal.settle()
    server.run()
    received(transport)
    bob.dataReceived(request("history", room="lobby", nonce="7"))
    unreadable = UnreadableError("The disk is broken.")
    monkeypatch.setattr(server.journal, "read", lambda room, span, found: found(unreadable))
    server.journal.settle()
    (error,) = received(transport)
    assert (error["code"], error["nonce"]) == ("storage", "7")
