"""The initial inputs of the fuzzer pass; `make fuzz` continues from them."""

from __future__ import annotations

from random import Random

import pytest

from tests.fuzz.targets import TARGETS, seeds
from tests.support.hostile_lines import json_lines, text_lines


@pytest.mark.parametrize("target", TARGETS)
def test_the_initial_inputs_of_the_fuzzer_pass(target: str) -> None:
    for seed in seeds(target, text_lines(Random(2), 60), json_lines(Random(2), 60)):
        TARGETS[target](seed)
