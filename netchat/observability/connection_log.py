"""What the log says of connections: a line for each, but only so many in a second, and a count.

A line is a connection's address, a name, a reason: never what somebody says. Names and addresses
are fields, never the format, and what could move the cursor or turn the text around is escaped.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.logger import Logger

from netchat.model.sanitize import escape

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime

GUESTS_A_SECOND, REFUSED_A_SECOND = 6, 4
"""Lines; apart, so that a flood of the refused does not hide who came."""
SECOND = 1.1
"""A little more than one, because the log's own clock reads a little later than ours."""

CONNECTED = "Client {peer} connected  [ {name} ]"
OFFLINE = "Client {peer} is offline  [ {name} ]"
SLOW = "Client {peer} does not read; it is closed (too-slow)"
REFUSED = "Client {peer} is refused  [ {reason} ]"
GUESSED = "Client {peer} says a wrong password"
UNACCEPTED = "A connection could not be accepted  [ {reason} ]"
_MORE = {
    CONNECTED: "... and {count:,} more connected",
    OFFLINE: "... and {count:,} more went offline",
    SLOW: "... and {count:,} more did not read and were closed",
    REFUSED: "... and {count:,} more connections were refused",
    GUESSED: "... and {count:,} more wrong passwords were said",
    UNACCEPTED: "... and {count:,} more connections could not be accepted",
}


class RateLimitedLog:
    """Writes at most `lines` lines in a second, and then how many it has left out."""

    def __init__(self, log: Logger, clock: IReactorTime, lines: int) -> None:
        self._log = log
        self._clock = clock
        self._written: deque[float] = deque(maxlen=lines)
        self._left_out: Counter[str] = Counter()
        self._timer: IDelayedCall | None = None

    def write(self, line: str, **fields: str) -> None:
        """Write `line`, one of the formats above, with its `fields`, or count it."""
        if self._left_out or not self._has_room():
            self._left_out[line] += 1
            if self._timer is None:
                self._timer = self._clock.callLater(SECOND, self._go_on)
        else:
            self._put(line, **{name: escape(text) for name, text in fields.items()})

    def close(self) -> None:
        """Write what has been left out; nothing waits any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._go_on()

    def _has_room(self) -> bool:
        written = self._written
        return len(written) != written.maxlen or self._clock.seconds() - written[0] >= SECOND

    def _go_on(self) -> None:
        self._timer = None
        left_out, self._left_out = self._left_out, Counter()
        for line, count in left_out.items():
            self._put(_MORE[line], count=count)

    def _put(self, line: str, **fields: str | int) -> None:
        self._written.append(self._clock.seconds())
        self._log.info(line, **fields)


class ConnectionLog:
    """Writes down who comes and who goes, and who is refused; `clock` tells how fast."""

    def __init__(self, clock: IReactorTime) -> None:
        log = Logger(namespace="netchat.doors.line.protocol.LineProtocol")
        self._guests = RateLimitedLog(log, clock, GUESTS_A_SECOND)
        self._refused = RateLimitedLog(log, clock, REFUSED_A_SECOND)

    def connected(self, peer: str, name: str) -> None:
        """Write down that somebody has come in."""
        self._guests.write(CONNECTED, peer=peer, name=name)

    def offline(self, peer: str, name: str) -> None:
        """Write down that he has gone."""
        self._guests.write(OFFLINE, peer=peer, name=name)

    def slow(self, peer: str) -> None:
        """Write down that somebody does not read, and goes."""
        self._guests.write(SLOW, peer=peer)

    def refused(self, peer: str, reason: str) -> None:
        """Write down that somebody is not let in."""
        self._refused.write(REFUSED, peer=peer, reason=reason)

    def guessed(self, peer: str) -> None:
        """Write down that somebody says a wrong password, and never which."""
        self._refused.write(GUESSED, peer=peer)

    def unaccepted(self, reason: str) -> None:
        """Write down that the kernel does not hand over who has come."""
        self._refused.write(UNACCEPTED, reason=reason)

    def close(self) -> None:
        """Write what has been left out so far."""
        self._guests.close()
        self._refused.close()


def peer_name(addr: IAddress | None) -> str:
    """Return `addr` as the log shows it: `(192.168.1.2, 35764)`, or `(unix)`."""
    if isinstance(addr, IPv4Address | IPv6Address):
        return f"({addr.host}, {addr.port})"
    return "(unix)"
