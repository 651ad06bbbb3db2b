"""The exercise with compose, versions 1 and 2, from the same file."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.docker.containers import (
    COMPOSES,
    OURS,
    PATIENCE,
    CommandError,
    address,
    docker,
    exists,
    first,
    inspect,
    is_there,
    lines_of,
    run,
)
from tests.integration.docker.terminals import Terminal
from tests.support.checkout import CHECKOUT

HERE = CHECKOUT / "docker"
Compose = Callable[..., str]


@pytest.fixture(params=COMPOSES)
def compose(request: pytest.FixtureRequest) -> Iterator[Compose]:
    """Run an installed compose: `compose(*arguments, stdin="", **environment)`."""
    if not is_there(request.param):
        pytest.skip(f"{request.param} is not installed")

    def call(*arguments: str, stdin: str = "", **env: str) -> str:
        ended = subprocess.run(
            [*request.param.split(), *arguments],
            cwd=HERE,
            env={**os.environ, **env},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        if ended.returncode != 0:
            raise CommandError(ended.stdout + ended.stderr)
        return ended.stdout

    yield call
    call("down", "--volumes")


def wait_for(words: str) -> None:
    with lines_of("docker", "logs", "--follow", "chat_serveur") as lines:
        first(lines, words)


def test_up_starts_the_server_and_run_starts_a_client(compose: Compose) -> None:
    compose("up", "--detach")
    wait_for("SERVER WORKING")
    assert docker("ps", *OURS, "--format", "{{.Names}}") == "chat_serveur"
    assert address("chat_serveur") == "192.168.1.1"
    compose("run", "--rm", "-T", "client", "netchat", "chat_serveur", "--name", "Alice", stdin="hi")
    wait_for("Client (192.168.1.2, ")
    compose("down")
    assert not exists("container", "chat_serveur")
    assert not exists("network", "chat")
    assert exists("volume", "netchat")


def test_a_client_runs_at_a_terminal(compose: Compose, request: pytest.FixtureRequest) -> None:
    compose("up", "--detach")
    wait_for("SERVER WORKING")
    called = request.node.callspec.params["compose"]
    alice = Terminal(f"cd docker && exec {called} run --rm client")
    try:
        alice.waits(lambda screen: screen[-1:] == [" Enter username:"])
        alice.types("Alice")
        alice.waits(lambda screen: screen[-1:] == ["You:"])
        alice.types("exit")
        alice.waits(lambda screen: screen[-1:] == ["DISCONNECTED!!"])
        assert alice.leaves() == 0
    finally:
        alice.is_gone()


def test_the_server_has_a_restart_policy_a_health_check_and_no_privileges(compose: Compose) -> None:
    compose("up", "--detach")
    container = inspect("container", "chat_serveur")
    host = container["HostConfig"]
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert container["Config"]["Healthcheck"]["Test"] == ["CMD", "healthcheck"]
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["PidsLimit"] == 32
    assert host["Memory"] == 128 * 1024 * 1024
    assert [mount["Destination"] for mount in container["Mounts"]] == ["/var/lib/netchat"]
    assert {port["HostPort"] for port in host["PortBindings"]["5001/tcp"]} == {"5001"}


def definition(network: str) -> Any:
    """Return the properties by which networks are compared."""
    told = inspect("network", network)
    return told["Driver"], told["IPAM"]["Config"], told["Options"], told["Internal"]


def test_its_network_equals_the_one_that_the_script_creates(compose: Compose) -> None:
    run("docker/network", "create")
    by_hand = definition("chat")
    run("docker/network", "remove")
    compose("up", "--detach")
    assert definition("chat") == by_hand


def test_an_option_reaches_the_server_from_the_environment(compose: Compose) -> None:
    compose("up", "--detach", NETCHAT_LISTEN="tcp:6001", CHAT_PORT="8080")
    wait_for("Listening on tcp:0.0.0.0:6001")
    assert "0.0.0.0:8080" in docker("port", "chat_serveur")


def test_it_builds_the_image_on_the_base_given_in_the_environment(
    compose: Compose, base: str
) -> None:
    config = compose("config", BASE=base)
    assert re.search(rf"BASE: {re.escape(base)}$", config, re.MULTILINE)


def test_without_a_base_in_the_environment_it_builds_on_the_default(
    compose: Compose, monkeypatch: pytest.MonkeyPatch
) -> None:
    """compose 1.29 passes an empty argument; what the build then does is in test_image."""
    monkeypatch.delenv("BASE", raising=False)
    config = compose("config")
    assert not re.search(r"BASE: *[^'\"\s]", config)


def test_it_passes_every_option_of_the_server_on() -> None:
    shown = docker("run", "--rm", "netchat", "--help")
    options = set(re.findall(r"^ +(?:-\w, )?--([a-z-]+)", shown, re.MULTILINE))
    options -= {"version", "help"}
    handed = re.findall(r"- (NETCHAT_\w+)", (HERE / "docker-compose.yml").read_text("utf-8"))
    wanted = {f"NETCHAT_{option.upper().replace('-', '_')}" for option in options}
    assert set(handed) == wanted
