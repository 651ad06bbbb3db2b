"""Other servers in Twisted: the naive server over TCP and TLS, and `twistd words`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from benchmarks.certificate import write_certificate
from benchmarks.process import Start
from benchmarks.servers.netchat import TWISTD
from benchmarks.servers.server import Server, Workspace

PROGRAMS = Path(__file__).parent.parent / "programs"
PASSWORD = "bench"  # noqa: S105 - of a server on 127.0.0.1 only
SAYS = r"starting on (\d+)"
VERSION = (TWISTD, "--version")


def _start_naive(workspace: Workspace, *, tls: bool) -> Start:
    files = map(str, write_certificate(workspace.directory)) if tls else ()
    return Start((sys.executable, str(PROGRAMS / "naive.py"), *files), says=SAYS)


def _start_words(_: Workspace) -> Start:
    command = (TWISTD, "--nodaemon", "--pidfile=", "--python", str(PROGRAMS / "words.tac"))
    return Start(command, says=SAYS, env={"WORDS_PASSWORD": PASSWORD})


TWISTED_PEERS = (
    Server(
        name="naive",
        about="naive Twisted server: LineReceiver and transport.write",
        dialect="text",
        start=partial(_start_naive, tls=False),
        nodelay=True,
        version_command=VERSION,
    ),
    Server(
        name="naive-tls",
        about="the naive server over TLS",
        dialect="text",
        start=partial(_start_naive, tls=True),
        nodelay=True,
        tls=True,
        version_command=VERSION,
    ),
    Server(
        name="words",
        about="twistd words: Twisted's own IRC server",
        dialect="irc",
        start=_start_words,
        nodelay=True,
        password=PASSWORD,
        version_command=VERSION,
    ),
)
