"""What `/help` shows: it fits on a small terminal."""

from __future__ import annotations

import pytest

from netchat.dialects.text.help import help_texts


@pytest.mark.parametrize("in_client", [False, True])
def test_each_command_takes_one_row_of_a_terminal_and_all_fit_on_the_screen(
    in_client: bool,
) -> None:
    lines = [*help_texts("", in_client=in_client)]
    assert max(map(len, lines)) < 80
    assert len(lines) < 24
