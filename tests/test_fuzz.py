"""What the fuzzer begins with breaks nothing; `make fuzz` goes on from there."""

from __future__ import annotations

from random import Random

import pytest

from tests.fuzz.targets import TARGETS, seeds
from tests.support.hostile_lines import json_lines, text_lines


@pytest.mark.parametrize("target", TARGETS)
def test_what_hostile_guests_begin_with_breaks_nothing(target: str) -> None:
    for seed in seeds(target, text_lines(Random(2), 60), json_lines(Random(2), 60)):
        TARGETS[target](seed)
