"""Who is not told all of what he has missed gets the rest when he comes back, whatever ended it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from netchat.chat.chat import Chat
from netchat.chat.delivery.backfill_reader import PAGE
from netchat.journal.interface import UnreadableError
from netchat.journal.memory.journal import MemoryJournal
from netchat.model.disconnects import SHUTDOWN
from netchat.testing import START, Network, Program
from tests.support.listeners import SlowJournal

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENT = "c0ffee00-0000-4000-8000-000000000001"


class House:
    """A whole server on a journal that answers when it is told to; Bob is in the lobby."""

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
        self.rest()

    def rest(self) -> None:
        self.network.settle()
        while self.journal.waiting:
            self.journal.settle()
            self.network.settle()

    def step(self) -> None:
        """Let the journal do one thing."""
        self.journal.settle(1)
        self.network.settle()

    def fill(self, lines: int) -> None:
        for number in range(lines):
            self.bob.ask("say", room="lobby", text=f"line {number + 1}")
            self.rest()

    def log(self, after: int, *more: dict[str, Any], name: str = "log") -> Program:
        """Return a program that is on its way in, and has sent `more` at once."""
        log = self.network.connect(Program())
        log.network = self.network
        hello = {"type": "hello", "name": name, "client": CLIENT, "after": {"lobby": after}}
        log.queue(b"".join(msgspec.json.encode(asked) + b"\n" for asked in (hello, *more)))
        self.network.settle()
        return log


def ids(told: list[dict[str, Any]]) -> list[int]:
    return [line["id"] for line in told if line["type"] == "said"]


LEAVES: dict[str, Callable[[Any], None]] = {
    "shutdown": lambda door: door.disconnect(SHUTDOWN),
    "replaced": lambda door: door.session.replaced(),
    "too-slow": lambda door: door.session.too_slow(),
    "flood": lambda door: door.flood_received(),
}


@pytest.mark.parametrize("reason", LEAVES)
def test_who_is_sent_away_is_told_nothing_from_behind_what_he_has_not_been_told(
    reason: str,
) -> None:
    house = House()
    house.fill(PAGE + 10)
    log = house.log(after=0)
    house.step()
    house.step()
    assert ids(log.told()) == [*range(1, PAGE + 1)]
    # In one turn; and what is said is stored before the next page is read.
    door = house.network.door(log)
    said = b'{"type":"say","room":"lobby","text":"%s"}\n'
    door.dataReceived(said % b"mine")
    house.network.door(house.bob).dataReceived(said % b"late")
    LEAVES[reason](door)
    house.network.settle()
    house.journal.waiting.rotate(-1)
    house.rest()
    told = log.told()
    assert [line["type"] for line in told] == ["closing"], told
    assert told[0]["reason"] == reason
    again = house.log(after=PAGE, name="again")
    house.rest()
    last = house.network.service.factory.chat.rooms.find("lobby")
    assert last is not None
    assert ids(again.told()) == [*range(PAGE + 1, last.last + 1)]


@pytest.mark.parametrize("bye", [False, True])
def test_who_cannot_be_told_the_rest_is_sent_away_before_he_is_told_more(
    bye: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House()
    house.fill(PAGE + 10)
    log = house.log(0, *([{"type": "bye"}] if bye else []))
    house.step()
    house.step()
    unreadable = UnreadableError("It could not be read.")
    monkeypatch.setattr(house.journal._memory, "read", lambda room, span, found: found(unreadable))
    log.ask("say", room="lobby", text="mine", nonce="n")
    house.bob.ask("say", room="lobby", text="late")
    house.journal.waiting.rotate(-1)
    house.rest()
    told = log.told()
    assert ids(told) == [*range(1, PAGE + 1)]
    assert (told[-1]["type"], told[-1]["reason"], told[-1]["retry"]) == ("closing", "storage", 10)
    assert not log.online


def test_nor_is_he_told_what_is_said_in_the_turn_in_which_that_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = House()
    house.fill(PAGE + 10)
    log = house.log(0)
    house.step()
    house.step()
    unreadable = UnreadableError("It could not be read.")
    monkeypatch.setattr(house.journal._memory, "read", lambda room, span, found: found(unreadable))
    said = b'{"type":"say","room":"lobby","text":"late"}\n'
    house.network.door(house.bob).dataReceived(said)
    house.journal.settle(1)
    house.rest()
    told = log.told()
    assert ids(told) == [*range(1, PAGE + 1)]
    assert told[-1]["reason"] == "storage"


def test_a_gap_is_told_though_its_last_line_is_said_again() -> None:
    house = House(journal=MemoryJournal(keep=2))
    log = house.log(0)
    house.rest()
    for number in range(1, 4):
        log.ask("say", room="lobby", text=f"x{number}", nonce=f"{number}")
    house.rest()
    log.hang_up()
    house.rest()
    house.fill(2)
    back = house.log(0)
    house.step()
    back.ask("say", room="lobby", text="x3", nonce="3")
    house.journal.waiting.rotate(-1)
    house.rest()
    told = [line for line in back.told() if line["type"] in ("gap", "said")]
    assert [line.get("id") or (line["from"], line["to"]) for line in told] == [(1, 3), 3, 4, 5]


@pytest.mark.parametrize(("first", "second"), [(None, 0), (2, 0), (0, 2), (0, None)])
def test_each_join_has_the_after_that_it_came_with(first: int | None, second: int | None) -> None:
    house = House()
    house.fill(3)
    log = house.log(3)
    house.rest()
    log.told()
    joins = [{"type": "join", "room": "lobby", "after": after} for after in (first, second)]
    leave = {"type": "leave", "room": "lobby"}
    log.queue(b"".join(msgspec.json.encode(asked) + b"\n" for asked in (leave, joins[0], leave)))
    log.queue(msgspec.json.encode(joins[1]) + b"\n")
    house.rest()
    told = log.told()
    entered = max(number for number, line in enumerate(told) if line["type"] == "entered")
    assert ids(told[entered:]) == ([] if second is None else [*range(second + 1, 4)])


def test_pages_wait_for_what_their_reader_has_asked_for_and_do_not_pile_up_behind_it() -> None:
    house = House("--max-backlog", "100000")
    house.fill(6 * PAGE)
    log = house.log(0, {"type": "search", "room": "lobby", "words": "nothing"})
    house.step()
    # The search takes longer than all pages together.
    search = house.journal.waiting.popleft()
    question = house.journal.waiting.popleft()
    waiting = [search, question]
    reads = 0
    while house.journal.waiting:
        house.step()
        reads += 1
    assert reads <= 1
    for call in waiting:
        call()
        house.rest()
    told = log.told()
    assert ids(told) == [*range(1, 6 * PAGE + 1)]
    assert "closing" not in {line["type"] for line in told}
