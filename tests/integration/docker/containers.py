"""Images, containers and guests on a Docker engine. Nothing here sleeps."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

from tests.support.checkout import CHECKOUT

LABEL = "netchat.tests"
"""The label of every image that the tests build, and so of its containers, to find them by."""
PATIENCE = 60
"""Seconds to wait for something expected; only a failing test waits so long."""
COMPOSES = ("docker compose", "docker-compose")
"""The commands of compose: version 2, which is a plugin of docker, and version 1."""
HARDENED = (
    "--read-only",
    *("--cap-drop", "ALL"),
    *("--security-opt", "no-new-privileges"),
    *("--pids-limit", "32"),
    *("--memory", "128m"),
)
OURS = ("--filter", f"label={LABEL}")
"""Options of `docker ps` and its like, so that they show nothing but what the tests made."""
OFTEN = ("--health-interval", "1s", "--health-timeout", "1s", "--health-retries", "1")
"""Options that make the health check of the image run every second."""


class CommandError(Exception):
    """A command has failed; the message has its output."""


def run(*command: str, stdin: str = "", timeout: float = PATIENCE, **env: str) -> str:
    """Run a command in the checkout; return its output, or raise CommandError with it."""
    ended = subprocess.run(
        command,
        cwd=CHECKOUT,
        env={**os.environ, **env},
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=timeout,
    )
    if ended.returncode != 0:
        raise CommandError(f"{' '.join(command)}: exit code {ended.returncode}\n{ended.stdout}")
    return ended.stdout.removesuffix("\n")


def docker(*arguments: str, stdin: str = "", timeout: float = PATIENCE) -> str:
    """Run `docker` as `run` does."""
    return run("docker", *arguments, stdin=stdin, timeout=timeout)


def inspect(kind: str, name: str) -> Any:
    """Return the engine's description of an image, a container or a network."""
    return json.loads(docker(kind, "inspect", name))[0]


def exists(kind: str, name: str) -> bool:
    """Return whether there is an image, a container, a network or a volume of this name."""
    try:
        docker(kind, "inspect", name)
    except CommandError:
        return False
    return True


def is_there(compose: str, version: str = "") -> bool:
    """Return whether the command `compose` exists and its version contains `version`."""
    try:
        return version in run(*compose.split(), "version")
    except (CommandError, FileNotFoundError):
        return False


@contextmanager
def lines_of(*command: str) -> Iterator[Iterator[str]]:
    """Run a command that does not end, and yield its lines for PATIENCE seconds at most."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    assert process.stdout is not None
    impatience = Timer(PATIENCE, process.kill)
    impatience.start()
    try:
        yield (line.removesuffix("\n") for line in process.stdout)
    finally:
        impatience.cancel()
        process.kill()
        process.wait()
        process.stdout.close()


class Container:
    """A container in the background, which is removed at the end of the `with` block."""

    def __init__(self, *arguments: str) -> None:
        self.id = docker("run", "--detach", *arguments).splitlines()[-1]

    def wait_for_log(self, words: str) -> str:
        """Wait for the first line of the log that contains `words`, and return it."""
        with lines_of("docker", "logs", "--follow", self.id) as lines:
            return first(lines, words)

    def wait_for_health(self, status: str) -> None:
        """Wait until the container is healthy, or unhealthy."""
        with lines_of(
            *("docker", "events", "--filter", f"container={self.id}", "--since", "0"),
            *("--filter", "event=health_status"),
        ) as lines:
            first(lines, f"health_status: {status}")

    @property
    def log(self) -> str:
        """The log so far."""
        return docker("logs", self.id)

    @property
    def address(self) -> str:
        """Its IPv4 address in its network."""
        return address(self.id)

    @property
    def state(self) -> dict[str, Any]:
        """Its state: Running, ExitCode, Health ..."""
        state: dict[str, Any] = inspect("container", self.id)["State"]
        return state

    def execute(self, *command: str) -> str:
        """Run a command in it, and return the output."""
        return docker("exec", self.id, *command)

    def ended(self) -> int:
        """Wait until it ends, and return its exit code."""
        return int(docker("wait", self.id))

    def __enter__(self) -> Container:
        return self

    def __exit__(self, *_: object) -> None:
        docker("rm", "--force", "--volumes", self.id)


class Client:
    """A guest: the client in a container of its own, with pipes for input and output."""

    def __init__(self, name: str, *arguments: str, server: str = "chat_serveur") -> None:
        self.container = f"client-{name.lower()}"
        self._process = subprocess.Popen(
            ["docker", "run", "--interactive", "--name", self.container, *arguments,
             "netchat", "netchat", server, "--name", name, "--follow"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self._impatience = Timer(PATIENCE, self._process.kill)
        self._impatience.start()

    @property
    def address(self) -> str:
        """Its IPv4 address in its network."""
        return address(self.container)

    def says(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def hears(self, words: str) -> str:
        """Wait for the next line that contains `words`, and return it."""
        assert self._process.stdout is not None
        return first((line.removesuffix("\n") for line in self._process.stdout), words)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._impatience.cancel()
        if exists("container", self.container):
            docker("rm", "--force", "--volumes", self.container)
        self._process.kill()
        self._process.communicate()


def address(container: str) -> str:
    """Return the IPv4 address of a container in its only network."""
    (network,) = inspect("container", container)["NetworkSettings"]["Networks"].values()
    return str(network["IPAddress"])


def first(lines: Iterator[str], words: str) -> str:
    """Return the first of `lines` that contains `words`, or raise AssertionError with all."""
    seen = []
    for line in lines:
        if words in line:
            return line
        seen.append(line)
    raise AssertionError("\n".join([f"there was no {words!r} in:", *seen]))
