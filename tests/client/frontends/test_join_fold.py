"""One line for those who joined and left."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netchat.client.frontends.cells import width_of
from netchat.client.frontends.join_fold import MAX_NAMES, JoinFold
from tests.support.terminals import joined, left


def folded(*moves: object, columns: int = 80) -> str:
    fold = JoinFold()
    for move in moves:
        fold.add(move)  # type: ignore[arg-type]
    return fold.text(columns)


def test_a_few_people_are_named_and_of_many_the_first_ones() -> None:
    assert folded(joined("Ann")) == "* Ann joined"
    assert folded(joined("Ann"), joined("Tom")) == "* Ann and Tom joined"
    assert folded(joined("Ann"), joined("Tom", "Eve")) == "* Ann, Tom and Eve joined"
    assert folded(joined(*"abcdef")) == "* a, b and 4 others joined"


def test_each_one_is_told_of_once() -> None:
    assert folded(joined("Ann"), left("Bob")) == "* Ann joined; Bob left"
    assert folded(joined("Ann"), left("Ann")) == "* Ann joined and left"
    assert folded(left("Ann"), joined("Ann")) == "* Ann left and joined again"
    assert folded(joined("Ann"), left("Ann"), joined("Ann")) == "* Ann joined"


def test_in_a_narrow_terminal_fewer_are_named_and_their_names_are_cut() -> None:
    moves = joined("Annabel", "日本語", "Tom"), left("Ottokar")
    assert folded(*moves, columns=48) == "* Annabel, 日本語 and Tom joined; Ottokar left"
    assert folded(*moves, columns=43) == "* Annabel and 2 others joined; Ottokar left"
    assert folded(*moves, columns=35) == "* Annabel +2 joined; Ottokar left"
    assert folded(*moves, columns=31) == "* Anna.. +2 joined; Otto.. left"
    assert folded(*moves, columns=20) == "* 3 joined; 1 left"
    assert folded(joined("Annabel", "Tom"), columns=29) == "* Annabel and Tom joined"
    assert folded(joined("Annabel", *map(str, range(39))), columns=20) == "* Annabel +39 joined"
    assert folded(joined("Annabel_the_Great"), columns=20) == "* Annabel_t.. joined"
    assert folded(joined("日本語の名前", "b"), columns=20) == "* 日本語.. +1 joined"


@given(
    st.lists(st.tuples(st.booleans(), st.text("aé語", min_size=1, max_size=30)), min_size=1),
    st.integers(1, 100),
)
def test_it_is_one_row_in_every_width(moves: list[tuple[bool, str]], columns: int) -> None:
    line = folded(*[(joined if comes else left)(name) for comes, name in moves], columns=columns)
    assert width_of(line) <= columns


def test_it_is_bounded() -> None:
    fold = JoinFold()
    fold.add(joined(*map(str, range(MAX_NAMES - 1))))
    assert not fold.full
    fold.add(left("Bob"))
    assert fold.full
    fold.clear()
    assert not fold.full
    assert fold.text(80) == ""
