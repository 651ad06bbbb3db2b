"""Who is in a room and what was said there, to a program that catches up with several rooms."""

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
    """A program that takes down who is in its rooms and what is said there, by what it is told."""

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

    def _take(self, told: dict[str, Any]) -> None:
        match told:
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
                for here in self.names.values():
                    if name in here:
                        here.remove(name)
                        here.add(to)


def test_who_left_and_has_a_new_name_elsewhere_is_not_still_here() -> None:
    scene = Scene(page=1)
    scene.do("go 0 lobby", "go 0 dev", "say 0 lobby", "say 0 lobby", "rest")
    scene.do("watch lobby", "watch dev", "turn", "settle", "go 0 lobby", "turn", "settle")
    scene.do("name 0 Cid", "rest")
    scene.check()


def test_who_has_the_old_name_of_another_is_not_called_by_his_new_one() -> None:
    scene = Scene(page=1)
    scene.do("go 0 lobby", "say 0 lobby", "say 0 lobby", "rest", "watch lobby", "turn", "settle")
    scene.do("name 0 Cid", "name 1 Ann", "go 1 dev", "watch dev", "rest")
    scene.check()


class Scene:
    """Two guests who do what they are told, and one who watches."""

    def __init__(self, page: int) -> None:
        self._journal, self._turn = SlowJournal(limit=page), ManualTurn()
        self._chat = Chat(self._journal, later=self._turn.later, now=lambda: 0.0)
        self._guests = [RecordingListener(self._chat, name, None) for name in NAMES[:2]]
        self._watcher = Watcher(self._chat)
        self._deeds: dict[str, Callable[..., object]] = {
            "go": lambda who, room: self._go(self._guests[int(who)], room),
            "watch": partial(self._go, self._watcher),
            "say": lambda who, room: self._say(self._guests[int(who)], room),
            "own": partial(self._say, self._watcher),
            "name": self._name,
            "turn": self._turn.end,
            "settle": partial(self._journal.settle, 1),
            "drain": self._watcher.drain,
            "rest": self._come_to_rest,
        }

    def do(self, *deeds: str) -> None:
        """Do one after the other."""
        for deed in deeds:
            kind, *words = deed.split()
            self._deeds[kind](*words)

    def check(self) -> None:
        """Check that the watcher knows who is in his rooms, and all that was said there, once."""
        rooms = self._watcher.participant.requested_rooms
        assert self._watcher.names == {room.name: set(room.names) for room in rooms}
        assert self._watcher.ids == {room.name: [*range(1, room.last + 1)] for room in rooms}
        assert not self._chat._broadcast._backfills._in

    def _go(self, ear: RecordingListener, name: str) -> None:
        room = self._chat.rooms.find(name)
        if room is not None and room in ear.participant.requested_rooms:
            actions.leave(ear.chat, ear.participant, room)
        else:
            actions.join(ear.chat, ear.participant, name)

    def _say(self, ear: RecordingListener, name: str) -> None:
        room = self._chat.rooms.find(name)
        if room is not None and room in ear.participant.requested_rooms:
            actions.say(ear.chat, ear.participant, room, "something")

    def _name(self, who: str, name: str) -> None:
        if not any(self._chat.participants.holders(name)):
            actions.rename(self._chat, self._guests[int(who)].participant, name)

    def _come_to_rest(self) -> None:
        while self._journal.waiting or self._turn.pending or self._watcher.on_drained:
            self._turn.end()
            self._journal.settle()
            self._watcher.drain()


_rooms = st.sampled_from(ROOMS)
_deeds = st.one_of(
    st.sampled_from(["turn", "settle", "settle", "drain", "drain"]),
    st.builds("go {} {}".format, st.integers(0, 1), _rooms),
    st.builds("say {} {}".format, st.integers(0, 1), _rooms),
    st.builds("watch {}".format, _rooms),
    st.builds("own {}".format, _rooms),
    st.builds("name {} {}".format, st.integers(0, 1), st.sampled_from(NAMES)),
)


@settings(max_examples=500, deadline=None)
@given(
    before=st.lists(_deeds, max_size=20),
    deeds=st.lists(_deeds, max_size=40),
    page=st.integers(1, 3),
)
def test_whatever_happens_meanwhile_the_names_and_lines_are_right_in_the_end(
    before: list[str], deeds: list[str], page: int
) -> None:
    scene = Scene(page)
    scene.do(*before, "rest", *deeds, "rest")
    scene.check()
