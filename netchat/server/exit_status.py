"""The exit status of the process of a server that has failed while it ran: 1.

twistd itself exits with 0 whenever the reactor stops, and systemd and Docker would not start the
server again.
"""

from __future__ import annotations

import atexit
import os
import sys
from typing import Any, Protocol


class MayFail(Protocol):
    """What may fail while the reactor runs."""

    @property
    def failed(self) -> bool:
        """Whether it has failed."""


def exit_with_status_of(service: MayFail, reactor: Any) -> None:
    """Let the process exit with 1 if `service` has failed when the reactor has stopped."""

    def stopped() -> None:
        if service.failed:
            atexit.register(_exit)

    reactor.addSystemEventTrigger("after", "shutdown", stopped)


def _exit() -> None:
    # SystemExit is ignored here. What is registered last runs first, after the threads have ended.
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(1)
