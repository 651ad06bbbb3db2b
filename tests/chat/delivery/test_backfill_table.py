"""The names and lines that a client with backfills of several rooms receives."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from netchat.chat import actions
from netchat.chat.chat import Chat
from netchat.dialects.jsonl import dialect as jsonl
from netchat.model.events import Entered
from tests.support.listeners import ManualTurn, RecordingListener, SlowJournal

if TYPE_CHECKING:
    from collections.abc import Callable

    from netchat.chat.room import Room

ROOMS = ("lobby", "dev", "ops")
NAMES = ("Ann", "Bob", "Cid")


class Watcher(RecordingListener):
    """A client that keeps the names and line ids of its rooms from the events it receives."""

    def __init__(self, chat: Chat) -> None:
        super().__init__(chat, "watcher", None, after=0, dialect=jsonl)
        self.names: dict[str, set[str]] = {}
        self.ids: dict[str, list[int]] = {}

    def entered(self, room: Room, last: int) -> None:
        self.chat.send_to(
            self.participant, Entered(room.name, room.topic, room.names, last, first=False)
        )
        super().entered(room, last)

    def deliver(self, data: bytes) -> None:
        for line in data.splitlines():
            self._take(msgspec.json.decode(line))

    def _take(self, event: dict[str, Any]) -> None:
        match event:
            case {"type": "entered", "room": room, "names": names}:
                self.names[room], self.ids[room] = set(names), []
            case {"type": "names", "room": room, "names": names}:
                self.names[room] = set(names)
            case {"type": "said", "room": room, "id": id}:
                self.ids[room].append(id)
            case {"type": "joined", "room": room, "names": names}:
                self.names[room] |= set(names)
            case {"type": "left", "room": room, "names": ["watcher"]}:
                del self.names[room], self.ids[room]
            case {"type": "left", "room": room, "names": names}:
                self.names[room] -= set(names)
            case {"type": "renamed", "name": name, "to": to}:
                for names in self.names.values():
                    if name in names:
                        names.remove(name)
                        names.add(to)


def test_a_guest_who_left_and_was_renamed_elsewhere_is_not_listed() -> None:
    simulation = Simulation(page=1)
    simulation.do("toggle 0 lobby", "toggle 0 dev", "say 0 lobby", "say 0 lobby", "finish")
    simulation.do(
        "watch lobby", "watch dev", "end-turn", "settle", "toggle 0 lobby", "end-turn", "settle"
    )
    simulation.do("rename 0 Cid", "finish")
    simulation.check()


def test_a_rename_does_not_apply_to_a_guest_who_has_taken_the_old_name() -> None:
    simulation = Simulation(page=1)
    simulation.do(
        "toggle 0 lobby",
        "say 0 lobby",
        "say 0 lobby",
        "finish",
        "watch lobby",
        "end-turn",
        "settle",
    )
    simulation.do("rename 0 Cid", "rename 1 Ann", "toggle 1 dev", "watch dev", "finish")
    simulation.check()


class Simulation:
    """A chat with two guests that a test controls, and a watcher."""

    def __init__(self, page: int) -> None:
        self._journal, self._turn = SlowJournal(limit=page), ManualTurn()
        self._chat = Chat(self._journal, later=self._turn.later, now=lambda: 0.0)
        self._guests = [RecordingListener(self._chat, name, None) for name in NAMES[:2]]
        self._watcher = Watcher(self._chat)
        self._steps: dict[str, Callable[..., object]] = {
            "toggle": lambda number, room: self._toggle(self._guests[int(number)], room),
            "watch": partial(self._toggle, self._watcher),
            "say": lambda number, room: self._say(self._guests[int(number)], room),
            "say-own": partial(self._say, self._watcher),
            "rename": self._rename,
            "end-turn": self._turn.end,
            "settle": partial(self._journal.settle, 1),
            "drain": self._watcher.drain,
            "finish": self._finish,
        }

    def do(self, *steps: str) -> None:
        """Take `steps` one after the other: a word of `_steps`, and its arguments."""
        for step in steps:
            kind, *words = step.split()
            self._steps[kind](*words)

    def check(self) -> None:
        """Check that the watcher has the names of its rooms, and each line of them once."""
        rooms = self._watcher.participant.requested_rooms
        assert self._watcher.names == {room.name: set(room.names) for room in rooms}
        assert self._watcher.ids == {room.name: [*range(1, room.last + 1)] for room in rooms}
        assert not self._chat._broadcast._backfills._in

    def _toggle(self, guest: RecordingListener, name: str) -> None:
        """Leave the room called `name`, or join it."""
        room = self._chat.rooms.find(name)
        if room is not None and room in guest.participant.requested_rooms:
            actions.leave(guest.chat, guest.participant, room)
        else:
            actions.join(guest.chat, guest.participant, name)

    def _say(self, guest: RecordingListener, name: str) -> None:
        room = self._chat.rooms.find(name)
        if room is not None and room in guest.participant.requested_rooms:
            actions.say(guest.chat, guest.participant, room, "something")

    def _rename(self, number: str, name: str) -> None:
        if not any(self._chat.participants.holders(name)):
            actions.rename(self._chat, self._guests[int(number)].participant, name)

    def _finish(self) -> None:
        while self._journal.waiting or self._turn.pending or self._watcher.on_drained:
            self._turn.end()
            self._journal.settle()
            self._watcher.drain()


_rooms = st.sampled_from(ROOMS)
_steps = st.one_of(
    st.sampled_from(["end-turn", "settle", "settle", "drain", "drain"]),
    st.builds("toggle {} {}".format, st.integers(0, 1), _rooms),
    st.builds("say {} {}".format, st.integers(0, 1), _rooms),
    st.builds("watch {}".format, _rooms),
    st.builds("say-own {}".format, _rooms),
    st.builds("rename {} {}".format, st.integers(0, 1), st.sampled_from(NAMES)),
)


@settings(max_examples=500, deadline=None)
@given(
    before=st.lists(_steps, max_size=20),
    steps=st.lists(_steps, max_size=40),
    page=st.integers(1, 3),
)
def test_whatever_happens_meanwhile_names_and_lines_are_right_in_the_end(
    before: list[str], steps: list[str], page: int
) -> None:
    simulation = Simulation(page)
    simulation.do(*before, "finish", *steps, "finish")
    simulation.check()
