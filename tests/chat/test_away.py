"""Who is away: each person is told once, and nothing is kept of those who have left."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from netchat.chat.away import Absences

PEOPLE = st.integers(1, 4)
STEPS = st.one_of(
    st.tuples(st.just("set"), PEOPLE, st.sampled_from(["", "lunch"])),
    st.tuples(st.just("tell"), PEOPLE, PEOPLE),
    st.tuples(st.just("forget"), PEOPLE, st.just("")),
)


@settings(max_examples=200, deadline=None)
@given(steps=st.lists(STEPS, max_size=30))
def test_each_person_is_told_once_of_each_absence_until_they_leave(
    steps: list[tuple[str, int, Any]],
) -> None:
    absences = Absences()
    away, told = dict[int, str](), set[tuple[int, int]]()
    for step, person, other in steps:
        if step == "tell":
            known = away.get(person, "") if (person, other) not in told else ""
            assert absences.tell(person, other) == known
            told |= {(person, other)} if known else set()
            continue
        if step == "set":
            absences.set(person, other)
        else:
            absences.forget(person)
            told = {pair for pair in told if pair[1] != person}
        told = {pair for pair in told if pair[0] != person}
        away[person] = other
    assert [absences.find(person) for person in range(1, 5)] == [
        away.get(person, "") for person in range(1, 5)
    ]
    for person in range(1, 5):
        absences.forget(person)
    assert not absences._readers


class _NoLoop(dict[Any, Any]):
    """A dictionary in which single keys are looked up, and that nobody looks through."""

    def _refuse(self) -> Any:
        raise AssertionError

    __iter__ = keys = values = items = _refuse


def test_nobody_who_leaves_is_looked_for_among_all_who_are_away() -> None:
    absences = Absences()
    for person in range(1, 1000):
        absences.set(person, "lunch")
        absences.tell(person, 1000)
    absences._absences = _NoLoop(absences._absences)
    for person in range(1, 500):
        absences.forget(person)
    absences.forget(1000)
    assert absences.tell(999, 1000) == "lunch"
