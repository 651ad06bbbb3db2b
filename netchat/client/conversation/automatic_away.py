"""Says that the user is away when they have typed nothing for long, and back when they do."""

from __future__ import annotations

from collections.abc import Callable

from netchat.client.conversation.server_link import ServerLink
from netchat.model.requests import Request
from netchat.model.state_requests import AwayRequest

AWAY_AFTER = 1800.0
"""Seconds without anything typed after which the user of a terminal is away."""
TEXT = "idle"
"""What who writes to them privately reads."""
NONCE = "away"
"""The nonce of these requests: a refusal is of no interest to the user."""


class AutomaticAway:
    """Watches whether the user types; `seconds` without that are long, 0 means never.

    `ask` sends a request. What they say themselves with /away stays until they are back.
    """

    __slots__ = ("_ask", "_is_away", "_said_away", "_seconds")

    def __init__(self, seconds: float, ask: Callable[[Request], bool]) -> None:
        self._seconds = seconds
        self._ask = ask
        self._is_away = False
        self._said_away = False

    def active(self, link: ServerLink) -> None:
        """Record that the user is there, and connected over `link`."""
        if not self._seconds:
            return
        if self._is_away:
            self._is_away = False
            self._ask(AwayRequest(nonce=NONCE))
        link.call_later("away", self._seconds, self._go_away)

    def told(self, text: str) -> None:
        """Record that the server takes the user for away with this `text`, "" being back."""
        self._said_away = text not in ("", TEXT)

    def disconnected(self) -> None:
        """Record that the connection is lost: the server takes the user for back."""
        self._is_away = self._said_away = False

    def _go_away(self) -> None:
        if not (self._is_away or self._said_away):
            self._is_away = self._ask(AwayRequest(text=TEXT, nonce=NONCE))
