"""The interface between a conversation and the connection to the server."""

from __future__ import annotations

from typing import Protocol

from netchat.dialects.jsonl import events as wire
from netchat.model.requests import Request


class ServerLink(Protocol):
    """What a conversation needs of the connection to the server."""

    def send(self, request: Request) -> None:
        """Send `request`."""

    def logged_in(self) -> None:
        """Called when the server has let the client in."""

    def login_refused(self, error: wire.Error) -> None:
        """Called when the server refuses the login."""

    def closing(self, closing: wire.Closing) -> None:
        """Called when the server announces that it closes the connection."""

    def retry_in(self, seconds: float) -> None:
        """Call `retry` after so many seconds, unless the connection is lost before."""
