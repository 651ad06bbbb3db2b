"""A client whose backfill is interrupted receives the rest when it reconnects."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from netchat.chat.chat import Chat
from netchat.chat.delivery.backfill import PAGE
from netchat.journal.interface import UnreadableError
from netchat.journal.memory.journal import MemoryJournal
from netchat.model.disconnects import FLOOD, SHUTDOWN
from netchat.testing import START, Network, Program
from tests.support.listeners import SlowJournal

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENT = "c0ffee00-0000-4000-8000-000000000001"


class Server:
    """A whole server with a SlowJournal; Bob is in the lobby."""

    def __init__(self, *options: str, journal: MemoryJournal | None = None) -> None:
        self.network = Network("--history", "0", *options)
        self.journal = SlowJournal()
        if journal is not None:
            self.journal._memory = journal
        clock = self.network.clock
        self.network.service.factory.chat = Chat(
            self.journal,
            later=partial(clock.callLater, 0),
            now=lambda: START + clock.seconds(),
        )
        self.bob = self.network.program("Bob")
        self.settle()

    def settle(self) -> None:
        """Run the server and the journal until nothing is pending."""
        self.network.settle()
        while self.journal.waiting:
            self.journal.settle()
            self.network.settle()

    def step(self) -> None:
        """Settle one call of the journal, and run the server."""
        self.journal.settle(1)
        self.network.settle()

    def say(self, lines: int) -> None:
        """Say `lines` lines in the lobby, as Bob."""
        for number in range(lines):
            self.bob.ask("say", room="lobby", text=f"line {number + 1}")
            self.settle()

    def connect(self, after: int, *more: dict[str, Any], name: str = "log") -> Program:
        """Return a program that has sent its hello and `more`, not yet answered."""
        log = self.network.connect(Program())
        log.network = self.network
        hello = {"type": "hello", "name": name, "client": CLIENT, "after": {"lobby": after}}
        log.queue(b"".join(msgspec.json.encode(asked) + b"\n" for asked in (hello, *more)))
        self.network.settle()
        return log


def ids(events: list[dict[str, Any]]) -> list[int]:
    return [line["id"] for line in events if line["type"] == "said"]


DISCONNECTS: dict[str, Callable[[Any], None]] = {
    "shutdown": lambda protocol: protocol.disconnect(SHUTDOWN),
    "replaced": lambda protocol: protocol.session.replaced(),
    "flood": lambda protocol: protocol.session.leave(FLOOD),
}


@pytest.mark.parametrize("reason", DISCONNECTS)
def test_a_disconnected_client_is_sent_no_line_behind_one_that_it_misses(
    reason: str,
) -> None:
    server = Server()
    server.say(PAGE + 10)
    log = server.connect(after=0)
    server.step()
    server.step()
    assert ids(log.told()) == [*range(1, PAGE + 1)]
    # All in one turn; the lines are stored before the next page is read.
    protocol = server.network.door(log)
    said = b'{"type":"say","room":"lobby","text":"%s"}\n'
    protocol.dataReceived(said % b"mine")
    server.network.door(server.bob).dataReceived(said % b"late")
    DISCONNECTS[reason](protocol)
    server.network.settle()
    server.journal.waiting.rotate(-1)
    server.settle()
    events = log.told()
    assert [line["type"] for line in events] == ["closing"], events
    assert events[0]["reason"] == reason
    again = server.connect(after=PAGE, name="again")
    server.settle()
    last = server.network.service.factory.chat.rooms.find("lobby")
    assert last is not None
    assert ids(again.told()) == [*range(PAGE + 1, last.last + 1)]


@pytest.mark.parametrize("bye", [False, True])
def test_a_client_whose_backfill_cannot_be_read_is_disconnected_before_later_lines(
    bye: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server()
    server.say(PAGE + 10)
    log = server.connect(0, *([{"type": "bye"}] if bye else []))
    server.step()
    server.step()
    unreadable = UnreadableError("It could not be read.")
    monkeypatch.setattr(server.journal._memory, "read", lambda room, span, found: found(unreadable))
    log.ask("say", room="lobby", text="mine", nonce="n")
    server.bob.ask("say", room="lobby", text="late")
    server.journal.waiting.rotate(-1)
    server.settle()
    events = log.told()
    assert ids(events) == [*range(1, PAGE + 1)]
    assert (events[-1]["type"], events[-1]["reason"], events[-1]["retry"]) == (
        "closing",
        "storage",
        10,
    )
    assert not log.online


def test_a_client_whose_backfill_cannot_be_read_is_sent_nothing_said_in_that_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = Server()
    server.say(PAGE + 10)
    log = server.connect(0)
    server.step()
    server.step()
    unreadable = UnreadableError("It could not be read.")
    monkeypatch.setattr(server.journal._memory, "read", lambda room, span, found: found(unreadable))
    said = b'{"type":"say","room":"lobby","text":"late"}\n'
    server.network.door(server.bob).dataReceived(said)
    server.journal.settle(1)
    server.settle()
    events = log.told()
    assert ids(events) == [*range(1, PAGE + 1)]
    assert events[-1]["reason"] == "storage"


def test_a_line_of_a_gap_that_is_said_again_is_confirmed_after_the_backfill() -> None:
    server = Server(journal=MemoryJournal(keep=2))
    log = server.connect(0)
    server.settle()
    for number in range(1, 4):
        log.ask("say", room="lobby", text=f"x{number}", nonce=f"{number}")
    server.settle()
    log.hang_up()
    server.settle()
    server.say(2)
    back = server.connect(0)
    server.step()
    back.ask("say", room="lobby", text="x3", nonce="3")
    server.journal.waiting.rotate(-1)
    server.settle()
    events = [line for line in back.told() if line["type"] in ("gap", "said")]
    assert [line.get("id") or (line["from"], line["to"]) for line in events] == [(1, 3), 4, 5, 3]


@pytest.mark.parametrize(("first", "second"), [(None, 0), (2, 0), (0, 2), (0, None)])
def test_each_join_uses_the_after_of_its_own_request(first: int | None, second: int | None) -> None:
    server = Server()
    server.say(3)
    log = server.connect(3)
    server.settle()
    log.told()
    joins = [{"type": "join", "room": "lobby", "after": after} for after in (first, second)]
    leave = {"type": "leave", "room": "lobby"}
    log.queue(b"".join(msgspec.json.encode(asked) + b"\n" for asked in (leave, joins[0], leave)))
    log.queue(msgspec.json.encode(joins[1]) + b"\n")
    server.settle()
    events = log.told()
    entered = max(number for number, line in enumerate(events) if line["type"] == "entered")
    assert ids(events[entered:]) == ([] if second is None else [*range(second + 1, 4)])


def test_requests_sent_with_the_hello_are_answered_after_the_backfill() -> None:
    server = Server()
    server.say(2 * PAGE)
    search = {"type": "search", "room": "lobby", "words": "nothing"}
    said = {"type": "say", "room": "lobby", "text": "mine", "nonce": "n"}
    log = server.connect(0, search, said, {"type": "bye"})
    server.step()
    assert len(server.journal.waiting) == 1
    server.bob.ask("say", room="lobby", text="late")
    server.settle()
    events = log.told()
    assert ids(events) == [*range(1, 2 * PAGE + 3)]
    assert [line["type"] for line in events[-4:]] == ["said", "found", "said", "closing"]
    assert (events[-2]["nonce"], events[-1]["reason"]) == ("n", "bye")
    assert not log.online


def test_nothing_is_read_for_a_slow_reader_who_misses_nothing_when_it_reads_again() -> None:
    server = Server()
    server.say(3 * PAGE)
    log = server.connect(0)
    server.step()
    send_queue: Any = server.network.door(log)._output
    send_queue.pauseProducing()
    server.step()
    server.say(10)
    assert ids(log.told()) == [*range(1, PAGE + 1)]
    send_queue.resumeProducing()
    server.settle()
    assert ids(log.told()) == [*range(PAGE + 1, 3 * PAGE + 11)]
