"""The connection is cut at any moment: each line is stored once and in order, and shown once.

The server is a model: requests and events travel message by message, and those in flight are lost
with the connection.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.decoder import Decoder, Received
from netchat.client.conversation.interfaces import SecretKind
from netchat.client.conversation.login import Target
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl.message import Message
from netchat.model.requests import GetHistory, Hello, Request, Say
from tests.support.client_fakes import CLIENT_ID, RecordingFrontend
from tests.support.conversations import FakeChannel

NOON = "2026-01-01T12:00:00.000Z"


class Model:
    """A server with one room, and the client's end of the connection to it."""

    def __init__(self, draw: Any) -> None:
        self.frontend = RecordingFrontend()
        self.conversation = Conversation(Target("Alice", CLIENT_ID), self.frontend, lambda: 0.0)
        self.stored: list[wire.Said] = []
        self.journal = 1
        self.broken = False
        self._draw = draw
        self._ids: dict[str, int] = {}
        self.connect()

    def connect(self) -> None:
        self._to_server: deque[Request] = deque()
        self._to_client: deque[Message] = deque()
        self._logged_in = self._retry_due = False
        self._decoder = Decoder()
        self.channel = FakeChannel()
        self.conversation.connected(self)

    def cut(self) -> None:
        self.conversation.disconnected()
        self.connect()

    def replace_journal(self) -> None:
        """Restart the server with an empty journal."""
        self.journal += 1
        self.stored.clear()
        self._ids.clear()
        self.cut()

    def others_say(self, text: str) -> None:
        self._store("Bob", text)

    def deliver_request(self) -> bool:
        """Deliver one request to the server, if one is in flight."""
        if not self._to_server:
            return False
        request = self._to_server.popleft()
        match request:
            case Hello():
                self._let_in((request.after or {}).get("lobby"), request.journal)
            case GetHistory(before=int(before), limit=int(limit)):
                lines = tuple(self.stored[: before - 1][-limit:])
                self._to_client.append(wire.History("lobby", lines, before > limit + 1))
            case Say(nonce=str(nonce)) if nonce in self._ids:
                # The protocol does not say where the answer comes between the missed lines.
                said = msgspec.structs.replace(self.stored[self._ids[nonce] - 1], nonce=nonce)
                position = self._draw(st.integers(0, len(self._to_client)))
                self._to_client.insert(position, said)
            case Say(nonce=str(nonce)) if self.broken:
                self._to_client.append(wire.Error("storage", "No.", nonce))
            case Say(nonce=str(nonce)):
                self._ids[nonce] = len(self.stored) + 1
                self._store("Alice", request.text, nonce)
        return True

    def deliver_event(self) -> bool:
        """Deliver one event to the client, if one is in flight."""
        if not self._to_client:
            return False
        event = self._to_client.popleft()
        for received in self._decoder.feed(msgspec.json.encode(event) + b"\n"):
            assert isinstance(received, Received)
            self.conversation.receive(received)
        return True

    def retry(self) -> bool:
        """Let the client send again what could not be stored, if that is due."""
        due, self._retry_due = self._retry_due, False
        if due:
            self.conversation.retry()
        return due

    def settle(self) -> None:
        """Deliver everything on a new connection that is not cut any more."""
        self.broken = False
        self.cut()
        while self.deliver_request() or self.deliver_event() or self.retry():
            pass

    def shown(self) -> list[str]:
        """Return the lines of others, as often as each was shown."""
        return [line.partition("Bob: ")[2] for line in self.frontend.events if "Bob: " in line]

    def send(self, request: Request) -> None:
        self._to_server.append(request)

    def is_of_site(self, welcome: object) -> bool:
        return True

    def welcomed(self, welcome: object) -> None: ...

    def logged_in(self) -> None: ...

    def login_refused(self, error: wire.Error) -> None: ...

    def closing(self, closing: wire.Closing) -> None: ...

    def secret_required(self, reason: str, kind: SecretKind) -> None: ...

    def give_up(self, problem: str) -> None: ...

    def seconds(self) -> float:
        return 0.0

    def call_later(self, name: str, seconds: float, call: Callable[[], object]) -> None:
        self._retry_due = True

    def _let_in(self, after: int | None, journal: str | None) -> None:
        self._logged_in = True
        last = len(self.stored)
        own = str(self.journal)
        self._to_client.append(wire.Welcome("Alice", "s", 1, wire.WelcomeLimits(), journal=own))
        self._to_client.append(wire.Entered("lobby", "", ("Alice",), last))
        if after is not None and journal not in (None, own):
            self._to_client.append(wire.Gap("lobby", 1, last))
        elif after is not None:
            self._to_client.extend(self.stored[after:])

    def _store(self, name: str, text: str, nonce: str = "") -> None:
        said = wire.Said("lobby", len(self.stored) + 1, NOON, name, text)
        self.stored.append(said)
        if self._logged_in:
            mark = nonce or msgspec.UNSET
            self._to_client.append(msgspec.structs.replace(said, nonce=mark))


