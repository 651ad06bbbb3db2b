"""Deleted lines: they keep their place, and no journal has their texts any more."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from netchat.journal.interface import EventGroup, Journal, Page, Span
from netchat.journal.memory.journal import MemoryJournal
from netchat.model.events import Gap, Refused, Repeated, Said, SaidLines
from netchat.state.changes import Actor, Change, Changed, DeleteLines
from tests.support.changes import audit_of, change, code_of, settled
from tests.support.journals import NOW, all_of, append, ask, line, texts

if TYPE_CHECKING:
    from collections.abc import Callable


def deletion(*ids: int, room: str = "lobby", by: Actor | None = None) -> Change:
    """Return the change by which the console, or `by`, deletes lines."""
    what = DeleteLines(room, ids, "spam")
    return change(what) if by is None else change(what, by)


def deleted(id: int, room: str = "lobby", time: float = NOW) -> Said:
    """Return a line of Bob as it is after its deletion."""
    return Said(room, "Bob", "", time, id=id, deleted=True)


def test_a_deleted_line_keeps_its_place_its_time_and_its_speaker(journal: Journal) -> None:
    append(journal, line("a"), replace(line("b", time=7.125), action=True), line("c"))
    (result,) = settled(journal, deletion(2))
    assert isinstance(result, Changed)
    assert result.lines == (deleted(2, time=7.125),)
    expected = [replace(line("a"), id=1), deleted(2, time=7.125), replace(line("c"), id=3)]
    assert all_of(journal) == expected
    assert list(ask(journal, Span(0, 3, 9, newest=True)).lines) == expected
    assert ask(journal, Span(1, 2, 9)).lines == (deleted(2, time=7.125),)


def test_the_ids_go_on_after_the_last_line_is_deleted(journal: Journal) -> None:
    append(journal, line("a"))
    settled(journal, deletion(1))
    (said,) = append(journal, line("b"))
    assert isinstance(said, Said)
    assert said.id == 2


def test_several_lines_are_deleted_by_one_change(journal: Journal) -> None:
    append(journal, *map(line, "abcde"), line("x", "dev"))
    (result,) = settled(journal, deletion(4, 2, 4, 9))
    assert isinstance(result, Changed)
    assert result.lines == (deleted(4), deleted(2))
    assert texts(all_of(journal)) == ["a", "", "c", "", "e"]
    assert texts(all_of(journal, "dev")) == ["x"]


@pytest.mark.parametrize("place", range(5))
def test_one_of_the_lines_said_together_is_deleted(journal: Journal, place: int) -> None:
    append(journal, line("0"), SaidLines("lobby", "Bob", ("1", "2", "3"), NOW), line("4"))
    settled(journal, deletion(place + 1))
    expected = list("01234")
    expected[place] = ""
    assert texts(all_of(journal)) == expected
    for newest in (False, True):
        assert ask(journal, Span(place, place + 1, 9, newest)).lines == (deleted(place + 1),)
    # The ones around it are deleted like any other.
    settled(journal, deletion(*(id for id in range(1, 6) if id != place + 1)))
    assert texts(all_of(journal)) == [""] * 5


def test_a_line_is_deleted_in_the_batch_in_which_it_was_said(journal: Journal) -> None:
    said, result = append(journal, line("a", nonce="n"), deletion(1))
    assert isinstance(said, Said)
    assert isinstance(result, Changed)
    assert all_of(journal) == [deleted(1)]


def test_a_deleted_line_is_found_by_no_search(journal: Journal) -> None:
    append(journal, line("secret tea"), line("more tea"))
    settled(journal, deletion(1))
    assert not ask(journal, Span(0, 9, 9), words="secret").lines
    assert texts(ask(journal, Span(0, 9, 9), words="tea").lines) == ["more tea"]
    assert texts(ask(journal, Span(0, 9, 9, newest=True), words="tea").lines) == ["more tea"]


@pytest.mark.parametrize("together", [False, True])
def test_a_client_that_repeats_a_deleted_line_gets_it_as_it_is_now(
    journal: Journal, together: bool
) -> None:
    one = line("a", nonce="n")
    both = SaidLines("lobby", "Bob", ("a", "b"), NOW, nonces=("n", "m"), client="bobs-client")
    append(journal, both if together else one)
    settled(journal, deletion(1))
    again = Repeated(replace(deleted(1), nonce="n", client="bobs-client"))
    assert append(journal, one, one) == [again, again]
    (group,) = append(journal, both)
    assert isinstance(group, EventGroup)
    assert group.events[0] == again
    assert texts(all_of(journal)) == ["", "b"]


def test_a_line_that_is_deleted_and_repeated_in_one_batch_is_not_stored_again(
    journal: Journal,
) -> None:
    one = line("a", nonce="n")
    append(journal, one)
    again = Repeated(replace(deleted(1), nonce="n", client="bobs-client"))
    assert append(journal, one, deletion(1), one)[2] == again
    assert append(journal, line("b", nonce="m"), deletion(2), line("b", nonce="m"))[2] == Repeated(
        replace(deleted(2), nonce="m", client="bobs-client")
    )
    assert texts(all_of(journal)) == ["", ""]


def test_the_nonce_of_a_deleted_line_is_still_used_up_in_other_rooms(journal: Journal) -> None:
    append(journal, line("a", nonce="n"))
    settled(journal, deletion(1))
    (refused,) = append(journal, line("a", "dev", nonce="n"))
    assert code_of(refused) == "nonce-reused"


def test_a_line_with_the_same_text_is_not_touched(journal: Journal) -> None:
    append(journal, line("a", nonce="n"), line("a", nonce="m"), line("a", "dev", nonce="o"))
    settled(journal, deletion(1))
    assert texts(all_of(journal)) == ["", "a"]
    second, other = append(journal, line("a", nonce="m"), line("a", "dev", nonce="o"))
    assert isinstance(second, Repeated)
    assert isinstance(other, Repeated)
    assert (second.said.text, other.said.text) == ("a", "a")


def test_what_is_not_there_or_deleted_already_is_refused(journal: Journal) -> None:
    append(journal, line("a"), line("x", "dev"))
    settled(journal, deletion(1))
    for ids in ((0,), (2,), (-1,), (1 << 40,), (1 << 41 | 1,), (1 << 200,), ()):
        assert code_of(append(journal, deletion(*ids))[0]) == "bad-request"
    (again,) = append(journal, deletion(1))
    assert isinstance(again, Refused)
    assert "deleted already" in again.message
    assert code_of(append(journal, deletion(1, room="empty"))[0]) == "bad-request"


def test_a_refused_deletion_deletes_nothing(journal: Journal) -> None:
    append(journal, line("a"))
    assert code_of(append(journal, deletion(1, by=Actor("Eve")))[0]) == "not-allowed"
    assert texts(all_of(journal)) == ["a"]
    assert ask(journal, Span(0, 1, 9), words="a").lines


def test_the_audit_knows_the_length_of_a_deleted_line_and_not_its_text(journal: Journal) -> None:
    append(journal, line("secret"), line("hidden word"))
    settled(journal, deletion(1, 2))
    (entry,) = audit_of(journal).entries
    assert (entry.action, entry.room, entry.reason) == ("delete", "lobby", "spam")
    assert entry.details == "1 of Bob, 6 characters; 2 of Bob, 11 characters"
    assert "secret" not in str(entry)


@pytest.mark.parametrize("slices", [1, 2])
def test_a_search_that_runs_during_a_deletion_does_not_have_the_line(
    monkeypatch: pytest.MonkeyPatch, slices: int
) -> None:
    monkeypatch.setattr("netchat.journal.memory.search.SLICE", 1)
    turns: deque[Callable[[], None]] = deque()
    journal = MemoryJournal(call_soon=turns.append)
    append(journal, line("tea 1"), line("tea 2"), line("tea 3"))
    found: list[object] = []
    journal.search("lobby", "tea", Span(0, 3, 9), found.append)
    for _ in range(slices):
        turns.popleft()()
    settled(journal, deletion(1, 2))
    while turns:
        turns.popleft()()
    (page,) = found
    assert isinstance(page, Page)
    assert texts(page.lines) == ["tea 3"]


def test_lines_that_memory_no_longer_keeps_cannot_be_deleted() -> None:
    journal = MemoryJournal(keep=2)
    append(journal, SaidLines("lobby", "Bob", ("a", "b", "c"), NOW))
    assert code_of(append(journal, deletion(1))[0]) == "bad-request"
    settled(journal, deletion(2))
    assert ask(journal, Span(0, 3, 9)).lines == (
        Gap("lobby", 1, 1),
        deleted(2),
        replace(line("c"), id=3),
    )


def test_nothing_of_a_deleted_line_is_left_in_the_memory_of_the_journal() -> None:
    journal = MemoryJournal()
    append(journal, line("secret", nonce="n"))
    before = {known.what for known in journal._by_nonce.values()}
    settled(journal, deletion(1))
    assert not before & {known.what for known in journal._by_nonce.values()}
