"""Random rooms, switches, cuts and lines: each line is shown once in its room, in order.

The server is a model: requests and events travel message by message, and those in flight are lost
with the connection.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from netchat.client.conversation import backlog, room_display
from netchat.client.conversation.timeline import Timeline
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl.message import Message
from netchat.model.requests import GetHistory, Hello, Join, Leave, Request, Say
from tests.support.conversations import ConversationHarness, said

ROOMS = ("lobby", "dev", "ops")


class Server:
    """A server with the rooms of ROOMS, and the client's end of the connection to it."""

    def __init__(self) -> None:
        self.stored: dict[str, list[wire.Said]] = {room: [] for room in ROOMS}
        self.answered: dict[str, wire.Said] = {}
        self.present: set[str] = set()
        self.to_client: deque[Message] = deque()

    def cut(self) -> None:
        self.present.clear()
        self.to_client.clear()

    def store(self, room: str, name: str, text: str, nonce: str = "") -> None:
        line = said(len(self.stored[room]) + 1, name, text, room=room)
        self.stored[room].append(line)
        if nonce:
            self.answered[nonce] = line
        if room in self.present:
            self.to_client.append(replace(line, nonce=nonce or UNSET))

    def handle(self, request: Request) -> None:
        match request:
            case Hello():
                self.to_client.append(wire.Welcome("Alice", "s", 1, wire.WelcomeLimits()))
                for room in request.rooms or ("lobby",):
                    self._enter(room, (request.after or {}).get(room))
            case Join():
                self._enter(request.room, request.after)
            case Leave(room=room) if room in self.present:
                self.present.discard(room)
                self.to_client.append(wire.Left(room, ("Alice",)))
            case GetHistory(room=room, before=int(before), limit=int(limit)):
                lines = self.stored[room][: before - 1]
                more = len(lines) > limit
                self.to_client.append(wire.History(room, tuple(lines[-limit:]), more))
            case Say(room=room, nonce=str(nonce)) if room not in self.present:
                self.to_client.append(wire.Error("not-in-room", "You are not there.", nonce))
            case Say(nonce=str(nonce)) if nonce in self.answered:
                self.to_client.append(replace(self.answered[nonce], nonce=nonce))
            case Say(room=room, nonce=str(nonce)):
                self.store(room, "Alice", request.text, nonce)

    def _enter(self, room: str, after: int | None) -> None:
        self.present.add(room)
        lines = self.stored[room]
        self.to_client.append(wire.Entered(room, "", ("Alice", "Bob"), len(lines)))
        if after is not None:
            self.to_client.extend(lines[after:])


class Model:
    """A client of a `Server`, and what it has shown of each room."""

    def __init__(self) -> None:
        self.server = Server()
        self.client = ConversationHarness(several_rooms=True, rooms=ROOMS, room="lobby")
        self.shown: dict[str, list[str]] = {room: [] for room in ROOMS}
        self.typed: dict[str, list[str]] = {room: [] for room in ROOMS}

    @property
    def current(self) -> str:
        current = self.client.conversation.rooms.current
        return current.name if current is not None else ""

    def record(self) -> None:
        """Record what was shown since the last time, in the room that is shown."""
        for line in self.client.frontend.new_events():
            if "Bob: " in line:
                self.shown[self.current].append(line.partition("Bob: ")[2])
            assert "Alice: " not in line
            assert "did not come" not in line
            assert "before these" not in line

    def request(self) -> bool:
        requests, self.client.sent = self.client.sent, []
        for request in requests:
            self.server.handle(request)
        return bool(requests)

    def event(self) -> bool:
        if not self.server.to_client:
            return False
        for received in self.client.decode(self.server.to_client.popleft()):
            self.client.conversation.receive(received)
            self.record()
        return True

    def cut(self) -> None:
        self.client.cut()
        self.record()
        self.server.cut()
        self.client.sent.clear()
        self.client.connect()

    def restart(self) -> None:
        """Begin another run of the client, which remembers how far each room was read."""
        self.record()
        rooms = self.client.conversation.rooms
        read, current = dict(rooms.last_read), self.current or "lobby"
        self.server.cut()
        self.client = ConversationHarness(
            several_rooms=True, rooms=ROOMS, room=current, last_read=read
        )

    def go(self, room: str) -> None:
        self.client.conversation.input.go_to(room)
        self.record()

    def say(self, text: str) -> None:
        if self.current:
            self.typed[self.current].append(text)
            self.client.conversation.input.say(text)

    def settle(self) -> None:
        while self.request() or self.event():
            pass

    def unread(self) -> dict[str, int]:
        return {room.name: room.unread for room in self.client.conversation.rooms.open_rooms}


