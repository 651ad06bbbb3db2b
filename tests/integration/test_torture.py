"""The scenarios of `make torture`, small: every line that a guest has read is on disk."""

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
def test_guests_read_every_line_once_and_in_order_in_spite_of_failures(
    name: str, tmp_path: Path
) -> None:
    if reason := why_not(name):
        pytest.skip(reason)
    figures = SMALL[name](tmp_path, Random(SEED))
    shown = table((name, figure) for figure in figures)
    assert all(figure.good for figure in figures), f"TORTURE_SEED={SEED}\n{shown}"


def test_each_scenario_has_a_full_and_a_small_size() -> None:
    assert FULL.keys() == SMALL.keys()
