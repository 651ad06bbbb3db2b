"""The unit files under a real systemd, which has been booted in a container."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest

from tests.integration.docker.containers import LABEL, CommandError, Container, docker, run
from tests.integration.docker.images import MINUTES

DOCKERFILE = f"""
FROM netchat AS netchat
FROM %s
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends systemd >/dev/null
COPY --from=netchat /opt/netchat /opt/netchat
COPY systemd/netchat.service systemd/netchat.socket /etc/systemd/system/
LABEL {LABEL}=systemd
CMD ["/lib/systemd/systemd"]
"""
CAPABILITIES = (
    *("SYS_ADMIN", "SYS_PTRACE", "NET_ADMIN", "DAC_READ_SEARCH", "SYS_NICE", "AUDIT_CONTROL"),
    *("MAC_ADMIN", "SYSLOG", "LINUX_IMMUTABLE", "IPC_LOCK", "SYS_CHROOT"),
)
BOOT = (
    *(part for name in CAPABILITIES for part in ("--cap-add", name)),
    *("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"),
    *("--tmpfs", "/run", "--tmpfs", "/tmp", "--env", "container=docker"),
    *("--volume", "/sys/fs/cgroup:/sys/fs/cgroup:rw"),
)
TOOL = "NETCHAT_LISTENING_FILE=/run/netchat/listening /opt/netchat/bin/netchat"


class Machine(Container):
    """A container with systemd as process 1."""

    def shell(self, command: str) -> str:
        """Run a shell command, and return its output."""
        return self.execute("sh", "-c", command)

    def show(self, name: str) -> str:
        """Return a property of the service."""
        return self.shell(f"systemctl show netchat --property {name} --value")

    def configure(self, *lines: str) -> None:
        """Add `lines` to the service."""
        text = shlex.quote("\n".join(["[Service]", *lines, ""]))
        place = "/etc/systemd/system/netchat.service.d"
        self.shell(f"mkdir -p {place} && echo {text} >{place}/test.conf && systemctl daemon-reload")

    def wait_until_fed(self) -> None:
        """Wait until the watchdog has been fed once more."""
        fed = "systemctl show netchat --property WatchdogTimestampMonotonic --value"
        self.wait_until(f'[ "$({fed})" != {self.shell(fed)} ]')

    def wait_until(self, command: str) -> None:
        """Wait until a shell command succeeds, for a minute at most."""
        self.shell(f"for n in $(seq 600); do {command} && exit; sleep 0.1; done; exit 1")


@pytest.fixture(scope="module")
def booted_image(image: str, base: str) -> Iterator[str]:
    name = "netchat:systemd"
    try:
        run("docker", "build", "--tag", name, "--file", "-", ".",
            stdin=DOCKERFILE % base, timeout=MINUTES)  # fmt: skip
    except CommandError as error:
        pytest.skip(f"systemd cannot be installed in {base}: {str(error).splitlines()[-1]}")
    yield name
    docker("image", "rm", "--force", name)


@pytest.fixture
def machine(booted_image: str, chat: str) -> Iterator[Machine]:
    try:
        machine = Machine(*BOOT, "--network", chat, booted_image)
    except CommandError as error:
        pytest.skip(f"systemd cannot boot on this engine: {str(error).splitlines()[-1]}")
    with machine:
        machine.wait_until("systemctl is-system-running | grep -qE 'running|degraded'")
        yield machine


def test_the_service_is_ready_when_it_listens_and_can_be_reloaded_and_stopped(
    machine: Machine,
) -> None:
    machine.shell("systemctl start netchat")
    machine.shell(f"{TOOL} health")
    assert machine.show("StatusText") == "0 guests in the chat"
    machine.shell("systemctl reload netchat")
    assert machine.show("ActiveState") == "active"
    assert machine.show("User") == "" or machine.show("DynamicUser") == "yes"
    machine.shell("systemctl stop netchat")
    assert (machine.show("Result"), machine.show("ExecMainStatus")) == ("success", "0")


def test_a_server_with_tls_starts_within_the_sandbox(machine: Machine) -> None:
    machine.shell("/opt/netchat/bin/netchat cert /etc/tls && chmod 644 /etc/tls/*")
    machine.configure(
        "Environment=NETCHAT_LISTEN=ssl:5002:privateKey=/etc/tls/key.pem:certKey=/etc/tls/cert.pem"
    )
    machine.shell("systemctl start netchat")
    machine.shell(f"{TOOL} health --wait 30")


def test_a_server_that_hangs_is_restarted(machine: Machine) -> None:
    machine.configure("WatchdogSec=2", "RestartSec=100ms")
    machine.shell("systemctl start netchat")
    first = machine.show("MainPID")
    machine.shell(f"kill -STOP {first}")
    machine.wait_until('[ "$(systemctl show netchat --property NRestarts --value)" = 1 ]')
    machine.wait_until("systemctl is-active --quiet netchat")
    assert machine.show("MainPID") != first


def test_a_full_disk_is_in_the_status_and_restarts_nothing(machine: Machine) -> None:
    machine.shell("mount -t tmpfs -o size=2m,mode=777 none /mnt")
    machine.configure("WatchdogSec=2", "Environment=NETCHAT_DATA=/mnt/data", "ReadWritePaths=/mnt")
    machine.shell("systemctl start netchat && head -c 2m /dev/zero >/mnt/full || true")
    text = "x" * 4000
    machine.shell(f"timeout 3 /opt/netchat/bin/netchat say 127.0.0.1 --name ci {text} || true")
    machine.wait_until("systemctl show netchat -p StatusText | grep -q 'Nothing can be stored'")
    first = machine.show("MainPID")
    for _ in range(3):
        machine.wait_until_fed()
    assert (machine.show("MainPID"), machine.show("NRestarts")) == (first, "0")
    machine.shell(f"{TOOL} health --answers && rm /mnt/full")
    machine.shell(f"{TOOL} health --wait 30")


def test_clients_wait_at_the_socket_while_the_server_restarts(machine: Machine) -> None:
    machine.shell("systemctl start netchat.socket")
    assert machine.shell("systemctl is-active netchat || true") == "inactive"
    say = "/opt/netchat/bin/netchat say 127.0.0.1 --name ci"
    machine.shell(f"{say} first")
    assert machine.shell("cat /run/netchat/listening") == "tcp6:5001:interface=\\:\\:"
    for _ in range(2):
        machine.shell(f"systemctl restart --no-block netchat && {say} again")
    exported = machine.shell("/opt/netchat/bin/netchat export --jsonl /var/lib/private/netchat")
    assert len(re.findall(r"\"from\":\"ci\"", exported)) == 3
