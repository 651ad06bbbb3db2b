"""Tells systemd how the server is: started, reloading, stopping, in trouble, and alive.

systemd starts what depends on the server when it is READY, shows its STATUS in `systemctl status`,
and restarts it if the watchdog is not fed. It is fed while the reactor turns and the journal works.
A journal that answers with an error works: the server can still be read when the disk is full, and
a restart would not help.

Source: sd_notify(3), sd_watchdog_enabled(3), systemd.service(5).
"""

from __future__ import annotations

import re
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from twisted.internet.interfaces import IReactorTime

    from netchat.journal.interface import Journal

STATUS_INTERVAL = 5.0
"""Seconds between two looks at the journal, or less if the watchdog has to be fed more often."""
_SLOW = 10.0
"""Seconds after which STATUS says that the journal does not answer."""


class NotifySocket:
    """Sends messages to the service manager at `address`, the value of NOTIFY_SOCKET."""

    def __init__(self, address: str) -> None:
        # An @ stands for the null byte with which an abstract address begins.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)

    def send(self, *assignments: str) -> bool:
        """Send `assignments` such as READY=1 in one message; return whether that was possible."""
        # A manager that does not read must not stop the server.
        try:
            self._socket.sendto("\n".join(assignments).encode(), self._address)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def notify_socket(environment: Mapping[str, str]) -> NotifySocket | None:
    """Return a socket to the service manager that `environment` names, None if there is none."""
    address = environment.get("NOTIFY_SOCKET", "")
    return NotifySocket(address) if re.match("[/@].", address) else None


def watchdog_seconds(environment: Mapping[str, str], process: int) -> float:
    """Return the seconds within which the watchdog of `process` must be fed; 0: it has none."""
    usec = environment.get("WATCHDOG_USEC", "")
    if environment.get("WATCHDOG_PID", str(process)) != str(process):
        return 0
    return int(usec) / 1e6 if re.fullmatch("[0-9]{1,15}", usec) else 0


class Notifier:
    """Notifies the service manager through `notify`.

    `journal` is what must work, `trouble` returns why nothing can be said at present, or "", and
    `guests` how many are in the chat. `clock` runs the timer, and `watchdog` is the seconds within
    which the watchdog must be fed, or 0.
    """

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        notify: NotifySocket,
        journal: Journal,
        *,
        trouble: Callable[[], str],
        guests: Callable[[], int],
        clock: IReactorTime,
        watchdog: float = 0,
    ) -> None:
        self._notify = notify
        self._journal = journal
        self._trouble = trouble
        self._guests = guests
        self._clock = clock
        self._watchdog = watchdog
        self._interval = min(STATUS_INTERVAL, watchdog / 2) if watchdog else STATUS_INTERVAL
        self._asked: float | None = None
        """Since when the answer of the journal is awaited; None: it is not."""
        self._status = ""
        self._stopping = False

    def start(self) -> None:
        """Say that the server has started, and watch the journal from now on."""
        self._status = self._status_now()
        self._notify.send("READY=1", f"STATUS={self._status}")
        self._watch()

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """Say that the server reads its files again, and after the block that it is ready."""
        now = round(self._clock.seconds() * 1e6)
        self._notify.send("RELOADING=1", f"MONOTONIC_USEC={now}")
        try:
            yield
        finally:
            self._notify.send("READY=1")

    def stop(self) -> None:
        """Say that the server stops."""
        self._stopping = True
        self._notify.send("STOPPING=1", "STATUS=Disconnecting all guests")

    def close(self) -> None:
        """Close the socket, after which nothing may be sent."""
        self._notify.close()

    def _watch(self) -> None:
        if self._stopping:
            return
        if self._asked is None:
            self._asked = self._clock.seconds()
            self._journal.ping(self._journal_answered)
        self._send_status()
        self._clock.callLater(self._interval, self._watch)

    def _journal_answered(self) -> None:
        self._asked = None
        if self._watchdog and not self._stopping:
            self._notify.send("WATCHDOG=1")

    def _send_status(self) -> None:
        status = self._status_now()
        if status != self._status and self._notify.send(f"STATUS={status}"):
            self._status = status

    def _status_now(self) -> str:
        waited = 0.0 if self._asked is None else self._clock.seconds() - self._asked
        if waited >= _SLOW:
            return f"The journal has not answered for {waited:.0f} s"
        if trouble := self._trouble():
            return " ".join(trouble.split())
        guests = self._guests()
        return f"{guests} guest{'' if guests == 1 else 's'} in the chat"
