"""docs/irc.md names every capability and every command."""

from __future__ import annotations

import re

from netchat.dialects.irc.capabilities import NEEDS
from netchat.session.irc.commands import COMMANDS
from tests.support.checkout import CHECKOUT

DOCUMENT = (CHECKOUT / "docs" / "irc.md").read_text(encoding="utf-8")
ROWS = DOCUMENT.partition("## What works")[2]


def test_the_document_names_every_capability() -> None:
    assert set(NEEDS) <= set(re.findall(r"`([a-z][a-z/-]+)`", ROWS))


def test_the_document_names_every_command() -> None:
    named = re.findall(r"^\| ((?:[A-Z]+(?:, )?)+) \|", ROWS, re.MULTILINE)
    assert {*COMMANDS} <= set(", ".join(named).split(", "))