STEPS = st.lists(
    st.sampled_from(["request", "event", "event", "cut", "settle"])
    | st.tuples(st.sampled_from(["go", "other", "other", "mine"]), st.sampled_from(ROOMS)),
    max_size=60,
)


def run(steps: list[Any]) -> tuple[Model, dict[str, list[str]]]:
    """Do `steps`; return the model, and what others have said in each room."""
    model = Model()
    model.settle()
    others: dict[str, list[str]] = {room: [] for room in ROOMS}
    for number, step in enumerate(steps):
        match step:
            case ("go", room):
                model.go(room)
            case ("mine", _):
                model.say(f"mine {number}")
            case (_, room):
                others[room].append(str(number))
                model.server.store(room, "Bob", str(number))
            case _:
                getattr(model, step)()
    model.cut()
    model.settle()
    return model, others


@given(STEPS)
def test_each_line_is_counted_until_it_is_shown_and_shown_once_and_in_order(
    steps: list[Any],
) -> None:
    model, others = run(steps)
    unread = {room: len(others[room]) - len(model.shown[room]) for room in ROOMS}
    assert model.unread() == unread
    for room in ROOMS:
        model.go(room)
        model.settle()
    assert model.shown == others
    assert set(model.unread().values()) == {0}
    said_by_user = {
        room: [line.text for line in lines if line.name == "Alice"]
        for room, lines in model.server.stored.items()
    }
    assert said_by_user == model.typed
    assert model.client.frontend.waiting == 0


@given(STEPS)
def test_with_few_lines_kept_the_others_come_from_the_server_once_and_in_order(
    steps: list[Any],
) -> None:
    kept, backlog.MAX_LINES = backlog.MAX_LINES, 2
    try:
        model, others = run(steps)
        for room in ROOMS:
            model.go(room)
            model.settle()
        assert model.shown == others
    finally:
        backlog.MAX_LINES = kept


@given(STEPS, st.lists(st.integers(0, 60), max_size=3))
def test_the_next_run_shows_what_the_one_before_has_not_shown_once_and_in_order(
    steps: list[Any], restarts: list[int]
) -> None:
    # A line of the user's that is not stored is lost with the run; here, only others speak.
    steps = [step for step in steps if step[0] != "mine"]
    for at in restarts:
        steps.insert(at, "restart")
    with few_lines_at_once():
        model, others = run(steps)
        for room in ROOMS:
            model.go(room)
            model.settle()
    assert model.shown == others


@given(STEPS)
def test_if_more_was_missed_than_is_shown_at_once_it_is_shown_once_and_in_order(
    steps: list[Any],
) -> None:
    with few_lines_at_once():
        model, others = run(steps)
        for room in ROOMS:
            model.go(room)
            model.settle()
    assert model.shown == others


@contextmanager
def few_lines_at_once() -> Iterator[None]:
    """Keep two lines of a room that is not shown, and show two at once that were missed."""
    kept, at_once = backlog.MAX_LINES, room_display.MAX_AT_ONCE
    backlog.MAX_LINES = room_display.MAX_AT_ONCE = 2
    try:
        yield
    finally:
        backlog.MAX_LINES, room_display.MAX_AT_ONCE = kept, at_once


def test_the_model_reaches_all_rooms() -> None:
    model, _ = run([])
    timelines = [one for one in model.client.conversation.rooms if isinstance(one, Timeline)]
    assert [one.name for one in timelines if one.is_in] == list(ROOMS)
