"""The log of connections: a line for each event, rate limited, and a summary of those left out.

A line has a connection's address, a name and a reason, and never what a guest says, nor a name that
was refused: it may be a password. Names and addresses are fields, never part of the format, and
control characters in them are escaped.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.logger import Logger

from netchat.model.disconnects import BYE, EVICTED, SHUTDOWN, TOO_SLOW
from netchat.model.sanitize import escape

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime

    from netchat.model.events import Closing

GUEST_LINES_PER_SECOND, REFUSED_LINES_PER_SECOND = 6, 4
"""Limited apart, so that a flood of refused connections does not hide the guests."""
SECOND = 1.1
"""A little more than a second, because the log reads its own clock a little later."""

MAX_NAMES = 16_000
"""How many characters of names a summary has; that is more than a thousand usual names."""

CONNECTED = "Client {peer} connected  [ {name} ]"
OFFLINE = "Client {peer} is offline  [ {name} ]"
SLOW = f"Client {{peer}} does not read; it is closed ({TOO_SLOW.reason})"
REFUSED = "Client {peer} is refused  [ {reason} ]"
GUESSED = "Client {peer} says a wrong password"
NAMELESS = "Client {peer} is closed before it has a name  [ {reason} ]"
TLS_FAILED = "Client {peer} fails at the TLS handshake  [ {reason} ]"
ACCEPT_FAILED = "A connection could not be accepted  [ {reason} ]"
_SUMMARIES = {
    CONNECTED: "... and {count:,} more connected  [ {names} ]",
    OFFLINE: "... and {count:,} more went offline  [ {names} ]",
    SLOW: "... and {count:,} more did not read and were closed",
    REFUSED: "... and {count:,} more connections were refused",
    GUESSED: "... and {count:,} more wrong passwords were said",
    NAMELESS: "... and {count:,} more were closed before they had a name",
    TLS_FAILED: "... and {count:,} more failed at the TLS handshake",
    ACCEPT_FAILED: "... and {count:,} more connections could not be accepted",
}


class _LeftOut:
    """The lines of one format that were left out: how many, and the names in them."""

    def __init__(self) -> None:
        self.count = 0
        self._names: list[str] = []
        self._length = 0
        self._unnamed = 0

    def add(self, name: str) -> None:
        """Count a line about `name`, which is "" in a line without a name."""
        self.count += 1
        if self._length + len(name) + 2 <= MAX_NAMES:
            self._names.append(name)
            self._length += len(name) + 2
        else:
            self._unnamed += 1

    @property
    def names(self) -> str:
        """The names, as far as MAX_NAMES allows, and how many are missing."""
        listed = ", ".join(self._names)
        return f"{listed} and {self._unnamed:,} more" if self._unnamed else listed


class RateLimitedLog:
    """Writes at most `lines` lines in a second, and then a summary of what it has left out."""

    def __init__(self, log: Logger, clock: IReactorTime, lines: int) -> None:
        self._log = log
        self._clock = clock
        self._times: deque[float] = deque(maxlen=lines)
        self._left_out: dict[str, _LeftOut] = {}
        self._timer: IDelayedCall | None = None

    def write(self, line: str, **fields: str) -> None:
        """Write `line`, one of the formats above, with its `fields`, or count it."""
        fields = {name: escape(text) for name, text in fields.items()}
        if self._left_out or not self._has_room():
            self._left_out.setdefault(line, _LeftOut()).add(fields.get("name", ""))
            if self._timer is None:
                self._timer = self._clock.callLater(SECOND, self._write_summaries)
        else:
            self._put(line, **fields)

    def close(self) -> None:
        """Write at once what has been left out."""
        if self._timer is not None:
            self._timer.cancel()
            self._write_summaries()

    def _has_room(self) -> bool:
        times = self._times
        return len(times) != times.maxlen or self._clock.seconds() - times[0] >= SECOND

    def _write_summaries(self) -> None:
        self._timer = None
        left_out, self._left_out = self._left_out, {}
        for line, summary in left_out.items():
            names = {"names": summary.names} if "{names}" in _SUMMARIES[line] else {}
            self._put(_SUMMARIES[line], count=summary.count, **names)

    def _put(self, line: str, **fields: str | int) -> None:
        self._times.append(self._clock.seconds())
        self._log.info(line, **fields)


class ConnectionLog:
    """Logs and counts which clients connect, leave and are refused; `clock` runs the limits."""

    def __init__(self, clock: IReactorTime) -> None:
        log = Logger(namespace="netchat.doors.line.protocol.LineProtocol")
        self._guests = RateLimitedLog(log, clock, GUEST_LINES_PER_SECOND)
        self._refused = RateLimitedLog(log, clock, REFUSED_LINES_PER_SECOND)
        self.logins = 0
        self.wrong_passwords = 0
        self.refusals: Counter[str] = Counter()
        """How many connections were refused, by reason."""

    def connected(self, peer: str, name: str) -> None:
        """Log that the client at `peer` has logged in as `name`."""
        self.logins += 1
        self._guests.write(CONNECTED, peer=peer, name=name)

    def offline(self, peer: str, name: str) -> None:
        """Log that the client at `peer`, which was logged in as `name`, has gone."""
        self._guests.write(OFFLINE, peer=peer, name=name)

    def too_slow(self, peer: str) -> None:
        """Log that the client at `peer` does not read, and is dropped."""
        self._guests.write(SLOW, peer=peer)

    def refused(self, peer: str, reason: str) -> None:
        """Log that the client at `peer` is not admitted."""
        self.refusals[reason] += 1
        self._refused.write(REFUSED, peer=peer, reason=reason)

    def nameless_closed(self, peer: str, closing: Closing) -> None:
        """Log that the client at `peer` is closed because it has given no name, or no good one.

        That is no news if the client wanted it, or if the server shuts down. One that has to make
        room for another is refused.
        """
        if closing not in (BYE, SHUTDOWN):
            line = REFUSED if closing == EVICTED else NAMELESS
            self._refused.write(line, peer=peer, reason=closing.reason)

    def tls_failed(self, peer: str, reason: str) -> None:
        """Log that the TLS handshake with the client at `peer` has failed."""
        self._refused.write(TLS_FAILED, peer=peer, reason=reason)

    def wrong_password(self, peer: str) -> None:
        """Log that the client at `peer` has given a wrong password, but not which."""
        self.wrong_passwords += 1
        self._refused.write(GUESSED, peer=peer)

    def accept_failed(self, reason: str) -> None:
        """Log that the kernel could not hand over a connection."""
        self.refusals[reason] += 1
        self._refused.write(ACCEPT_FAILED, reason=reason)

    def close(self) -> None:
        """Write at once what has been left out."""
        self._guests.close()
        self._refused.close()


def peer_name(addr: IAddress | None) -> str:
    """Return `addr` as the log shows it: `(192.168.1.2, 35764)`, or `(unix)`."""
    if isinstance(addr, IPv4Address | IPv6Address):
        return f"({addr.host}, {addr.port})"
    return "(unix)"
