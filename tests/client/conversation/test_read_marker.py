"""How far a room has been read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netchat.client.conversation.read_marker import Place


def test_each_line_is_news_once() -> None:
    place = Place(5)
    assert not place.reach(5, own=False)
    assert place.reach(6, own=False)
    assert not place.reach(6, own=False)


def test_an_own_line_is_no_news() -> None:
    place = Place(5)
    assert not place.reach(6, own=True)
    assert place.last == 6


def test_an_own_line_that_is_told_ahead_of_its_turn_hides_nothing_that_comes_before_it() -> None:
    place = Place(5)
    place.come_back(9)
    assert not place.reach(8, own=True)
    assert place.last == 5
    assert [place.reach(number, own=False) for number in (6, 7, 8, 9)] == [True, True, False, True]


def test_what_was_said_before_one_came_in_was_missed_and_one_is_behind_until_it_is_told() -> None:
    place = Place(5)
    assert not place.behind
    assert place.come_back(7)
    assert place.behind
    assert [place.was_missed(number) for number in (6, 7, 8)] == [True, True, False]
    place.reach(6, own=False)
    place.pass_by(7)
    assert not place.behind


def test_a_room_that_begins_anew_is_noticed_and_read_from_where_it_is() -> None:
    place = Place(40)
    assert not place.come_back(3)
    assert place.reach(4, own=False)


@given(st.integers(0, 5), st.lists(st.booleans(), max_size=30), st.data())
def test_with_acknowledgements_at_any_moment_every_line_of_others_is_news_once_and_in_order(
    before: int, owners: list[bool], data: st.DataObject
) -> None:
    """The lines after `before` come in order; own ones are also acknowledged at some moment."""
    place = Place(before)
    place.come_back(before + len(owners))
    lines = list(enumerate(owners, before + 1))
    steps: list[tuple[int, bool]] = [(number, False) for number, _ in lines]
    for number, own in lines:
        if own:
            steps.insert(data.draw(st.integers(0, len(steps))), (number, True))
    told: list[int] = []
    acknowledged: set[int] = set()
    for number, own in steps:
        acknowledged |= {number} if own else set()
        # Until it is acknowledged, an own line is known by its text.
        if place.reach(number, own=own) and not owners[number - before - 1]:
            told.append(number)
        elif place.last >= number and owners[number - before - 1]:
            assert number not in told
    assert told == [number for number, own in lines if not own]
    assert not place.behind
