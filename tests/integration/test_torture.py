"""What anyone has seen is on disk, whatever happens: the scenarios of `make torture`, small."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random, SystemRandom

import pytest

from tests.torture.figures import table
from tests.torture.scenarios import FULL, SMALL, why_not

SEED = int(os.environ.get("TORTURE_SEED") or SystemRandom().randrange(1 << 32))


@pytest.mark.long
@pytest.mark.parametrize("name", SMALL)
def test_guests_hear_every_line_once_and_in_order_whatever_happens(
    name: str, tmp_path: Path
) -> None:
    if reason := why_not(name):
        pytest.skip(reason)
    figures = SMALL[name](tmp_path, Random(SEED))
    shown = table((name, figure) for figure in figures)
    assert all(figure.good for figure in figures), f"TORTURE_SEED={SEED}\n{shown}"


def test_each_scenario_has_a_full_size_and_a_small_one() -> None:
    assert FULL.keys() == SMALL.keys()
