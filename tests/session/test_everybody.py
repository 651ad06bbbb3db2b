"""@all: a moderator mentions everybody in a room, and whoever else writes it is told so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.dialects.text.dialect import MODERATORS_ONLY
from netchat.model.everybody import mentions_everybody
from netchat.testing import Network
from tests.support.moderation import Moderated

if TYPE_CHECKING:
    from pathlib import Path

TOLD = f"* {MODERATORS_ONLY}"


@pytest.mark.parametrize(
    "text", ["@all lunch", "lunch, @All!", "(@ALL)", "@all", "now: @all.", "\u4f60\u597d @all"]
)
def test_the_word_mentions_everybody(text: str) -> None:
    assert mentions_everybody(text)


@pytest.mark.parametrize(
    "text", ["all", "@allen", "bob@all.example", "@all.example", "@@all", "x@all", "@all-in", "@"]
)
def test_a_part_of_a_word_or_an_address_mentions_nobody(text: str) -> None:
    assert not mentions_everybody(text)


@given(st.text(alphabet="@al .,x\u00e9", max_size=20))
def test_a_word_between_spaces_counts_wherever_it_stands(text: str) -> None:
    assert mentions_everybody(f"{text} @all {text}")


def test_a_line_of_a_moderator_mentions_everybody() -> None:
    moderated = Moderated()
    boss, mod = moderated.person("Boss", "operator"), moderated.person("Mod", "moderator", "lobby")
    ci = moderated.network.program("ci")
    ci.told()
    boss.say("@all lunch")
    mod.say("/me waves at @all")
    boss.say("no more")
    assert [(told["text"], told.get("all")) for told in ci.told()] == [
        ("@all lunch", True),
        ("waves at @all", True),
        ("no more", None),
    ]
    assert TOLD not in boss.heard() + mod.heard()


def test_a_line_of_anybody_else_is_said_as_plain_text_and_they_are_told() -> None:
    moderated = Moderated()
    mod = moderated.person("Mod", "moderator", "dev")
    alice, ci = moderated.guest("Alice"), moderated.network.program("ci")
    mod.heard(), alice.heard(), ci.told()
    alice.say("@all lunch")
    assert alice.heard() == [TOLD]
    assert mod.heard()[-1] == "Alice: @all lunch"
    assert "all" not in ci.told()[-1]
    mod.say("@all I keep order elsewhere")
    assert mod.heard() == [TOLD]
    ci.ask("say", room="lobby", text="@all done", nonce="1")
    said = ci.told()[-1]
    assert (said["nonce"], said["all"]) == ("1", False)
    ci.ask("history", room="lobby")
    assert all("all" not in line for line in ci.told()[-1]["lines"])


def test_lines_that_are_said_together_are_judged_one_by_one() -> None:
    moderated = Moderated()
    boss, ci = moderated.person("Boss", "operator"), moderated.network.program("ci")
    ci.told()
    boss.say("one\n@all two\nthree")
    assert [told.get("all") for told in ci.told()] == [None, True, None]


def test_the_mention_is_kept_and_goes_with_the_text(tmp_path: Path) -> None:
    moderated = Moderated("--data", str(tmp_path))
    boss = moderated.person("Boss", "operator")
    boss.say("@all lunch")
    boss.say("@all pasta")
    boss.say("/delete Boss")
    moderated.network.stop()
    moderated.network.advance(5)
    network = Network("--data", str(tmp_path))
    ci = network.program("ci", rooms=["lobby"], after={"lobby": 0})
    lines = [(told["text"], told.get("all")) for told in ci.told() if told["type"] == "said"]
    assert lines == [("@all lunch", True), ("", None)]
    ci.ask("search", room="lobby", words="lunch")
    assert ci.told()[-1]["lines"][0]["all"] is True
    network.stop()
    network.advance(5)
