"""A thread for something that only waits."""

from __future__ import annotations

import threading
from collections.abc import Callable


def run_in_background(run: Callable[[], object], name: str) -> None:
    """Call `run` in a thread of its own; the process does not wait for it when it ends."""
    threading.Thread(target=run, name=name, daemon=True).start()
