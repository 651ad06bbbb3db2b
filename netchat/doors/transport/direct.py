"""TCP and unix connections that send at once what the kernel takes, and count what it did not.

Twisted buffers what is written until the reactor finds the socket writable: two more system calls
(epoll_ctl), a buffer, and a turn of the reactor for each write to each recipient. But nearly always
the kernel has room. A chat server does hardly anything but send, so this decides its speed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet import unix

from netchat.doors.transport.twisted_internals import BufferedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Carrier:
    """What carries bytes to a client, and tells how many of them it has not taken yet."""

    emptied: Callable[[], None] | None = None
    """Called once when everything that was unsent has been taken."""
    taken = 0
    """How many bytes have been taken that had to wait."""

    @property
    def unsent(self) -> int:
        """How many bytes wait."""
        raise NotImplementedError


class DirectServer(BufferedServer, Carrier):
    """A connection whose `write` sends first, and buffers only what the kernel did not take.

    Errors are left to Twisted: `write` never reports a lost connection, so no callback runs within
    it.
    """

    def doWrite(self) -> Any:  # noqa: N802
        """Send from the buffer what the kernel takes."""
        result: Any = super().doWrite()  # type: ignore[no-untyped-call]
        if self.fast_send is not None:
            self.release_buffer()
        if self.emptied is not None and self.fast_send is not None:
            emptied, self.emptied = self.emptied, None
            emptied()
        return result

    def writeSomeData(self, data: bytes) -> Any:
        """Count what the kernel takes."""
        result: Any = super().writeSomeData(data)
        if isinstance(result, int) and result > 0:
            self.taken += result
        return result

    def write(self, data: bytes) -> None:
        """Send `data` after everything that was written before."""
        send = self.fast_send
        try:
            sent = send(data) if send else 0
        except OSError:
            sent = 0
        if sent != len(data):
            self.buffer(data[sent:])

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Send all of `iovec`; Twisted's would append to the buffer that connections share."""
        self.write(b"".join(iovec))


class DirectUnixServer(DirectServer, unix.Server):
    """The same on a unix socket."""


def carrier_of(transport: object) -> Carrier | None:
    """Return the connection that carries `transport`, which may be TLS; None if it is not ours.

    Only these tell how much is unsent, so only their clients can be found to be slow readers.
    """
    while not isinstance(transport, Carrier):
        transport = getattr(transport, "transport", None)
        if transport is None:
            return None
    return transport
