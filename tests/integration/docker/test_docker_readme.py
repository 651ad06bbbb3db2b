"""docker/README.md and docker/EXERCISE.md, typed from top to bottom as a reader would."""

from __future__ import annotations

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path

import pytest

from tests.integration.docker.containers import OURS, PATIENCE, docker, is_there
from tests.integration.docker.images import build_arguments
from tests.integration.docker.terminals import Terminal
from tests.integration.docker.transcripts import Command, Conversation, is_like, steps
from tests.support.checkout import CHECKOUT

PAGES = [CHECKOUT / "docker" / name for name in ("EXERCISE.md", "README.md")]
_ONLY_OURS = ("docker ps", f"docker ps {' '.join(OURS)}")
"""An engine may have other containers, which the page does not know."""
LOOKING = ("docker logs", "docker inspect", "docker ps", "docker exec chat_serveur netchat admin")
"""Whoever only looks may look again: what he waits for comes in its own time."""


class Shell:
    """The terminal of a reader who follows a page: a directory, and the last exit code."""

    def __init__(self, place: Path, base: str) -> None:
        self.code = 0
        self._cwd = CHECKOUT
        self._note = place / "cwd"
        self._build = f"docker build {' '.join(build_arguments(base))}"
        self._env = {**os.environ, "BASE": base}

    def run(self, command: str) -> str:
        """Run a command line, and return what it said."""
        script = f'(exit {self.code})\n{command}\ncode=$?; pwd > "{self._note}"; exit $code\n'
        ended = subprocess.run(
            ["bash", "-c", script.replace("docker build", self._build).replace(*_ONLY_OURS)],
            cwd=self._cwd,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=600,
        )
        self.code = ended.returncode
        self._cwd = Path(self._note.read_text(encoding="utf-8").strip())
        return ended.stdout


@pytest.fixture
def shell(tmp_path: Path, base: str) -> Shell:
    """A terminal in the checkout."""
    return Shell(tmp_path, base)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_reader_who_follows_the_page_sees_what_it_shows(page: Path, shell: Shell) -> None:
    docker("tag", "netchat", "netchat:kept")
    try:
        for step in steps(page.read_text(encoding="utf-8")):
            if isinstance(step, Conversation):
                converse(step.screens)
            elif all(can_run(command.text) for command in step):
                follow(shell, step)
    finally:
        docker("tag", "netchat:kept", "netchat")
        docker("image", "rm", "netchat:kept")


def can_run(command: str) -> bool:
    """Return whether the compose of this command is here; if it is not, test_compose complains.

    Where the newer is all there is, `docker-compose` is another name for it.
    """
    if "docker compose " in command:
        return is_there("docker compose")
    return "docker-compose " not in command or is_there("docker-compose", "version 1.")


def follow(shell: Shell, block: list[Command]) -> None:
    """Run the commands of a block, and see that each succeeds and prints what the page shows.

    A command may fail if the next one asks for the exit code.
    """
    for command, following in zip_longest(block, block[1:]):
        end = time.monotonic() + PATIENCE
        said = shell.run(command.text)
        while not is_like(said, command.shows):
            if not command.text.startswith(LOOKING) or time.monotonic() > end:
                raise AssertionError(difference(command, said))
            said = shell.run(command.text)
        is_asked = following is not None and following.text == "echo $?"
        assert shell.code == 0 or is_asked, f"$ {command.text}\nexit code {shell.code}"


def difference(command: Command, said: str) -> str:
    """Return a command, what it said, and what it should have said."""
    return "\n".join([f"$ {command.text}", said, "-- but the page shows:", *command.shows])


def converse(screens: list[list[str]]) -> None:
    """Let everybody come in, one after the other, and then talk all at the same time."""
    terminals: list[Terminal] = []
    try:
        for command, *lines in screens:
            terminals.append(Terminal(command.removeprefix("$ ")))
            come_in(terminals[-1], lines)
        with ThreadPoolExecutor() as pool:
            list(pool.map(talk, terminals, [lines for _, *lines in screens]))
    finally:
        for terminal in terminals:
            terminal.is_gone()


def come_in(terminal: Terminal, lines: list[str]) -> None:
    """Give the name, and wait until there is the prompt to talk at."""
    question = " Enter username:"
    (where,) = (number for number, line in enumerate(lines) if line.startswith(question))
    terminal.sees([*lines[:where], question])
    terminal.types(lines[where].removeprefix(question).strip())
    terminal.waits(lambda screen: screen[-1:] == ["You:"])


def talk(terminal: Terminal, lines: list[str]) -> None:
    """Type each line that stands behind the prompt, as soon as all is there that is above it."""
    for number, line in enumerate(lines):
        if line.startswith("You: "):
            terminal.sees([*lines[:number], "You:"])
            terminal.types(line.removeprefix("You: "))
    terminal.sees(lines)
    assert terminal.leaves() == 0
