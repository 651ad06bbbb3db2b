"""A conversation without I/O, and a server that the test controls."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from netchat import __version__
from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.decoder import Decoder, Received
from netchat.client.conversation.interfaces import SecretKind
from netchat.client.conversation.login import Target
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl.message import Message
from netchat.model.requests import Request
from tests.support.client_fakes import CLIENT_ID, RecordingFrontend

AGENT = f"netchat/{__version__}"
NOON = 1_767_268_800.0


@dataclass
class FakeChannel:
    """What the connection is worth to a secret, as the test says."""

    address: str = "chat.test:5001"
    is_secret: bool = True
    tls: str = ""
    is_to_line_door: bool = False

    def exporter(self) -> str:
        return self.tls


def said(number: int, name: str, text: str, nonce: str = "", room: str = "lobby") -> wire.Said:
    """Return a line said at noon."""
    time = "2026-01-01T12:00:00.000Z"
    return wire.Said(room, number, time, name, text, nonce=nonce or msgspec.UNSET)


def clock(seconds: float, form: str = "%H:%M") -> str:
    """Return the local time `seconds`."""
    return time.strftime(form, time.localtime(seconds))


class ConversationHarness:
    """A conversation, and a server that the test controls."""

    def __init__(
        self, name: str = "Alice", *, frontend: RecordingFrontend | None = None, **target: Any
    ) -> None:
        self.frontend = frontend or RecordingFrontend()
        self.now = NOON
        self.conversation = Conversation(
            Target(name, CLIENT_ID, **target), self.frontend, lambda: self.now
        )
        self.sent: list[Request] = []
        self.seconds_passed = 0.0
        self.link_calls: list[object] = []
        self.calls: dict[str, Callable[[], object]] = {}
        """What is to be called later, by its name."""
        self.channel = FakeChannel()
        self.connect()

    def connect(self) -> None:
        self.decoder = Decoder()
        self.conversation.connected(self)

    def cut(self) -> None:
        self.conversation.disconnected()

    def receive(self, *events: Message) -> list[str]:
        """Let the server send `events`; return what the frontend was told."""
        for event in events:
            for received in self.decode(event):
                self.conversation.receive(received)
        return self.frontend.new_events()

    def decode(self, event: Message) -> list[Received]:
        """Return `event` as the client receives it."""
        received = list(self.decoder.feed(msgspec.json.encode(event) + b"\n"))
        return [one for one in received if isinstance(one, Received)]

    def log_in(
        self,
        *names: str,
        last: int = 0,
        room: str = "lobby",
        topic: str = "",
        line: int = 4096,
        journal: str = "",
        **welcome_fields: Any,
    ) -> list[str]:
        name = self.conversation.roster.name
        limits = wire.WelcomeLimits(line=line)
        known = journal or msgspec.UNSET
        welcome = wire.Welcome(name, "netchat/test", 1, limits, journal=known, **welcome_fields)
        return self.receive(welcome, wire.Entered(room, topic, (*(names or ("Bob",)), name), last))

    def resume(self, last: int = 0, room: str = "lobby", journal: str = "") -> list[str]:
        self.connect()
        self.sends()
        return self.log_in(last=last, room=room, journal=journal)

    def say(self, *lines: str) -> list[Request]:
        """Type `lines`; return the requests sent for them."""
        for line in lines:
            self.conversation.input.say(line)
        return self.sends()

    def go_to(self, name: str) -> list[str]:
        """Go to a room or talk; return what the frontend was told."""
        self.conversation.input.go_to(name)
        return self.frontend.new_events()

    def members(self) -> list[str]:
        """Return the names in the room that is shown."""
        room = self.conversation.rooms.room
        return list(room.members.names) if room is not None else []

    def sends(self) -> list[Request]:
        """Return the requests sent since the last call."""
        sent, self.sent = self.sent, []
        return sent

    def send(self, request: Request) -> None:
        self.sent.append(request)

    def is_of_site(self, welcome: wire.Welcome) -> bool:
        return True

    def welcomed(self, welcome: wire.Welcome) -> None: ...

    def logged_in(self) -> None:
        self.link_calls.append("entered")

    def login_refused(self, error: wire.Error) -> None:
        self.link_calls.append(error)

    def closing(self, closing: wire.Closing) -> None:
        self.link_calls.append(closing)

    def secret_required(self, reason: str, kind: SecretKind) -> None:
        self.link_calls.append(f"{kind} required: {reason}")

    def give_up(self, problem: str) -> None:
        self.link_calls.append(f"give up: {problem}")

    def seconds(self) -> float:
        return self.seconds_passed

    def call_later(self, name: str, seconds: float, call: Callable[[], object]) -> None:
        self.calls[name] = call
        if name == "retry":
            self.link_calls.append(seconds)


def inside(journal: str = "", **target: Any) -> ConversationHarness:
    """Return a conversation that is logged in to the lobby, where nothing was said yet."""
    harness = ConversationHarness(**target)
    harness.log_in(journal=journal)
    harness.sends()
    harness.link_calls.clear()
    return harness
