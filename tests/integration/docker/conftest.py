"""Fixtures: the engine, the image, and the removal of everything that the tests create."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.docker.containers import (
    LABEL,
    OURS,
    CommandError,
    Container,
    docker,
    exists,
    run,
)
from tests.integration.docker.images import build, find_base

HERE = Path(__file__).parent
NAMES = {
    "container": (
        "chat_serveur",
        "mon-serveur",
        "alice",
        "bob",
        *(f"guest{number}" for number in range(1, 16)),
    ),
    "network": ("chat",),
    "volume": ("netchat",),
}
"""The names in the exercise and in the documentation, which must not be in use."""
HOST_PORTS = (5001, 8080)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give these tests a long timeout, which ends a test by a signal so that it cleans up."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(900, method="signal"))


@pytest.fixture(scope="session", autouse=True)
def engine() -> Iterator[None]:
    """An engine that answers and has none of the names, networks and ports of the exercise."""
    try:
        docker("info")
    except (CommandError, OSError, subprocess.TimeoutExpired):
        give_up("these tests need a docker engine, and `docker info` finds none that answers.")
    alone = (Path(tempfile.gettempdir()) / f"{LABEL}.lock").open("w")
    try:
        fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        give_up("these tests run on this machine already, and cannot run twice at a time.")
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    remove_containers()
    for kind, names in NAMES.items():
        for name in names:
            if exists(kind, name):
                give_up(f"these tests need the {kind} name {name}, which is in use.")
    if "chat0" in os.listdir("/sys/class/net") or is_taken("192.168.1.0"):
        give_up("these tests need the network 192.168.1.0/24, which this machine has already.")
    for port in HOST_PORTS:
        try:
            socket.create_server(("", port)).close()
        except OSError:
            give_up(f"these tests need the port {port} of this machine, which is in use.")
    yield
    signal.signal(signal.SIGTERM, before)
    alone.close()


@pytest.fixture(scope="session")
def base(engine: None) -> Iterator[str]:
    """The base image."""
    base, is_new = find_base()
    yield base
    if is_new:
        docker("image", "rm", "--force", base)


@pytest.fixture(scope="session", autouse=True)
def image(base: str) -> Iterator[str]:
    """The image `netchat`, built from this checkout; an older one is restored at the end."""
    before = docker("image", "ls", "--quiet", "--filter", "reference=netchat:latest")
    stages = first_stages()
    steps: list[str] = []
    try:
        build(base, steps)
        yield "netchat"
    finally:
        built = docker("image", "ls", "--quiet", *OURS).split()
        ours = [id for id in first_stages() if id not in stages]
        for id in dict.fromkeys([*built, *ours, *reversed(steps)]):
            if exists("image", id):
                docker("image", "rm", "--force", id)
        if before and exists("image", before):
            docker("tag", before, "netchat")


@pytest.fixture(autouse=True)
def _remove_everything(image: str) -> Iterator[None]:
    """Remove the containers, networks and volumes that a test has created."""
    yield
    remove_containers()
    for kind in ("network", "volume"):
        for name in NAMES[kind]:
            if exists(kind, name):
                docker(kind, "rm", name)


@pytest.fixture
def chat(image: str) -> str:
    """The network of the exercise, created by the script."""
    run("docker/network", "create")
    return "chat"


@pytest.fixture
def chat_serveur(chat: str) -> Iterator[Container]:
    """The server of the exercise, which is listening."""
    with Container("--name", "chat_serveur", "--network", chat, "netchat") as server:
        server.wait_for_log("SERVER WORKING")
        yield server


def first_stages() -> list[str]:
    """Return the images that builds have left of the first stage of the Dockerfile."""
    return docker("image", "ls", "--all", "--quiet", "--filter", "label=netchat.stage").split()


def remove_containers() -> None:
    """Remove every container of an image that the tests built."""
    ids = docker("ps", "--all", "--quiet", *OURS).split()
    if ids:
        docker("rm", "--force", "--volumes", *ids)


def is_taken(network: str) -> bool:
    """Return whether this machine has a route to `network` already; see proc(5)."""
    wanted = "".join(f"{int(part):02X}" for part in reversed(network.split(".")))
    routes = Path("/proc/net/route").read_text(encoding="ascii").splitlines()[1:]
    return any(route.split()[1] == wanted for route in routes)


def give_up(why: str) -> None:
    """End the session with one sentence."""
    pytest.exit(f"netchat: {why}", returncode=1)
