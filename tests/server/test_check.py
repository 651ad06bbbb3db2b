"""Whether a server could use the options in an environment."""

from __future__ import annotations

from netchat.server.check import Checked, check


def test_an_empty_environment_is_good_enough() -> None:
    assert check({}) == Checked("", {})


def test_a_wrong_option_is_one_sentence() -> None:
    problem = check({"NETCHAT_HISTORY": "many"}).problem
    assert "many" in problem
    assert not problem.startswith("netchat:")
    assert "\n" not in problem
