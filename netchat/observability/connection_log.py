"""The log of connections: a line for each event, rate limited, and a count of those left out.

A line has a connection's address, a name and a reason, and never what a guest says. Names and
addresses are fields, never part of the format, and control characters in them are escaped.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.logger import Logger

from netchat.model.disconnects import TOO_SLOW
from netchat.model.sanitize import escape

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime

GUEST_LINES_PER_SECOND, REFUSED_LINES_PER_SECOND = 6, 4
"""Limited apart, so that a flood of refused connections does not hide the guests."""
SECOND = 1.1
"""A little more than a second, because the log reads its own clock a little later."""

CONNECTED = "Client {peer} connected  [ {name} ]"
OFFLINE = "Client {peer} is offline  [ {name} ]"
SLOW = f"Client {{peer}} does not read; it is closed ({TOO_SLOW.reason})"
REFUSED = "Client {peer} is refused  [ {reason} ]"
GUESSED = "Client {peer} says a wrong password"
ACCEPT_FAILED = "A connection could not be accepted  [ {reason} ]"
_SUMMARIES = {
    CONNECTED: "... and {count:,} more connected",
    OFFLINE: "... and {count:,} more went offline",
    SLOW: "... and {count:,} more did not read and were closed",
    REFUSED: "... and {count:,} more connections were refused",
    GUESSED: "... and {count:,} more wrong passwords were said",
    ACCEPT_FAILED: "... and {count:,} more connections could not be accepted",
}


class RateLimitedLog:
    """Writes at most `lines` lines in a second, and then how many it has left out."""

    def __init__(self, log: Logger, clock: IReactorTime, lines: int) -> None:
        self._log = log
        self._clock = clock
        self._times: deque[float] = deque(maxlen=lines)
        self._left_out: Counter[str] = Counter()
        self._timer: IDelayedCall | None = None

    def write(self, line: str, **fields: str) -> None:
        """Write `line`, one of the formats above, with its `fields`, or count it."""
        if self._left_out or not self._has_room():
            self._left_out[line] += 1
            if self._timer is None:
                self._timer = self._clock.callLater(SECOND, self._write_summaries)
        else:
            self._put(line, **{name: escape(text) for name, text in fields.items()})

    def close(self) -> None:
        """Write at once how many lines have been left out."""
        if self._timer is not None:
            self._timer.cancel()
            self._write_summaries()

    def _has_room(self) -> bool:
        times = self._times
        return len(times) != times.maxlen or self._clock.seconds() - times[0] >= SECOND

    def _write_summaries(self) -> None:
        self._timer = None
        left_out, self._left_out = self._left_out, Counter()
        for line, count in left_out.items():
            self._put(_SUMMARIES[line], count=count)

    def _put(self, line: str, **fields: str | int) -> None:
        self._times.append(self._clock.seconds())
        self._log.info(line, **fields)


class ConnectionLog:
    """Logs which clients connect, leave and are refused; `clock` runs the rate limits."""

    def __init__(self, clock: IReactorTime) -> None:
        log = Logger(namespace="netchat.doors.line.protocol.LineProtocol")
        self._guests = RateLimitedLog(log, clock, GUEST_LINES_PER_SECOND)
        self._refused = RateLimitedLog(log, clock, REFUSED_LINES_PER_SECOND)

    def connected(self, peer: str, name: str) -> None:
        """Log that the client at `peer` has logged in as `name`."""
        self._guests.write(CONNECTED, peer=peer, name=name)

    def offline(self, peer: str, name: str) -> None:
        """Log that the client at `peer`, which was logged in as `name`, has gone."""
        self._guests.write(OFFLINE, peer=peer, name=name)

    def too_slow(self, peer: str) -> None:
        """Log that the client at `peer` does not read, and is dropped."""
        self._guests.write(SLOW, peer=peer)

    def refused(self, peer: str, reason: str) -> None:
        """Log that the client at `peer` is not admitted."""
        self._refused.write(REFUSED, peer=peer, reason=reason)

    def wrong_password(self, peer: str) -> None:
        """Log that the client at `peer` has given a wrong password, but not which."""
        self._refused.write(GUESSED, peer=peer)

    def accept_failed(self, reason: str) -> None:
        """Log that the kernel could not hand over a connection."""
        self._refused.write(ACCEPT_FAILED, reason=reason)

    def close(self) -> None:
        """Write at once how many lines have been left out."""
        self._guests.close()
        self._refused.close()


def peer_name(addr: IAddress | None) -> str:
    """Return `addr` as the log shows it: `(192.168.1.2, 35764)`, or `(unix)`."""
    if isinstance(addr, IPv4Address | IPv6Address):
        return f"({addr.host}, {addr.port})"
    return "(unix)"
