"""nats-server: not a chat server, but a well-known message broker."""

from __future__ import annotations

from benchmarks.process import HOST, Start
from benchmarks.servers.server import Server, Workspace


def nats_config() -> str:
    """Return its configuration: any free port, and slow readers are not disconnected."""
    return f"""host: "{HOST}"
port: -1
max_connections: 100000
max_pending: 1073741824
write_deadline: "60s"
ping_interval: "1h"
"""


def _start(workspace: Workspace) -> Start:
    config = workspace.directory / "nats.conf"
    config.write_text(nats_config(), encoding="ascii")
    says = r"Listening for client connections on .*:(\d+)"
    return Start(("nats-server", "--config", str(config)), says=says)


NATS = (
    Server(
        name="nats",
        about="nats-server: a message broker in Go",
        dialect="nats",
        start=_start,
        nodelay=True,  # Go's net package sets it
        program="nats-server",
        package="nats-server",
        version_command=("nats-server", "--version"),
    ),
)
