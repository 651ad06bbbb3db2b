"""How far a room has been read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netchat.client.conversation.read_marker import ReadMarker


def test_each_line_is_shown_once() -> None:
    marker = ReadMarker(5)
    assert not marker.advance(5, own=False)
    assert marker.advance(6, own=False)
    assert not marker.advance(6, own=False)


def test_an_own_line_is_not_shown() -> None:
    marker = ReadMarker(5)
    assert not marker.advance(6, own=True)
    assert marker.last == 6


def test_an_own_line_that_arrives_early_hides_no_line_before_it() -> None:
    marker = ReadMarker(5)
    marker.resume(9)
    assert not marker.advance(8, own=True)
    assert marker.last == 5
    assert [marker.advance(number, own=False) for number in (6, 7, 8, 9)] == [
        True,
        True,
        False,
        True,
    ]


def test_lines_said_before_the_entry_are_missed_and_the_marker_is_behind_until_they_arrive() -> (
    None
):
    marker = ReadMarker(5)
    assert not marker.is_behind
    assert marker.resume(7)
    assert marker.is_behind
    assert [marker.was_missed(number) for number in (6, 7, 8)] == [True, True, False]
    marker.advance(6, own=False)
    marker.skip_to(7)
    assert not marker.is_behind


def test_a_room_whose_ids_start_again_is_noticed_and_read_from_there() -> None:
    marker = ReadMarker(40)
    assert not marker.resume(3)
    assert marker.advance(4, own=False)


@given(st.integers(0, 5), st.lists(st.booleans(), max_size=30), st.data())
def test_with_acknowledgements_at_any_time_each_line_of_others_is_shown_once_and_in_order(
    before: int, owners: list[bool], data: st.DataObject
) -> None:
    """The lines after `before` come in order; own ones are also acknowledged at some moment."""
    marker = ReadMarker(before)
    marker.resume(before + len(owners))
    lines = list(enumerate(owners, before + 1))
    steps: list[tuple[int, bool]] = [(number, False) for number, _ in lines]
    for number, own in lines:
        if own:
            steps.insert(data.draw(st.integers(0, len(steps))), (number, True))
    shown: list[int] = []
    acknowledged: set[int] = set()
    for number, own in steps:
        acknowledged |= {number} if own else set()
        # Before its acknowledgement, an own line is recognised by its text.
        if marker.advance(number, own=own) and not owners[number - before - 1]:
            shown.append(number)
        elif marker.last >= number and owners[number - before - 1]:
            assert number not in shown
    assert shown == [number for number, own in lines if not own]
    assert not marker.is_behind
