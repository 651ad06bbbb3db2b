"""netchat admin, run in this process on a data directory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from netchat import command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Ran:
    """What a command has printed, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What was printed with --json."""
        return [json.loads(line) for line in self.out.split("\n") if line]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(data: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Return a function that runs `netchat admin DATA` with its arguments."""

    def run(*arguments: str, tool: str = "admin") -> Ran:
        capfd.readouterr()
        try:
            code = command.main([tool, str(data), *arguments])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else -1
        return Ran(code, *capfd.readouterr())

    return run
