"""What somebody without an engine is told, and that the other tests leave these alone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.integration.docker.containers import PATIENCE
from tests.support.checkout import CHECKOUT

SENTENCE = "a docker engine, and `docker info` finds none that answers."


def fails(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command that finds no engine; return how it ended."""
    environment = {**os.environ, "DOCKER_HOST": "unix:///nowhere/docker.sock"}
    for of_the_make_above in ("MAKEFLAGS", "MAKELEVEL"):
        environment.pop(of_the_make_above, None)
    return subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, text=True,
        check=False, timeout=PATIENCE,
    )  # fmt: skip


def test_make_says_in_one_sentence_that_there_is_no_engine() -> None:
    ended = fails("make", "test-docker")
    assert ended.returncode != 0
    assert ended.stdout == ""
    sentence, of_make = ended.stderr.splitlines()
    assert sentence == f"netchat: make test-docker needs {SENTENCE}"
    assert of_make.startswith("make: *** ")


@pytest.mark.parametrize("arguments", [[], ["tests"]])
def test_pytest_says_it_too_and_goes_here_only_when_told_to(arguments: list[str]) -> None:
    pytest_ = (sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider")
    collected = fails(*pytest_, *arguments)
    assert "tests/integration/test_server_process.py" in collected.stdout
    assert "tests/integration/docker" not in collected.stdout
    ended = fails(
        sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/integration/docker"
    )
    assert ended.returncode == 1
    assert f"netchat: these tests need {SENTENCE}" in ended.stdout + ended.stderr
