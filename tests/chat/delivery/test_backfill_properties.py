"""Whatever happens during backfills, each line comes once, in order, and all names are right."""

from __future__ import annotations

from contextlib import ExitStack
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netchat.chat.delivery import backfill, lookups, tail
from tests.support.backfill_simulation import NAMES, ROOMS, Simulation


def test_a_guest_who_left_and_was_renamed_elsewhere_is_not_listed() -> None:
    simulation = Simulation(page=1)
    simulation.do("toggle 0 lobby", "toggle 0 dev", "say 0 lobby", "say 0 lobby", "finish")
    simulation.do("watch 0 lobby after 0", "watch 0 dev after 0", "end-turn", "settle")
    simulation.do("toggle 0 lobby", "end-turn", "settle", "rename 0 Cid", "finish")
    simulation.check()


def test_a_rename_does_not_apply_to_a_guest_who_has_taken_the_old_name() -> None:
    simulation = Simulation(page=1)
    simulation.do("toggle 0 lobby", "say 0 lobby", "say 0 lobby", "finish")
    simulation.do("watch 0 lobby after 0", "end-turn", "settle")
    simulation.do("rename 0 Cid", "rename 1 Ann", "toggle 1 dev", "watch 0 dev after 0", "finish")
    simulation.check()


@pytest.mark.parametrize("cut", ["cut 0", "lose 0"])
def test_a_client_that_is_disconnected_in_a_backfill_misses_nothing(cut: str) -> None:
    simulation = Simulation(page=1)
    simulation.do("toggle 0 lobby", *["say 0 lobby"] * 4, "finish")
    simulation.do("watch 0 lobby after 0", "end-turn", "settle", "settle", "answer 0", "drain 0")
    simulation.do("say 0 lobby", cut, "say 0 lobby", "end-turn", "settle", "finish")
    simulation.check()


_rooms = st.sampled_from(ROOMS)
_number = st.integers(0, 1)
_starts = st.sampled_from(["after", "newest", "live"])
_time_passes = st.one_of(
    st.sampled_from(["end-turn", "settle", "settle"]),
    st.builds("answer {}".format, _number),
    st.builds("drain {}".format, _number),
)
_deeds = st.one_of(
    st.builds("toggle {} {}".format, _number, _rooms),
    st.builds("say {} {}".format, _number, _rooms),
    st.builds("say {} lobby".format, _number),
    st.builds("say-several {} {}".format, _number, _rooms),
    st.builds("topic {} {}".format, _number, _rooms),
    st.builds("rename {} {}".format, _number, st.sampled_from(NAMES)),
    st.builds("watch {} {} {} {}".format, _number, _rooms, _starts, st.integers(0, 6)),
    st.builds("say-own {} {}".format, _number, _rooms),
    st.builds("rename-own {} {}".format, _number, st.sampled_from(NAMES)),
    st.builds("{} {}".format, st.sampled_from(["cut", "lose", "return", "return"]), _number),
)
_steps = st.one_of(_time_passes, _deeds, _time_passes, st.sampled_from(["break-disk", "mend-disk"]))
_ready = ("toggle 0 lobby", "toggle 1 lobby", "toggle 1 dev")


@settings(max_examples=500, deadline=None)
@given(
    before=st.lists(_deeds, max_size=20),
    steps=st.lists(_steps, max_size=50),
    bounds=st.tuples(st.integers(1, 3), st.sampled_from([1, 250, 100_000]), st.integers(1, 2)),
    keep=st.sampled_from([0, 0, 3]),
)
def test_whatever_happens_names_and_lines_are_right_in_the_end(
    before: list[str], steps: list[str], bounds: tuple[int, int, int], keep: int
) -> None:
    page, size, reads = bounds
    with ExitStack() as stack:
        for module, name, value in (
            (backfill, "PAGE", page),
            (tail, "MAX_BYTES", size),
            (lookups, "MAX_READS", reads),
        ):
            stack.enter_context(patch.object(module, name, value))
        simulation = Simulation(page, keep)
        simulation.do(*_ready, *before, "finish", *steps, "finish")
        simulation.check()
        live = [f"say {number} {room}" for number in range(2) for room in ROOMS]
        simulation.do(*live, "finish")
        simulation.check()
