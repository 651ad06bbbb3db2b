"""The processor cores: one for the server, another for the load generator."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager


def server_core() -> int:
    """Return the core for the measured server."""
    return min(_ALLOWED)


def generator_core() -> int:
    """Return the core for the load generator: that of the server if there is only one."""
    return sorted(_ALLOWED)[1] if len(_ALLOWED) > 1 else server_core()


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Run processes started in this context on `core` only, from their first instruction.

    A runtime that counts its cores at its start, as Go does, counts one.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def raise_file_limit() -> int:
    """Raise the descriptor limit of this process and its children to the hard limit; return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


_ALLOWED = frozenset(os.sched_getaffinity(0))
