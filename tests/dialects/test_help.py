"""What `/help` shows: it fits on a small terminal."""

from __future__ import annotations

import pytest

from netchat.dialects.text.commands import TOPICS
from netchat.dialects.text.help import help_texts


@pytest.mark.parametrize("in_client", [False, True])
def test_each_command_takes_one_row_of_a_terminal_and_all_fit_on_the_screen(
    in_client: bool,
) -> None:
    lines = [*help_texts("", in_client=in_client)]
    assert max(map(len, lines)) < 80
    assert len(lines) < 24


@pytest.mark.parametrize("topic", TOPICS)
def test_no_row_of_a_topic_is_wrapped(topic: str) -> None:
    lines = [*help_texts(topic, in_client=True)]
    assert max(map(len, lines)) <= 80


def test_what_a_command_does_stands_below_one_that_is_long() -> None:
    lines = [*help_texts("account")]
    usage = lines.index("* /account [remove N | end ID | end all]")
    assert lines[usage + 1].startswith("*  ")
    assert lines[usage + 1].endswith("  show your proofs and sessions, or end some")
