"""Measures how long the server takes to answer."""

from __future__ import annotations

from netchat.client.conversation.server_link import ServerLink
from netchat.dialects.jsonl import events as wire
from netchat.model.requests import Ping

FIRST = 1.0
"""Seconds from the login to the first ping: what was missed comes first."""
INTERVAL = 30.0
"""Seconds between an answer and the next ping."""
NONCE = "ping"


class Pings:
    """Pings the server from time to time; `enabled` for a user who sees the delay."""

    __slots__ = ("_enabled", "_sent_at", "delay")

    def __init__(self, *, enabled: bool) -> None:
        self.delay: float | None = None
        """How many seconds the server took for the last ping, None if that is not known."""
        self._enabled = enabled
        self._sent_at = 0.0

    def begin(self, link: ServerLink) -> None:
        """Ping over `link` from now on."""
        if self._enabled:
            link.call_later("ping", FIRST, lambda: self._ping(link))

    def disconnected(self) -> None:
        """Record that the connection is lost."""
        self.delay = None

    def handle(self, pong: wire.Pong, link: ServerLink) -> None:
        """Record the answer to a ping."""
        if self._enabled and pong.nonce == NONCE:
            self.delay = max(0.0, link.seconds() - self._sent_at)
            link.call_later("ping", INTERVAL, lambda: self._ping(link))

    def _ping(self, link: ServerLink) -> None:
        self._sent_at = link.seconds()
        link.send(Ping(nonce=NONCE))
