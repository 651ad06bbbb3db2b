"""Where in the log of a site the texts are that have to be erased from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.journal.interface import EventGroup, LogErased, LogPlace
from netchat.journal.log_places import (
    PrivateLine,
    Run,
    count_lines,
    position_of,
    private_lines_of,
    refused_in,
    runs_of,
)
from netchat.model.events import Event, Refused, Repeated, Said, SaidLines, TopicSet
from netchat.model.notices import ToldAgain
from netchat.state.changes import CONSOLE, Change, Changed, DeleteLines
from tests.support.journals import NOW, append, line
from tests.support.log_places import delete, forget, lines, places, reach, take, told
from tests.support.private_lines import own_name

if TYPE_CHECKING:
    from netchat.journal.interface import Journal

TOPIC = TopicSet("lobby", "news", "Bob")
NO = Refused("no-such-user", "Nobody here is called so.")


def test_the_position_of_an_entry_is_that_of_the_reach_at_its_end() -> None:
    done = Changed(reach(7), 1)
    assert position_of([line("a"), done]) == 7
    assert position_of([done, line("a")]) == 0
    assert position_of([line("a"), Refused("storage", "No.")]) == 0
    assert position_of([Changed(delete(1), 1)]) == 0
    assert position_of([]) == 0


@pytest.mark.parametrize(
    ("event", "count"),
    [(line("a"), 1), (lines("a", "b"), 2), (told("a"), 1), (TOPIC, 0), (delete(1), 0)],
)
def test_lines_are_counted_and_nothing_else_is(event: Event, count: int) -> None:
    assert count_lines(event) == count


def test_lines_that_follow_each_other_are_one_run() -> None:
    batch = [line("a"), TOPIC, lines("b", "c"), line("d")]
    one, two = Said("lobby", "Bob", "a", NOW, id=4), Said("lobby", "Bob", "d", NOW, id=7)
    results = [one, TOPIC, SaidLines("lobby", "Bob", ("b", "c"), NOW, 5), two]
    assert runs_of(batch, results) == [Run("lobby", 4, 7, 0)]


def test_a_run_ends_where_a_line_of_another_kind_or_room_is_in_between() -> None:
    a, b = Said("lobby", "Bob", "a", NOW, id=4), Said("lobby", "Bob", "b", NOW, id=5)
    x, again = Said("dev", "Bob", "x", NOW, id=1), Repeated(a)
    batch = [line("a"), told("psst"), line("b"), line("x", room="dev"), line("a"), line("no")]
    results = [a, told("psst"), b, x, again, NO]
    assert runs_of(batch, results) == [
        Run("lobby", 4, 4, 0),
        Run("lobby", 5, 5, 2),
        Run("dev", 1, 1, 3),
        Run("lobby", 4, 4, 4, again=True),
    ]
    assert [*refused_in(batch, results)] == [5]


def test_what_is_refused_of_lines_that_were_said_together() -> None:
    a = Said("lobby", "Bob", "a", NOW, id=4)
    batch = [line("x"), lines("a", "b", "c"), lines("d", "e")]
    results = [NO, EventGroup((a, NO, Repeated(a))), NO]
    assert [*refused_in(batch, results)] == [0, 2, 4, 5]
    assert runs_of(batch, results) == [Run("lobby", 4, 4, 1), Run("lobby", 4, 4, 3, again=True)]


def test_a_private_line_goes_with_its_sender_or_if_that_is_a_guest_with_its_reader() -> None:
    batch = [told("a", 5, 6), told("b", 0, 6), told("c", 5), told("d"), told("e", 5), told("f", 6)]
    results = [*batch[:4], ToldAgain(told("e", 5)), NO]
    assert [*private_lines_of(batch, results)] == [
        PrivateLine(5, 0), PrivateLine(6, 1), PrivateLine(5, 2), PrivateLine(5, 4),
    ]  # fmt: skip


def test_a_deleted_line_is_found_in_the_entry_in_which_it_was_said(journal: Journal) -> None:
    take(journal, 1, told("psst", recipient=own_name(journal, "Ann")), line("a"), lines("b", "c"))
    take(journal, 2, line("d"), line("x", room="dev"))
    assert places(journal) == []
    take(journal, 3, delete(1, 4))
    assert places(journal) == [(1, 1), (2, 0)]
    take(journal, 4, delete(3))
    assert places(journal) == [(1, 1), (1, 3), (2, 0)]


def test_what_is_no_entry_has_no_place(journal: Journal) -> None:
    append(journal, line("a"))
    append(journal, delete(1))
    assert places(journal) == []


def test_a_line_that_is_deleted_in_the_entry_in_which_it_is_said(journal: Journal) -> None:
    take(journal, 3, line("a"), line("b"), delete(2), line("c"))
    assert places(journal) == [(3, 1)]


def test_every_repeat_of_a_deleted_line_before_and_after_has_a_place(journal: Journal) -> None:
    take(journal, 1, line("a", nonce="n"), line("b"))
    take(journal, 2, line("b"), line("a", nonce="n"))
    take(journal, 3, delete(1))
    assert places(journal) == [(1, 0), (2, 1)]
    take(journal, 4, lines("c", "a", nonces=("m", "n")))
    assert places(journal) == [(1, 0), (2, 1), (4, 1)]


def test_a_refused_line_has_a_place_at_once(journal: Journal) -> None:
    take(journal, 1, line("a", nonce="n"))
    gone = own_name(journal, "Eve")
    append(journal, forget("Eve"))
    (reused,) = take(journal, 2, line("other", nonce="n"))
    results = take(journal, 3, line("a"), lines("b", "c", account=gone), told("psst", gone))
    assert [type(x) for x in (reused, *results)] == [Refused, Said, Refused, Refused]
    assert places(journal) == [(2, 0), (3, 1), (3, 2), (3, 3)]


def test_who_is_forgotten_takes_what_they_have_sent_and_what_guests_sent_them(
    journal: Journal,
) -> None:
    ann, bob = own_name(journal, "Ann"), own_name(journal, "Bob")
    take(journal, 1, told("to bob", ann, bob, "n"), told("to ann", bob, ann), told("hi", 0, ann))
    take(journal, 2, told("to bob", ann, bob, "n"), told("guest to bob", 0, bob))
    take(journal, 3, told("to a guest", ann), told("bye", ann, bob), forget("Ann"))
    assert places(journal) == [(1, 0), (1, 2), (2, 0), (3, 0), (3, 1)]
    take(journal, 4, forget("Bob"))
    assert places(journal) == [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (3, 0), (3, 1)]


def test_what_is_erased_or_older_than_the_log_has_no_place_any_more(journal: Journal) -> None:
    ann, eve = own_name(journal, "Ann"), own_name(journal, "Eve")
    for position in (1, 2, 3):
        take(journal, position, line("a"), told("psst", ann), told("psst", eve))
    take(journal, 4, delete(1, 2), forget("Ann"))
    append(journal, LogErased((LogPlace(1, 0), LogPlace(2, 1))))
    assert places(journal) == [(1, 1), (2, 0), (3, 1)]
    append(journal, LogErased(first=3))
    assert places(journal) == [(3, 1)]
    # Nor does it get one when the rest is deleted.
    take(journal, 5, forget("Eve"), delete(3))
    assert places(journal) == [(3, 0), (3, 1), (3, 2)]


def test_a_line_from_before_the_site_has_no_place(journal: Journal) -> None:
    append(journal, line("a"), *[line("x", room="dev") for _ in range(3)])
    take(journal, 1, line("b"), line("c"))
    append(journal, Change(DeleteLines("dev", (2,)), CONSOLE, NOW), delete(1))
    take(journal, 2, Change(DeleteLines("dev", (1, 3)), CONSOLE, NOW))
    assert places(journal) == []


def test_some_places_are_found_at_once_the_oldest_ones(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for which in ("memory", "sqlite"):
        monkeypatch.setattr(f"netchat.journal.{which}.log_places.MOST_PLACES", 2)
    take(journal, 1, lines("a", "b", "c"))
    take(journal, 2, delete(3, 1, 2))
    assert places(journal) == [(1, 0), (1, 1)]
    append(journal, LogErased((LogPlace(1, 0),)))
    assert places(journal) == [(1, 1), (1, 2)]
