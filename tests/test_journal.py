"""What every journal must do; later ones join the list, and the tests stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.events import Event, Joined, Left, Said
from netchat.journal import Journal, MemoryJournal

if TYPE_CHECKING:
    from collections.abc import Sequence

JOURNALS = [MemoryJournal]


@pytest.fixture(params=JOURNALS)
def journal(request: pytest.FixtureRequest) -> Journal:
    made: Journal = request.param()
    return made


def line(text: str, room: str = "lobby") -> Said:
    return Said(room, "Bob", text, 7.0)


def append(journal: Journal, *batch: Event) -> list[Event]:
    settled: list[Event] = []
    journal.append(batch, settled.extend)
    return settled


def read(journal: Journal, up_to: int, limit: int, room: str = "lobby") -> list[str]:
    found: list[Said] = []
    journal.read(room, up_to, limit, found.extend)
    return [said.text for said in found]


def test_ids_count_what_was_said_in_a_room(journal: Journal) -> None:
    first = append(journal, line("a"), line("x", "dev"), line("b"))
    second = append(journal, line("c"))
    assert [said.id for said in [*first, *second] if isinstance(said, Said)] == [1, 1, 2, 3]


def test_a_batch_comes_back_whole_and_in_order(journal: Journal) -> None:
    batch = [Left("lobby", ("Ann",)), line("a"), Left("lobby", ("Bob",))]
    settled = append(journal, *batch)
    assert settled == [batch[0], Said("lobby", "Bob", "a", 7.0, id=1), batch[2]]


def test_who_joins_learns_the_last_line_before_him(journal: Journal) -> None:
    settled = append(
        journal, Joined("lobby", ("A",)), line("a"), Joined("lobby", ("B",)), line("b")
    )
    assert [event.last for event in settled if isinstance(event, Joined)] == [0, 1]


def test_batches_settle_in_the_order_in_which_they_were_appended(journal: Journal) -> None:
    order: list[int] = []

    def settled(number: int) -> object:
        def note(batch: Sequence[Event]) -> None:
            order.append(number)

        return note

    for number in range(5):
        journal.append([line(str(number))], settled(number))  # type: ignore[arg-type]
    assert order == [0, 1, 2, 3, 4]


def test_the_last_lines_are_found_oldest_first(journal: Journal) -> None:
    append(journal, *(line(text) for text in "abcdef"), line("x", "dev"))
    assert read(journal, 6, 3) == ["d", "e", "f"]
    assert read(journal, 4, 3) == ["b", "c", "d"]
    assert read(journal, 6, 100) == list("abcdef")
    assert read(journal, 6, 100, "empty") == []


def test_memory_keeps_the_newest_lines_and_goes_on_counting() -> None:
    journal = MemoryJournal(keep=2)
    append(journal, *(line(text) for text in "abcd"))
    assert read(journal, 4, 10) == ["c", "d"]
    assert append(journal, Joined("lobby", ("A",))) == [Joined("lobby", ("A",), last=4)]
