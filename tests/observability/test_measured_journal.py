"""A measured journal does what the journal does, and counts batches, not lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.journal.interface import Span
from netchat.journal.memory.journal import MemoryJournal
from netchat.model.events import Event, Joined, Said
from netchat.observability.measured_journal import MeasuredJournal
from tests.support.journals import ManualClock, append, ask, line, texts
from tests.support.listeners import SlowJournal

if TYPE_CHECKING:
    from netchat.journal.interface import Journal


class Values(list[float]):
    """A histogram that keeps every value."""

    def observe(self, amount: float) -> None:
        self.append(amount)


def measured(journal: Journal) -> tuple[MeasuredJournal, ManualClock, Values, Values]:
    clock, stored, turns = ManualClock(), Values(), Values()
    journal = MeasuredJournal(
        journal, seconds=clock.seconds, append_seconds=stored, turn_seconds=turns
    )
    return journal, clock, stored, turns


def test_a_batch_is_measured_once_whatever_is_in_it() -> None:
    slow = SlowJournal()
    journal, clock, stored, turns = measured(slow)
    settled: list[Event] = []

    def deliver(events: object) -> None:
        assert isinstance(events, list)
        settled.extend(events)
        clock.advance(0.25)

    journal.append([line("a"), line("b"), Joined("lobby", ("B",))], deliver)
    journal.append([Joined("lobby", ("C",))], deliver)
    assert journal.unsettled == 4
    clock.advance(0.5)
    slow.settle()
    assert len(settled) == 4
    assert journal.unsettled == 0
    assert stored == [0.5]
    assert turns == [0.25, 0.25]


def test_what_the_journal_refuses_is_counted_by_code() -> None:
    journal, *_ = measured(MemoryJournal())
    append(journal, line("a", nonce="1"))
    append(journal, line("b", nonce="1"), line("c", nonce="1"), line("d", nonce="2"))
    assert journal.refusals == {"nonce-reused": 2}


def test_an_error_in_the_delivery_is_not_hidden() -> None:
    journal, _, _, turns = measured(MemoryJournal())

    def fail(_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        journal.append([line("a")], fail)
    assert len(turns) == 1
    assert journal.unsettled == 0


def test_reads_searches_and_the_rest_are_those_of_the_journal() -> None:
    memory = MemoryJournal()
    journal, *_ = measured(memory)
    journal.acquire_lock()
    assert list(journal.open()) == []
    (said, _) = append(journal, line("a"), line("b"))
    assert isinstance(said, Said)
    assert (journal.id, journal.trouble) == (memory.id, "")
    assert texts(ask(journal, Span(0, 9, 9)).lines) == ["a", "b"]
    assert texts(ask(journal, Span(0, 9, 9), words="b").lines) == ["b"]
    closed: list[bool] = []
    journal.close(lambda: closed.append(True))
    assert closed == [True]
