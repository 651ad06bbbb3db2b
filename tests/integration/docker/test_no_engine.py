"""Without an engine the docker tests say so, and the other tests do not collect them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.integration.docker.containers import PATIENCE
from tests.support.checkout import CHECKOUT

SENTENCE = "a docker engine, and `docker info` finds none that answers."


def run_without_engine(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command that finds no engine; return its result."""
    environment = {**os.environ, "DOCKER_HOST": "unix:///nowhere/docker.sock"}
    for variable_of_make in ("MAKEFLAGS", "MAKELEVEL"):
        environment.pop(variable_of_make, None)
    return subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, text=True,
        check=False, timeout=PATIENCE,
    )  # fmt: skip


def test_make_says_in_one_sentence_that_there_is_no_engine() -> None:
    ended = run_without_engine("make", "test-docker")
    assert ended.returncode != 0
    assert ended.stdout == ""
    sentence, line_of_make = ended.stderr.splitlines()
    assert sentence == f"netchat: make test-docker needs {SENTENCE}"
    assert line_of_make.startswith("make: *** ")


@pytest.mark.parametrize("arguments", [[], ["tests"]])
def test_pytest_says_so_too_and_collects_these_tests_only_if_they_are_named(
    arguments: list[str],
) -> None:
    pytest_ = (sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider")
    collected = run_without_engine(*pytest_, *arguments)
    assert "tests/integration/test_server_process.py" in collected.stdout
    assert "tests/integration/docker" not in collected.stdout
    ended = run_without_engine(
        sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/integration/docker"
    )
    assert ended.returncode == 1
    assert f"netchat: these tests need {SENTENCE}" in ended.stdout + ended.stderr
