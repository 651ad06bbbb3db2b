"""Where those wait who have come and said nothing, when there are many without a name already.

Nothing is made for them but a socket that is watched. Who says something goes on to the door before
those who are silent: so a thousand silent connections hold up nobody, and nobody has to go for them
who only takes his time. Where a guest speaks first, because he shakes hands (TLS) or is announced
by a proxy, everybody waits here until he does; elsewhere he is to be asked for his name.
"""

from __future__ import annotations

from contextlib import suppress
from socket import MSG_DONTWAIT, MSG_PEEK
from typing import TYPE_CHECKING, Any, NamedTuple

from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer

from netchat.admission.descriptors import is_readable
from netchat.admission.policy import CROWDED
from netchat.doors.limits import LOGIN_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from twisted.internet.interfaces import IDelayedCall

    from netchat.doors.line.factory import LineFactory
    from netchat.model.events import Closing


class Comer(NamedTuple):
    """Somebody who has come, as a socket accepts him."""

    connection: socket
    address: Any


@implementer(IReadDescriptor)
class Waiting:
    """A connection for which nothing is made before it says something."""

    __slots__ = ("_anteroom", "_fileno", "comer", "key", "since", "timer")

    grace = 0.0

    def __init__(self, anteroom: Anteroom, comer: Comer, key: bytes, since: float) -> None:
        self.since = since
        self.comer = comer
        self.key = key
        self.timer: IDelayedCall | None = None
        self._anteroom = anteroom
        self._fileno = comer.connection.fileno()

    @property
    def unread(self) -> bool:
        """Whether it has said something."""
        return is_readable(self._fileno)

    def fileno(self) -> int:
        """Return its descriptor, also when it has been handed on."""
        return self._fileno

    def logPrefix(self) -> str:  # noqa: N802
        """Return nothing of interest."""
        return "-"

    def doRead(self) -> None:  # noqa: N802
        """Learn that it has said something, or hung up."""
        self._anteroom.spoke(self)

    def connectionLost(self, reason: object) -> None:
        """Learn that it is gone."""
        self.abort()

    def give_way(self) -> None:
        """Close for somebody else."""
        self.shut(CROWDED)

    def shut(self, closing: Closing) -> None:
        """Close with the sentence of `closing`."""
        self._anteroom.dismiss(self, closing)

    def abort(self) -> None:
        """Close without a word."""
        self._anteroom.dismiss(self, None)


class Anteroom:
    """Those who wait to be accepted by `port`, an open one of `factory`.

    `turn_away` closes one with a sentence; `asked` tells whether the silent are asked in, too.
    """

    def __init__(
        self,
        port: Any,
        factory: LineFactory,
        turn_away: Callable[[Comer, Closing], None],
        *,
        asked: bool,
    ) -> None:
        self._asked = asked
        self._port = port
        self._factory = factory
        self._turn_away = turn_away
        self._silent: dict[Waiting, None] = {}
        self._spoken: dict[Waiting, None] = {}
        self._turn: IDelayedCall | None = None

    def take(self, comer: Comer, key: bytes) -> None:
        """Let `comer`, from the address of `key`, wait here."""
        waiting = Waiting(self, comer, key, self._factory.clock.seconds())
        self._silent[waiting] = None
        self._factory.door_opened(waiting, self._factory.anteroom)
        self._port.reactor.addReader(waiting)
        seconds = self._factory.limits.connection.login_timeout
        if seconds:
            waiting.timer = self._factory.clock.callLater(seconds, self._expire, waiting)
        if self._asked:
            self._factory.threshold.when_gone(self._call_soon)

    def next(self) -> Comer | None:
        """Return who has his turn now, if anybody: who has spoken, or the first for who goes."""
        limit = self._factory.admission.limits.max_nameless
        threshold = self._factory.threshold
        queue = None
        if self._spoken and threshold.make_room(limit):
            queue = self._spoken
        elif self._silent and self._asked and (not limit or threshold.count < limit):
            queue = self._silent
        if queue is None:
            return None
        waiting = next(iter(queue))
        self._forget(waiting)
        self._factory.has_waited_since(waiting.since)
        return waiting.comer

    def spoke(self, waiting: Waiting) -> None:
        """Let `waiting` have his turn before all who are silent."""
        if _has_hung_up(waiting.comer.connection):
            self.dismiss(waiting, None)
            return
        self._port.reactor.removeReader(waiting)
        del self._silent[waiting]
        self._spoken[waiting] = None
        self._call_soon()

    def dismiss(self, waiting: Waiting, closing: Closing | None) -> None:
        """Close the connection of `waiting`, with a sentence if there is a `closing`."""
        self._forget(waiting)
        if closing is None:
            waiting.comer.connection.close()
        else:
            self._turn_away(waiting.comer, closing)

    def close(self) -> None:
        """Call nobody any more."""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None

    def _call_soon(self) -> None:
        if self._turn is None:
            self._turn = self._factory.clock.callLater(0, self._call)

    def _call(self) -> None:
        """Let the port accept those whose turn it is."""
        self._turn = None
        if self._factory.closing or not self._port.connected:
            return
        self._port.numberAccepts = max(self._port.numberAccepts, len(self._spoken))
        self._port.doRead()
        if self._spoken:
            self._factory.threshold.when_room(self._call_soon)
        elif self._silent and self._asked:
            self._factory.threshold.when_gone(self._call_soon)

    def _forget(self, waiting: Waiting) -> None:
        if waiting in self._silent:
            self._port.reactor.removeReader(waiting)
        self._silent.pop(waiting, None)
        self._spoken.pop(waiting, None)
        if waiting.timer is not None:
            waiting.timer.cancel()
            waiting.timer = None
        self._factory.door_closed(waiting)

    def _expire(self, waiting: Waiting) -> None:
        waiting.timer = None
        self.dismiss(waiting, LOGIN_TIMEOUT)


def _has_hung_up(connection: socket) -> bool:
    with suppress(BlockingIOError):
        try:
            return not connection.recv(1, MSG_DONTWAIT | MSG_PEEK)
        except ConnectionError:
            return True
    return False
