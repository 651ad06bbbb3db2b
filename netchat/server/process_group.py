"""A process in a session of its own, which can be killed with all processes that it has started.

Those that make a session of their own escape. Twisted starts processes in the group of the server;
that `Process._fork` starts one, and sets `pid` and `status`, is an internal of Twisted, checked
with 26.10 (twisted/internet/process.py).
"""

from __future__ import annotations

import os
import signal
import subprocess  # nosec B404
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from twisted.internet.process import Process
from twisted.internet.protocol import ProcessProtocol


class ProcessGroup(Process):
    """Runs `program` without arguments, with pipes to its standard input and from its output.

    OSError if it cannot be run. Its standard error is that of the server.
    """

    def __init__(self, reactor: Any, program: str, protocol: ProcessProtocol) -> None:
        self._program = program
        child_fds = {0: "w", 1: "r", 2: 2}
        args = (reactor, program, [program], None, None, protocol)
        super().__init__(*args, childFDs=child_fds)  # type: ignore[no-untyped-call]

    def kill(self) -> None:
        """Kill the process, and those that it has started."""
        with suppress(ProcessLookupError, PermissionError):  # macOS: it has ended.
            os.killpg(self._group, signal.SIGKILL)

    def _fork(self, *_: Any, **kwargs: Any) -> None:
        fdmap: Mapping[int, int] = kwargs["fdmap"]
        started = subprocess.Popen(  # noqa: S603  # nosec B603
            [self._program], stdin=fdmap[0], stdout=fdmap[1], start_new_session=True
        )
        # Twisted forgets the pid of a process that has ended; others of its group may go on.
        self._group = self.pid = started.pid
        self.status = -1
        # Twisted waits for it: without a code, Popen would do so, too.
        started.returncode = 0