def steps_of(*kinds: str) -> st.SearchStrategy[list[str]]:
    """Return lists of steps, long ones as well."""
    return st.lists(st.sampled_from(kinds), max_size=80) | st.lists(
        st.sampled_from(kinds), min_size=20, max_size=80
    )


STEPS = steps_of("say", "same", "other", "deliver_request", "deliver_event", "flow", "cut")
BROKEN_STEPS = steps_of(
    "say", "other", "deliver_request", "deliver_event", "flow", "cut", "broken", "retry"
)


def run(model: Model, steps: list[str]) -> tuple[list[str], list[str]]:
    """Do `steps`, then settle; return the user's lines, and those of others."""
    model.deliver_request()
    model.deliver_event()
    model.deliver_event()
    ours: list[str] = []
    others: list[str] = []
    for number, step in enumerate(steps):
        match step:
            case "say" | "same":
                ours.append(f"mine {number}" if step == "say" else "the same")
                model.conversation.input.say(ours[-1])
            case "other":
                others.append(str(number))
                model.others_say(others[-1])
            case "broken":
                model.broken = not model.broken
            case "replace_journal":
                model.replace_journal()
                others.append("")
            case "flow":
                while model.deliver_request() or model.deliver_event():
                    pass
            case _:
                getattr(model, step)()
    model.settle()
    return ours, others


@given(STEPS, st.data())
def test_wherever_it_is_cut_each_line_is_stored_once_and_shown_once_and_in_order(
    steps: list[str], data: st.DataObject
) -> None:
    model = Model(data.draw)
    ours, others = run(model, steps)
    assert [said.text for said in model.stored if said.name == "Alice"] == ours
    assert model.shown() == others
    assert model.frontend.waiting == 0
    assert not any("did not come" in line for line in model.frontend.events)
    assert not any("Alice: " in line for line in model.frontend.events)


@given(BROKEN_STEPS, st.data())
def test_with_a_server_that_cannot_always_store_each_line_is_stored_once_in_the_end(
    steps: list[str], data: st.DataObject
) -> None:
    model = Model(data.draw)
    ours, others = run(model, steps)
    assert sorted(said.text for said in model.stored if said.name == "Alice") == sorted(ours)
    assert model.shown() == others
    assert model.frontend.waiting == 0


@given(
    steps_of("say", "other", "deliver_request", "deliver_event", "flow", "cut", "replace_journal"),
    st.data(),
)
def test_whenever_the_journal_is_replaced_each_line_of_the_last_one_is_shown_once(
    steps: list[str], data: st.DataObject
) -> None:
    model = Model(data.draw)
    _, others = run(model, steps)
    shown = model.shown()
    assert len(set(shown)) == len(shown)
    current = [said.text for said in model.stored if said.name == "Bob"]
    assert current == shown[len(shown) - len(current) :]
    assert [text for text in others if text in shown] == shown
    assert model.frontend.waiting == 0
    assert not any("did not come" in line for line in model.frontend.events)
    assert not any("no longer kept" in line for line in model.frontend.events)
