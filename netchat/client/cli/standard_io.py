"""Stdin and stdout as a Twisted transport that knows why stdout could not be written."""

from __future__ import annotations

import os
from typing import Any

from twisted.internet import process, stdio
from twisted.internet.main import CONNECTION_LOST
from twisted.python.failure import Failure

from netchat.commandline.output import has_reader_left


class StandardIO(stdio.StandardIO):
    """Stdin and stdout as the transport of `protocol`.

    If stdout cannot be written, the protocol's `output_lost` is called with the OSError, before
    `writeConnectionLost` or `connectionLost`; but not if its reader has left. `stdin` is the
    descriptor to read.
    """

    def __init__(self, protocol: Any, reactor: Any, stdin: int = 0) -> None:
        # Not the base class's: its writer drops the error.
        self.protocol = protocol
        self._writer = _Writer(reactor, self, "write", 1)
        self._reader = process.ProcessReader(reactor, self, "read", stdin)
        self._reader.startReading()
        protocol.makeConnection(self)


class _Writer(process.ProcessWriter):
    _error: OSError | None = None

    def writeSomeData(self, data: bytes) -> Any:
        """Write `data`; return how many bytes are written, or CONNECTION_LOST."""
        try:
            written = os.write(self.fd, data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            self._fail(error)
            return CONNECTION_LOST
        if written == len(data) and self.enableReadHack:
            self.startReading()
        return written

    def connectionLost(self, reason: Failure) -> None:
        """Close; a terminal that is gone is lost without a write, and a write tells why."""
        try:
            os.write(self.fd, b"")
        except OSError as error:
            self._fail(error)
        super().connectionLost(reason)

    def _fail(self, error: OSError) -> None:
        if self._error is None:
            self._error = error
            if not has_reader_left(error):
                self.proc.protocol.output_lost(error)
