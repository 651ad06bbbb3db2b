"""When the client says goodbye: once everything is sent, stored and answered."""

from __future__ import annotations

from typing import Protocol

from netchat.client.conversation.outbox import Outbox
from netchat.client.conversation.server_link import ServerLink
from netchat.model.requests import Bye

MAX_ANSWER_TIME = 5.0
"""How many seconds the goodbye waits for the answers to commands."""


class Reports(Protocol):
    """What the server is told about the user from time to time."""

    def flush(self, link: ServerLink) -> None:
        """Tell it now."""


class Goodbye:
    """Says goodbye over one connection, when nothing in `outbox` waits, after the `reports`."""

    __slots__ = ("_outbox", "_reports", "_said", "_waits")

    def __init__(self, outbox: Outbox, *reports: Reports) -> None:
        self._outbox = outbox
        self._reports = reports
        self._said = self._waits = False

    def reset(self) -> None:
        """Begin again: the connection is another one."""
        self._said = self._waits = False

    def say(self, link: ServerLink) -> None:
        """Say goodbye over `link`, unless something waits; then this is called again.

        The server closes without waiting for the journal, so a change that was asked for is waited
        for here.
        """
        if self._said or not self._outbox.idle:
            return
        if not self._outbox.awaits_change:
            self._say(link)
        elif not self._waits:
            self._waits = True
            link.call_later("goodbye", MAX_ANSWER_TIME, lambda: self._say(link))

    def _say(self, link: ServerLink) -> None:
        if not self._said:
            self._said = True
            for report in self._reports:
                report.flush(link)
            link.send(Bye())
