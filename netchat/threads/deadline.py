"""A call that comes from another thread, unless what blocks this one ends in time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def deadline(seconds: float, late: Callable[[], object]) -> Iterator[None]:
    """Call `late` after `seconds`, in another thread, unless the block has ended before."""
    timer = threading.Timer(seconds, late)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
