"""The interface between a conversation and the connection to the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from netchat.client.conversation.interfaces import SecretKind
from netchat.dialects.jsonl import events as wire
from netchat.model.requests import Request


class Channel(Protocol):
    """What the connection is worth to a secret."""

    @property
    def address(self) -> str:
        """The address of the server, for the user."""

    @property
    def is_secret(self) -> bool:
        """Whether nobody on the way can read it: it has TLS, or does not leave this machine."""

    @property
    def is_to_line_door(self) -> bool:
        """Whether it has TLS to a line door, over which a proof is always bound to the TLS."""

    def exporter(self) -> str:
        """Return the exporter of its TLS in hexadecimal digits (RFC 9266); "" without TLS."""


class ServerLink(Protocol):
    """What a conversation needs of the connection to the server."""

    @property
    def channel(self) -> Channel:
        """What the connection is worth to a secret."""

    def send(self, request: Request) -> None:
        """Send `request`."""

    def is_of_site(self, welcome: wire.Welcome) -> bool:
        """Return whether `welcome` comes from the chat that the user means.

        Otherwise this connection is given up.
        """

    def welcomed(self, welcome: wire.Welcome) -> None:
        """Called when a server that has proved what it must has let the client in."""

    def logged_in(self) -> None:
        """Called when the server has let the client in."""

    def login_refused(self, error: wire.Error) -> None:
        """Called when the server refuses the login."""

    def secret_required(self, reason: str, kind: SecretKind) -> None:
        """Called when the server wants a secret from the user; `reason` is a sentence."""

    def give_up(self, problem: str) -> None:
        """Called when the server cannot be trusted."""

    def closing(self, closing: wire.Closing) -> None:
        """Called when the server announces that it closes the connection."""

    def seconds(self) -> float:
        """Return the time of a clock that is never set."""

    def call_later(self, name: str, seconds: float, call: Callable[[], object]) -> None:
        """Call `call` after so many seconds, unless the connection is lost before.

        It takes the place of an earlier call of this `name`.
        """
