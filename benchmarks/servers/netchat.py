"""netchat, started as its users start it."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from benchmarks.certificate import write_certificate
from benchmarks.process import Start
from benchmarks.servers.server import Server, Workspace

TWISTD = str(Path(sys.executable).parent / "twistd")
LISTEN = "tcp:0:interface=127.0.0.1"
UNLIMITED = ("--rate", "0", "--join-rate", "0")
"""No rate limits: speakers say thousands of lines a second, and a thousand clients join at once."""
MEMORY = ("--data", ":memory:", *UNLIMITED)
DISK = ("--data", "data", "--sync", "full", *UNLIMITED)
"""With a journal in a new directory for each round."""
OPTIONS: dict[str, tuple[str, ...]] = {
    "netchat": MEMORY,
    "netchat-json": MEMORY,
    "netchat-websocket": MEMORY,
    "netchat-irc": MEMORY,
    "netchat-sqlite": DISK,
    "netchat-sqlite-json": DISK,
    "netchat-tls": MEMORY,
}
"""All options of each variant other than --listen."""


def start(workspace: Workspace, *, name: str, tls: bool) -> Start:
    """Return the command of the variant `name`."""
    listen = LISTEN
    if tls:
        key, certificate = write_certificate(workspace.directory)
        listen = f"ssl:0:interface=127.0.0.1:privateKey={key}:certKey={certificate}"
    command = (TWISTD, "--nodaemon", "--pidfile=", "netchat", "--listen", listen, *OPTIONS[name])
    return Start(command, says=r"Listening on \w+:.*:(\d+)")


def _variant(name: str, about: str, dialect: str, *, tls: bool = False) -> Server:
    return Server(
        name=name,
        about=about,
        dialect=dialect,
        start=partial(start, name=name, tls=tls),
        nodelay=True,
        slow_is_wrong=True,
        tls=tls,
        version_command=(TWISTD, "netchat", "--version"),
    )


NETCHAT = (
    _variant("netchat", "text dialect, nothing on disk", "text"),
    _variant("netchat-json", "JSON lines, nothing on disk", "json"),
    _variant("netchat-websocket", "JSON over a WebSocket, nothing on disk", "websocket"),
    _variant("netchat-irc", "IRC, nothing on disk", "irc"),
    _variant("netchat-sqlite", "text dialect, every line synced to disk", "text"),
    _variant("netchat-sqlite-json", "JSON lines, every line synced to disk", "json"),
    _variant("netchat-tls", "text dialect over TLS, nothing on disk", "text", tls=True),
)
