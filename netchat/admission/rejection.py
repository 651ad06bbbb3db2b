"""Who is not let in: one sentence, and the connection closes.

On a port of our own most are turned away before anything is made (see acceptor.py); here are those
for whom a connection is needed to say it, as it is within TLS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import Protocol, connectionDone

from netchat.dialects.jsonl import dialect as jsonl
from netchat.dialects.text import dialect as text
from netchat.model.events import Closing, Pong
from netchat.model.requests import Bye, Ping

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall
    from twisted.python.failure import Failure

    from netchat.doors.line.factory import LineFactory

HEALTH_CHECK_TIMEOUT = 0.1
"""Seconds in which a health check asks how we are."""
CLOSE_TIME = 5.0
"""Seconds in which the sentence must be taken."""
_LONGEST = 512


class Rejection(Protocol):
    """Says `closing`, and closes."""

    def __init__(self, factory: LineFactory, closing: Closing) -> None:
        self._factory = factory
        self._closing = closing
        self._timer: IDelayedCall | None = None

    def connectionMade(self) -> None:
        """Say it."""
        self._factory.rejections[self] = None
        self.go()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Nothing more is to be done."""
        self._wait(None)
        self._factory.rejection_sent(self)

    def go(self, last: bytes | None = None) -> None:
        """Say `last` (None: the sentence), and close."""
        self._wait(CLOSE_TIME)
        transport: Any = self.transport
        transport.write(text.render(self._closing) if last is None else last)
        transport.loseConnection()

    def abort(self) -> None:
        """Close without another word."""
        self._timer = None
        transport: Any = self.transport
        transport.abortConnection()

    def _wait(self, seconds: float | None) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = (seconds and self._factory.clock.callLater(seconds, self._expire)) or None

    def _expire(self) -> None:
        self.abort()


class HealthCheckResponder(Rejection):
    """Says the same, but to a health check, which comes from this machine, how we are.

    A full server is well; one that its health check finds ill is started again, and all are out.
    """

    _heard = b""
    _answered = False

    def connectionMade(self) -> None:
        """Wait for a moment."""
        self._factory.rejections[self] = None
        self._wait(HEALTH_CHECK_TIMEOUT)

    def dataReceived(self, data: bytes) -> None:
        """Answer what is asked."""
        self._heard += data
        if not self._answered and (b"\n" in self._heard or len(self._heard) > _LONGEST):
            self._answered = True
            self.go(self._answer())

    def _answer(self) -> bytes:
        lines = self._heard[:_LONGEST].split(b"\n")[:-1]
        if not self._heard.startswith(jsonl.START):
            return text.render(self._closing)
        asked = [jsonl.parse_hello(line) for line in lines]
        if not asked or not isinstance(asked[0], Ping):
            return jsonl.render(self._closing)
        pong = Pong(asked[0].nonce or "", self._factory.chat.journal.trouble)
        left = any(isinstance(request, Bye) for request in asked)
        return jsonl.render(pong) + jsonl.render(Closing("bye") if left else self._closing)

    def _expire(self) -> None:
        if self._answered:
            self.abort()
        else:
            self._answered = True
            self.go()
