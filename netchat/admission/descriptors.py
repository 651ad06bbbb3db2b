"""File descriptors: how many there may be, and that some are left for what is not a guest.

Source: POSIX (a new descriptor is the lowest that is free, so its number tells how many there are).
"""

from __future__ import annotations

import os
import resource
import select

RESERVE, RESERVE_LOCAL = 48, 32
"""How many descriptors guests leave to the journal, the log and whatever else opens a file; those
from this host leave fewer, because its health check is one of them."""


def raise_limit() -> int | None:
    """Let this process have as many descriptors as it may, and return how many; None: any number.

    It begins with fewer because programs that use select() cannot deal with more; this one can.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):  # Some kernels allow less than the limit that they name.
            hard = soft
    return None if hard == resource.RLIM_INFINITY else hard


def is_scarce(fileno: int, reserve: int) -> bool:
    """Return whether `fileno`, just opened, is one of the last `reserve` that there may be."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return limit != resource.RLIM_INFINITY and fileno >= limit - reserve


def quarter(most: int) -> int:
    """Return a quarter of how many descriptors there may be, but `most` at most."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return most if limit == resource.RLIM_INFINITY else min(most, limit // 4)


def is_readable(fileno: int) -> bool:
    """Return whether there is something to read, to accept, or an end, at this moment."""
    poll = select.poll()
    poll.register(fileno, select.POLLIN)
    return bool(poll.poll(0))


class ReserveDescriptor:
    """A descriptor held back, so that one more can be accepted, and told why he cannot stay."""

    def __init__(self) -> None:
        self._fileno: int | None = None
        self.take()

    def take(self) -> None:
        """Hold it, if there is one to be had."""
        if self._fileno is None:
            try:
                self._fileno = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                return

    def give(self) -> bool:
        """Let go of it; return whether there was one."""
        held, self._fileno = self._fileno, None
        if held is not None:
            os.close(held)
        return held is not None
