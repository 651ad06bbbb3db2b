"""The directory of a user's programs, and a user who has none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from netchat.model.state_directory import state_directory
from tests.support.needs import needs

SHOWN = (
    "import os; from netchat.model.state_directory import state_directory as s; "
    "os.setuid(54321); print(s())"
)


def test_it_is_below_the_users_state_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/srv/state")
    assert state_directory() == Path("/srv/state/netchat")


@needs("root")
def test_a_user_without_a_home_directory_has_none() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", SHOWN], env={}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert shown.stdout == "None\n"
