"""Lookups in the journal: their order among guests, and what is buffered behind them."""

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
CANCELLED = "! It was not looked up, because you are going; ask again when you are back."


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
    chat.get_or_create_room("lobby").last = 3
    ann, bob = RecordingListener(chat, "Ann"), RecordingListener(chat, "Bob")
    for _ in range(3):
        ann.search("line")
    bob.recall(2)
    zoe = RecordingListener(chat, "Zoe", after=0)
    assert [line.partition("] ")[2] for line in bob.received[:2]] == [
        "Bob: line 1",
        "Bob: line 2",
    ]
    assert len(zoe.received) == 3
    assert ann.received == ["* Bob joined"]
    worker.run_all()
    assert len(ann.received) == 1 + 3 * 3 + 1
    assert ann.received[-1] == "* Zoe joined"
    close(journal, worker)


def test_searches_run_one_at_a_time_in_turns_among_guests(
    journal: SlowJournal,
) -> None:
    ann, bob = listeners(journal, "Ann", "Bob")
    for words in "abc":
        ann.search(words)
    bob.search("x")
    journal.settle(4)  # the requests
    looked_up = []
    while journal.waiting:
        assert len(journal.waiting) == 1
        before = len(ann.received)
        journal.settle(1)
        looked_up.append("Ann" if len(ann.received) > before else "Bob")
    assert looked_up == ["Ann", "Ann", "Bob", "Ann"]
    assert ann.received == [NOTHING.format(words) for words in "abc"]
    assert bob.received == [NOTHING.format("x")]


def test_searches_of_a_guest_who_has_gone_are_not_looked_up(journal: SlowJournal) -> None:
    ann, bob, zoe = listeners(journal, "Ann", "Bob", "Zoe")
    for guest in (ann, bob, bob, zoe):
        guest.search(guest.participant.name)
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


def test_input_pauses_after_two_searches_until_the_first_is_answered(
    journal: SlowJournal,
) -> None:
    (ann,) = listeners(journal, "Ann")
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


def test_lines_sent_behind_searches_wait_and_none_is_lost() -> None:
    server = Server()
    bob, transport = server.connect("Bob")
    said = [request("say", room="lobby", text=f"line {number}") for number in range(3)]
    lines = [part for number in range(3) for part in (search(f"w{number}"), said[number])]
    bob.dataReceived(b"".join(lines))
    server.run()
    assert bob.session.participant.in_flight < 300
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


def test_a_guest_with_too_much_buffered_behind_a_search_is_too_slow_and_gets_it_all() -> None:
    server = Server()
    ann, _ = server.connect("Ann")
    bob, transport = server.connect("Bob")
    received(transport)
    bob.dataReceived(search("x"))
    server.journal.settle(1)
    search_of_bob = server.journal.waiting.popleft()
    text = "x" * 4000
    for number in range(70):
        ann.dataReceived(request("say", room="lobby", text=text))
        server.journal.settle()
        pending = server.factory.chat._broadcast._awaited._of.get(bob.session.participant, ())
        buffered = sum(len(answer.behind) for answer in pending)
        assert buffered <= ConnectionLimits().max_backlog + 5000
        assert ("Bob" in server.factory.chat.get_or_create_room("lobby").names) == (number < 63)
    search_of_bob()
    events = received(transport)
    assert [event["type"] for event in events[:-1]] == ["found", *["said"] * (len(events) - 2)]
    assert events[-1]["reason"] == "too-slow"
    assert 60 < len(events) < 70


def test_without_max_backlog_no_guest_is_too_slow_for_what_is_buffered() -> None:
    server = Server(max_backlog=0)
    ann, _ = server.connect("Ann")
    bob, transport = server.connect("Bob")
    bob.dataReceived(search("x"))
    server.journal.settle(1)
    search_of_bob = server.journal.waiting.popleft()
    for _ in range(100):
        ann.dataReceived(request("say", room="lobby", text="x" * 4000))
        server.journal.settle()
    search_of_bob()
    assert [event["type"] for event in received(transport)] == ["found", *["said"] * 100]


def test_lookups_that_wait_when_the_server_stops_are_cancelled_and_answered(
    journal: SlowJournal,
) -> None:
    ann, bob = listeners(journal, "Ann", "Bob")
    ann.search("a")
    bob.search("b")
    journal.settle(2)
    search_of_ann = journal.waiting.popleft()
    for guest in (ann, bob):
        actions.disconnect(guest.chat, guest.participant, Closing("shutdown", "Bye."))
    journal.settle()
    assert bob.received == [CANCELLED, "! Bye."]
    assert bob.closed
    assert not ann.closed
    search_of_ann()
    assert ann.received == [NOTHING.format("a"), "! Bye."]


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


def test_the_error_of_a_cancelled_search_has_its_nonce() -> None:
    server = Server()
    ann, _ = server.connect("Ann")
    bob, transport = server.connect("Bob")
    received(transport)
    ann.dataReceived(search("a"))
    bob.dataReceived(request("search", room="lobby", words="b", nonce="7"))
    server.journal.settle(2)
    search_of_ann = server.journal.waiting.popleft()
    bob.disconnect(Closing("shutdown", "Bye."))
    server.journal.settle()
    error, closing = received(transport)
    assert (error["code"], error["nonce"]) == ("storage", "7")
    assert closing["type"] == "closing"
    search_of_ann()


def test_the_error_of_an_unreadable_history_has_its_nonce(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = Server()
    bob, transport = server.connect("Bob")
    received(transport)
    bob.dataReceived(request("history", room="lobby", nonce="7"))
    unreadable = UnreadableError("The disk is broken.")
    monkeypatch.setattr(server.journal, "read", lambda room, span, found: found(unreadable))
    server.journal.settle()
    (error,) = received(transport)
    assert (error["code"], error["nonce"]) == ("storage", "7")
