"""The C reference servers: they have no journal, and check neither names nor limits."""

from __future__ import annotations

from functools import partial

from benchmarks.process import Start
from benchmarks.servers.server import Server, Workspace


def start(workspace: Workspace, *, way: str) -> Start:
    """Return the command of the reference server; `way` is `turn` or `message`."""
    return Start((str(workspace.programs.reference), way, "0"), says=r"(\d+)\n")


REFERENCES = (
    Server(
        name="c-turn",
        about="C reference: one send for each member and turn",
        dialect="text",
        start=partial(start, way="turn"),
        nodelay=True,
        slow_is_wrong=True,
    ),
    Server(
        name="c-message",
        about="C reference: one send for each member and message",
        dialect="text",
        start=partial(start, way="message"),
        nodelay=True,
        slow_is_wrong=True,
    ),
)
