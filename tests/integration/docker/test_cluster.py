"""The site of docker/cluster.yml: guests talk through HAProxy while parts of it are killed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest

from tests.integration.docker.containers import (
    COMPOSES,
    LABEL,
    OURS,
    PATIENCE,
    CommandError,
    docker,
    exists,
    is_there,
    run,
)
from tests.integration.docker.images import MINUTES
from tests.support.checkout import CHECKOUT
from tests.support.processes import Guest

IMAGE = "netchat-test-cluster"
PRIVATE = CHECKOUT / "docker" / "cluster" / "private"
PORT = 5001
PROMOTE = (
    "setpriv --reuid=postgres --regid=postgres --init-groups"
    " /usr/lib/postgresql/*/bin/pg_ctl -D /var/lib/netchat-log/data promote"
)
DOCKERFILE = """
FROM {base}
RUN echo "deb http://deb.debian.org/debian bookworm main" >/etc/apt/sources.list \\
    && apt-get update -qq \\
    && apt-get install -y -qq --no-install-recommends postgresql haproxy >/dev/null
"""
Compose = Callable[..., str]


@pytest.fixture(scope="module")
def others(base: str) -> Iterator[str]:
    """An image with Debian's PostgreSQL and HAProxy."""
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "Dockerfile").write_text(DOCKERFILE.format(base=base), encoding="utf-8")
        docker("build", "--tag", IMAGE, "--label", LABEL, place, timeout=MINUTES)
    yield IMAGE
    docker("image", "rm", "--force", IMAGE)


@pytest.fixture(params=COMPOSES)
def site(request: pytest.FixtureRequest, others: str) -> Iterator[Compose]:
    """The site, which takes guests; run a command of compose on it."""
    if not is_there(request.param):
        pytest.skip(f"{request.param} is not installed")
    shutil.rmtree(PRIVATE, ignore_errors=True)
    run("docker/cluster/secrets")

    def compose(*arguments: str) -> str:
        ended = subprocess.run(
            [*request.param.split(), "-f", "cluster.yml", *arguments],
            cwd=CHECKOUT / "docker",
            env={**os.environ, "POSTGRES_IMAGE": others, "HAPROXY_IMAGE": others},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        if ended.returncode:
            raise CommandError(ended.stdout)
        return ended.stdout

    try:
        compose("up", "--detach")
        for server in ("one", "two", "three"):
            wait_for(compose, server)
        yield compose
    finally:
        compose("down", "--volumes")
        shutil.rmtree(PRIVATE)


def enter(name: str) -> Guest:
    """Log in through HAProxy, which may not know yet who of them takes guests."""
    end = monotonic() + PATIENCE
    while monotonic() < end:
        connection = socket.create_connection(("127.0.0.1", PORT), PATIENCE)
        try:
            return Guest(connection, name)
        except (OSError, EOFError, AssertionError):
            connection.close()
    raise AssertionError(f"{name} cannot log in")


def hears(guest: Guest, words: str) -> None:
    """Read lines up to the one that is `words`."""
    while guest.line() != words:
        pass


def wait_for(compose: Compose, server: str) -> None:
    """Wait until `server` takes guests; it is started again while there is no log."""
    end = monotonic() + PATIENCE
    while True:
        try:
            compose("exec", "-T", server, "netchat", "health", "--wait", "10")
        except CommandError:
            assert monotonic() < end, compose("logs", server)
        else:
            return


def has_all(compose: Compose, server: str, wanted: list[str]) -> None:
    """Wait until the journal of `server` has what is `wanted`; it may still look for the log."""
    end, said = monotonic() + PATIENCE, ""
    while not all(text in said for text in wanted):
        assert monotonic() < end, said
        said = compose("exec", "-T", server, "netchat", "export", "--jsonl")


def container(compose: Compose, service: str) -> str:
    """Return the id of the container of `service`."""
    return compose("ps", "-q", service).split()[-1]


def test_guests_talk_while_a_server_and_the_primary_are_killed(site: Compose) -> None:
    with enter("Ann") as ann, enter("Bob") as bob:
        ann.say("before")
        hears(bob, "Ann: before")
    first = container(site, "one")
    docker("kill", first)
    with enter("Ann2") as ann, enter("Bob2") as bob:
        ann.say("without a server")
        hears(bob, "Ann2: without a server")
    docker("start", first)
    wait_for(site, "one")
    primary = container(site, "primary")
    docker("kill", primary)
    site("exec", "-T", "standby", "sh", "-c", PROMOTE)
    with enter("Ann3") as ann, enter("Bob3") as bob:
        ann.say("with another primary")
        hears(bob, "Ann3: with another primary")
    wanted = ["before", "without a server", "with another primary"]
    for server in ("one", "two", "three"):
        has_all(site, server, wanted)
    # The former primary becomes the copy of the new one.
    docker("rm", "--force", primary)
    volume = next(x for x in docker("volume", "ls", "-q").split() if x.endswith("_primary"))
    assert exists("volume", volume)
    docker("volume", "rm", volume)
    site("up", "--detach", "primary")
    assert "haproxy" in docker("ps", *OURS, "--format", "{{.Names}}")


def test_the_secrets_are_made_once_and_are_the_users_alone(tmp_path: Path) -> None:
    assert not PRIVATE.exists()
    run("docker/cluster/secrets")
    try:
        assert PRIVATE.stat().st_mode & 0o777 == 0o700
        with pytest.raises(CommandError, match="is there already; remove it first"):
            run("docker/cluster/secrets")
    finally:
        shutil.rmtree(PRIVATE)
