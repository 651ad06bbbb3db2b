"""The connection of a conversation to the server in this process."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import msgspec

from netchat.client.connection.timers import Timers
from netchat.client.conversation.client import ConversationClient
from netchat.client.conversation.decoder import Decoder, ProtocolViolation
from netchat.model.requests import Hello

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime

    from netchat.client.conversation.conversation import Conversation
    from netchat.client.conversation.interfaces import Frontend, SecretKind
    from netchat.dialects.jsonl import events as wire
    from netchat.model.requests import Request

_LOST = "The server has closed the connection."


class _SshChannel:
    """What an SSH connection is worth to a secret: it ends in this process."""

    address = "this server"
    is_secret = True
    is_to_line_door = False

    def exporter(self) -> str:
        """Return "": there is no TLS."""
        return ""


CHANNEL = _SshChannel()


class MemoryClient(ConversationClient):
    """The `ChatClient` that keeps `conversation` connected to a session of the server.

    `send` takes a line of the JSON lines dialect, with its end; `people` returns who is in a room.
    The connection is made once, and the door says hello over it.
    """

    __slots__ = ("_decoder", "_finished", "_frontend", "_people", "_send", "_timers")

    def __init__(
        self,
        conversation: Conversation,
        frontend: Frontend,
        clock: IReactorTime,
        send: Callable[[bytes], None],
        people: Callable[[str], Collection[str]],
    ) -> None:
        super().__init__(conversation)
        self._frontend = frontend
        self._timers = Timers(clock)
        self._send = send
        self._people = people
        self._decoder = Decoder()
        self._finished = False

    @property
    def participants(self) -> Collection[str]:
        """The names in the room; who has spoken last comes last.

        The conversation knows the last ones of a crowd, and the server all.
        """
        room, recent = self._conversation.rooms.room, super().participants
        everybody = self._people(room.name) if room is not None else ()
        return dict.fromkeys([*(name for name in everybody if name not in recent), *recent])

    def start(self) -> None:
        """Log in."""
        self._conversation.connected(self)

    def receive(self, data: bytes) -> None:
        """Handle bytes from the server."""
        for received in self._decoder.feed(data):
            if self._finished:
                return
            assert not isinstance(received, ProtocolViolation), "the server is netchat"
            self._conversation.receive(received)
        self._conversation.report_changes()

    def lost(self) -> None:
        """Record that the server has closed the connection."""
        self._finish("" if self.leaving else _LOST)

    def stop(self) -> None:
        """End the conversation: nobody sees it any more."""
        self._finished = True
        self._timers.cancel_all()

    def retry_with(self, kind: SecretKind, secret: str) -> None:
        """Do nothing: whoever is not let in has to connect again."""

    def leave(self, timeout: float | None) -> None:
        """Say goodbye once everything is stored; end after `timeout` seconds at the latest."""
        self._conversation.leave()
        if not self._conversation.online and not self._conversation.outbox.unstored:
            self._finish()
        elif timeout is not None and not self._finished:
            self._timers.set("leave", timeout, self._finish)

    def pauseProducing(self) -> None:
        """Do nothing: what is received is bounded where it is written to the terminal."""

    def resumeProducing(self) -> None:
        """Do nothing: it never pauses."""

    @property
    def channel(self) -> _SshChannel:
        """What the connection is worth to a secret."""
        return CHANNEL

    def send(self, request: Request) -> None:
        """Send `request`."""
        if not self._finished and not isinstance(request, Hello):
            self._send(msgspec.json.encode(request) + b"\n")

    def is_of_site(self, welcome: wire.Welcome) -> bool:
        """Return True: there is only this server."""
        return True

    def welcomed(self, welcome: wire.Welcome) -> None:
        """Do nothing: there is only this server."""

    def logged_in(self) -> None:
        """Do nothing: the server has a timer for the login."""

    def login_refused(self, error: wire.Error) -> None:
        """Called when the server refuses the login."""
        self._finish(error.message)

    def secret_required(self, reason: str, kind: SecretKind) -> None:
        """Called when the server wants a secret, which SSH would have asked for."""
        self._finish(reason)

    def give_up(self, problem: str) -> None:
        """Called when the user cannot be let in."""
        self._finish(problem)

    def closing(self, closing: wire.Closing) -> None:
        """Called when the server announces that it closes the connection."""
        bye = closing.reason == "bye"
        self._finish("" if bye else closing.message or f"The server closed ({closing.reason}).")

    def seconds(self) -> float:
        """Return the time of a clock that is never set."""
        return self._timers.seconds()

    def call_later(self, name: str, seconds: float, call: Callable[[], object]) -> None:
        """Call `call` after so many seconds, unless the connection is lost before."""
        self._timers.set(name, seconds, call)

    def _finish(self, problem: str = "") -> None:
        if not self._finished:
            unstored = self._conversation.outbox.unstored
            self.stop()
            self._conversation.disconnected()
            self._frontend.closed(problem, unstored)
