"""The table of keys: what is bound, and what the documentation says."""

from __future__ import annotations

import re

from netchat.client.frontends.keys import KEYS, ROOM_KEYS, answer
from tests.support.checkout import CHECKOUT

DOCUMENT = (CHECKOUT / "docs" / "client.md").read_text(encoding="utf-8")


def test_the_document_has_the_table() -> None:
    section = DOCUMENT.partition("\n## What you type\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (?!key |---)(.+?) \| (.+?) \|$", section, re.MULTILINE)
    assert [(shown.replace("`", ""), meaning) for shown, meaning in rows] == [
        (key.shown, key.meaning) for key in KEYS
    ]


def test_no_two_keys_are_the_same() -> None:
    sequences = [sequence for key in KEYS for sequence in key.sequences]
    assert len(sequences) == len(set(sequences))
    assert {("escape", digit) for digit in ROOM_KEYS} < set(sequences)


def test_keys_is_answered_in_any_case_and_nothing_else_is() -> None:
    lines = answer(" /KEYS ")
    assert lines is not None
    assert len(lines) == len(KEYS)
    assert max(map(len, lines)) <= 80
    assert answer("keys") is None
    assert answer("//keys") is None
