"""The server as a daemon: log, health check, stop, restart and upgrade."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.integration.docker.containers import (
    HARDENED,
    LABEL,
    OFTEN,
    PATIENCE,
    Client,
    Container,
    docker,
    inspect,
    lines_of,
)


class Running(Container):
    """A container that something else has started and removes."""

    def __init__(self, name: str) -> None:
        self.id = name


WITHOUT_SHELL = f"""
FROM netchat
USER root
RUN ["rm", "-f", "/bin/sh", "/bin/dash", "/bin/bash", "/bin/rbash", "/usr/bin/curl"]
USER 65532
LABEL {LABEL}=
"""


def test_the_log_on_stdout_has_a_line_when_a_guest_connects_and_when_they_leave(
    chat_serveur: Container, chat: str
) -> None:
    with Client("Bob", "--network", chat) as bob:
        chat_serveur.wait_for_log("connected  [ Bob ]")
        where = bob.address
        bob.says("exit")
        chat_serveur.wait_for_log("is offline  [ Bob ]")
    logs = subprocess.run(
        ["docker", "logs", chat_serveur.id], capture_output=True, text=True, check=True
    )
    assert logs.stderr == ""
    connected, offline = logs.stdout.splitlines()[-2:]
    assert re.search(rf" Client \({re.escape(where)}, \d+\) connected  \[ Bob \]$", connected)
    assert re.search(rf" Client \({re.escape(where)}, \d+\) is offline  \[ Bob \]$", offline)


def test_at_sigterm_every_guest_reads_why_and_the_server_exits_with_0_within_5_seconds(
    chat_serveur: Container, chat: str
) -> None:
    with Client("Alice", "--network", chat) as alice, Client("Bob", "--network", chat) as bob:
        for name in ("Alice", "Bob"):
            chat_serveur.wait_for_log(f"connected  [ {name} ]")
        begin = time.monotonic()
        docker("stop", "--time", "60", chat_serveur.id)
        took = time.monotonic() - begin
        for guest in (alice, bob):
            guest.hears("The server is shutting down")
    print(f"docker stop took {took:.2f} s with two guests")
    assert took < 5
    assert chat_serveur.state["ExitCode"] == 0


def test_a_container_that_is_stopped_while_it_starts_ends_at_once() -> None:
    """PID 1 gets no signal without a handler (see pid1.pth), and Docker would wait 10 s."""
    starting = ("python3", "-c", "print('starting', flush=True); import time; time.sleep(60)")
    with Container("netchat", *starting) as container:
        container.wait_for_log("starting")
        docker("stop", "--time", "60", container.id, timeout=5)
        assert container.state["ExitCode"] == 0


@pytest.mark.parametrize("name", ["TERM", "INT"])
def test_the_server_exits_with_0_at_sigterm_and_sigint(chat_serveur: Container, name: str) -> None:
    docker("kill", "--signal", name, chat_serveur.id)
    assert chat_serveur.ended() == 0


def test_the_exit_code_after_sigkill_is_137(chat_serveur: Container) -> None:
    docker("kill", chat_serveur.id)
    assert chat_serveur.ended() == 137


def test_the_health_check_needs_no_shell(chat: str) -> None:
    check = inspect("image", "netchat")["Config"]["Healthcheck"]
    assert check["Test"] == ["CMD", "healthcheck"]
    docker("build", "--tag", "netchat:bare", "-", stdin=WITHOUT_SHELL)
    try:
        with Container("--network", chat, *OFTEN, *HARDENED, "netchat:bare") as server:
            server.wait_for_health("healthy")
    finally:
        docker("image", "rm", "--force", "netchat:bare")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--listen", "tcp:6001", "--data", ":memory:"),
        ("--listen", "tcp:6001:interface=127.0.0.1"),
        ("--options-file", "/options.toml"),
        ("twistd", "--nodaemon", "--pidfile=", "netchat", "--listen", "tcp:6001"),
    ],
)
@pytest.mark.parametrize("init", [(), ("--init",)], ids=["", "init"])
def test_a_server_is_healthy_wherever_it_was_told_to_listen(
    chat: str, tmp_path: Path, arguments: tuple[str, ...], init: tuple[str, ...]
) -> None:
    options = tmp_path / "options.toml"
    options.write_text('listen = ["tcp:6001"]\n', encoding="utf-8")
    tmp_path.chmod(0o755)
    mount = ("--volume", f"{options}:/options.toml:ro")
    with Container(*init, *mount, *OFTEN, "--network", chat, "netchat", *arguments) as server:
        server.wait_for_health("healthy")
        assert server.execute("netchat", "health", "--wait", "5") == ""


def test_a_client_is_not_checked_as_if_it_were_a_server(chat_serveur: Container, chat: str) -> None:
    with Client("twistd", "--network", chat, *OFTEN) as guest:
        chat_serveur.wait_for_log("connected  [ twistd ]")
        Running(guest.container).wait_for_health("healthy")


def test_a_script_can_wait_until_a_server_in_the_background_is_there(chat: str) -> None:
    with Container("--name", "chat_serveur", "--network", chat, "netchat") as server:
        server.execute("netchat", "health", "--wait", str(PATIENCE))
        assert "SERVER WORKING" in server.log


def test_root_is_told_that_it_need_not_be_root(chat: str) -> None:
    with Container("--user", "0", "--network", chat, "netchat") as server:
        server.wait_for_log("The server runs as root, which it need not; ")


def test_health_checks_are_not_visible_to_guests_or_in_the_log(
    chat_serveur: Container, chat: str
) -> None:
    with Client("Alice", "--network", chat) as alice:
        chat_serveur.wait_for_log("connected  [ Alice ]")
        before = chat_serveur.log
        chat_serveur.execute("sh", "-c", "for n in $(seq 40); do netchat health || exit 1; done")
        assert chat_serveur.log == before
        with Client("Bob", "--network", chat) as bob:
            bob.says("after 40 checks")
            assert alice.hears("") == "* Bob joined"
            assert alice.hears("") == "Bob: after 40 checks"


def test_a_server_that_no_longer_answers_is_unhealthy(chat: str) -> None:
    with Container("--network", chat, *OFTEN, "netchat") as server:
        server.wait_for_health("healthy")
        docker("kill", "--signal", "STOP", server.id)
        server.wait_for_health("unhealthy")
        docker("kill", "--signal", "CONT", server.id)
        server.wait_for_health("healthy")


def test_a_server_that_is_killed_restarts_and_one_that_is_stopped_does_not(chat: str) -> None:
    with Container("--network", chat, "--restart", "unless-stopped", "netchat") as server:
        server.wait_for_log("SERVER WORKING")
        with lines_of("docker", "events", "--since", "0", *filters(server, "start")) as starts:
            next(starts)
            os.kill(server.state["Pid"], signal.SIGKILL)
            next(starts)
        assert inspect("container", server.id)["RestartCount"] == 1
        docker("stop", server.id)
        assert server.state["Status"] == "exited"


def test_a_server_with_a_wrong_option_is_not_restarted_for_ever(chat: str) -> None:
    options = ("--restart", "on-failure:2", "--env", "NETCHAT_HISTORY=many")
    with Container("--network", chat, *options, "netchat") as server:
        with lines_of("docker", "events", "--since", "0", *filters(server, "die")) as deaths:
            died = [next(deaths) for _ in range(3)]
        assert all("exitCode=1" in line for line in died)
        assert server.ended() == 1
        assert inspect("container", server.id)["RestartCount"] == 2
        assert server.log.splitlines() == [server.log.splitlines()[0]] * 3


def filters(container: Container, event: str) -> tuple[str, ...]:
    return ("--filter", f"container={container.id}", "--filter", f"event={event}")


def test_an_upgrade_keeps_the_volume_and_the_address_and_clients_reconnect(chat: str) -> None:
    volume = ("--volume", "netchat:/var/lib/netchat")
    docker("run", "--rm", "-i", *volume, "netchat", "tee", "motd", stdin="Be kind.\n")
    flags = (
        *("--name", "chat_serveur", "--network", chat, "--ip", "192.168.1.1"),
        *("--env", "NETCHAT_MOTD=/var/lib/netchat/motd", *volume, *HARDENED),
    )
    docker("build", "--tag", "netchat:next", "-", stdin=f"FROM netchat\nLABEL {LABEL}=next\n")
    try:
        with Container(*flags, "--user", "1000", "netchat") as server:
            server.wait_for_log("SERVER WORKING")
            with Client("Alice", "--network", chat) as alice:
                server.wait_for_log("connected  [ Alice ]")
                docker("stop", server.id)
                docker("rm", server.id)
                with Container(*flags, "--user", "1000", "netchat:next") as successor:
                    successor.wait_for_log("connected  [ Alice ]")
                    assert successor.address == "192.168.1.1"
                    with Client("Bob", "--network", chat, "--interactive") as bob:
                        successor.wait_for_log("connected  [ Bob ]")
                        bob.says("/me is new here")
                        alice.hears("* Bob is new here")
    finally:
        docker("image", "rm", "--force", "netchat:next", timeout=PATIENCE)
