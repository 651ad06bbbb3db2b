"""File descriptors: how many there may be, and a reserve for everything but connections.

Source: POSIX (a new descriptor has the lowest free number, so it tells how many are in use).
"""

from __future__ import annotations

import os
import resource
import select

RESERVE, RESERVE_LOCAL = 48, 32
"""How many descriptors connections leave free for the journal, the log and other files; connections
from this machine leave fewer, because the health check is one of them."""


def raise_limit() -> int | None:
    """Raise the limit of file descriptors as far as allowed, and return it; None: no limit.

    The default is low for the sake of programs that use select(), which this one does not.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):  # Some kernels allow less than the limit that they report.
            hard = soft
    return None if hard == resource.RLIM_INFINITY else hard


def is_scarce(fileno: int, reserve: int) -> bool:
    """Return whether `fileno`, just opened, is one of the last `reserve` that there may be."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return limit != resource.RLIM_INFINITY and fileno >= limit - reserve


def quarter(maximum: int) -> int:
    """Return a quarter of the limit of file descriptors, or `maximum` if that is less."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return maximum if limit == resource.RLIM_INFINITY else min(maximum, limit // 4)


def is_readable(fileno: int) -> bool:
    """Return whether `fileno` has input, an end of input or a connection to accept right now."""
    poll = select.poll()
    poll.register(fileno, select.POLLIN)
    return bool(poll.poll(0))


class ReserveDescriptor:
    """A descriptor held back, so that one more connection can be accepted and told why it is
    rejected."""

    def __init__(self) -> None:
        self._fileno: int | None = None
        self.acquire()

    def acquire(self) -> None:
        """Hold a descriptor, if one is free."""
        if self._fileno is None:
            try:
                self._fileno = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                return

    def release(self) -> bool:
        """Close the descriptor; return whether there was one."""
        held, self._fileno = self._fileno, None
        if held is not None:
            os.close(held)
        return held is not None
