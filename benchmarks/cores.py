"""Which core does what: one for the server, another for the load generator."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager


def server_core() -> int:
    """Return the core on which the measured server runs."""
    return min(_ALLOWED)


def generator_core() -> int:
    """Return the core on which the load comes from: the server's own where there is no other."""
    return sorted(_ALLOWED)[1] if len(_ALLOWED) > 1 else server_core()


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Whatever is started meanwhile runs on `core` only, from its first instruction.

    A runtime that counts its cores when it starts (Go) counts one.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def raise_file_limit() -> int:
    """Let this process and those it starts have as many connections as they may; return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


_ALLOWED = frozenset(os.sched_getaffinity(0))
