"""The tail: the newest lines of a room, as many as fit."""

from __future__ import annotations

import pytest

from netchat.chat.delivery import tail as module
from netchat.chat.delivery.tail import Tail
from netchat.model.events import Said, SaidLines


def line(id: int, text: str = "x") -> Said:
    return Said("lobby", "Bob", text, 0.0, False, id)


def ids(tail: Tail, after: int) -> list[int]:
    return [said.id for said in tail.lines_after(after)]


def test_the_lines_after_an_id_are_returned_in_order() -> None:
    tail = Tail(3)
    for id in (4, 5, 6):
        tail.add(line(id))
    assert [ids(tail, after) for after in (3, 4, 5, 6)] == [[4, 5, 6], [5, 6], [6], []]


def test_lines_said_together_are_returned_one_by_one_and_only_those_after_the_id() -> None:
    tail = Tail(0)
    tail.add(SaidLines("lobby", "Bob", ("a", "b", "c"), 0.0, 1))
    tail.add(line(4, "d"))
    assert [(said.id, said.text) for said in tail.lines_after(1)] == [(2, "b"), (3, "c"), (4, "d")]
    assert ids(tail, 3) == [4]


def test_the_oldest_lines_are_dropped_when_the_tail_is_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 350)
    tail = Tail(0)
    for id in range(1, 6):
        tail.add(line(id))
    assert tail.after == 2
    assert ids(tail, tail.after) == [3, 4, 5]
    tail.add(SaidLines("lobby", "Bob", ("a", "b", "c", "d"), 0.0, 6))
    assert (tail.after, ids(tail, tail.after)) == (9, [])
