"""Invariants of the chat, whatever guests do, however the turns end, however slow the journal."""

from __future__ import annotations

import contextlib
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from netchat.chat import actions, telling
from netchat.chat.chat import Chat
from netchat.chat.refusal import RefusedError
from tests.support.listeners import ManualTurn, RecordingListener, SlowJournal

STEPS = [
    "register",
    "leave chat",
    "say",
    "say",
    "change rooms",
    "rename",
    "tell",
    "topic",
    "recall",
    "end turn",
    "settle",
]


class Simulation:
    """A chat in which four guests take steps, if its rules allow them."""

    def __init__(self) -> None:
        self.turn = ManualTurn()
        self.journal = SlowJournal()
        self.chat = Chat(self.journal, later=self.turn.later, now=lambda: 0.0)
        self.present: dict[int, RecordingListener] = {}
        self.listeners: list[RecordingListener] = []
        self.said = 0

    def take(self, number: int, step: str) -> None:
        """Take `step`, as guest `number` if it is a guest's."""
        guest = self.present.get(number)
        if step == "end turn":
            self.turn.end()
        elif step == "settle":
            self.journal.settle(1)
        elif step == "register" and guest is None:
            guest = RecordingListener(self.chat, f"Guest-{number}", f"room-{number % 2}")
            self.present[number] = guest
            self.listeners.append(guest)
        elif guest is not None:
            with contextlib.suppress(RefusedError):
                self._act(guest, number, step)

    def _act(self, guest: RecordingListener, number: int, step: str) -> None:
        assert guest.room is not None
        if step == "leave chat":
            actions.leave_chat(guest.chat, guest.participant)
            del self.present[number]
        elif step == "say":
            self.said += 1
            guest.say(f"line {self.said}")
        elif step == "change rooms":
            before = guest.room
            other = f"room-{1 - int(before.name[-1])}"
            guest.room = actions.join(guest.chat, guest.participant, other)
            actions.leave(guest.chat, guest.participant, before)
        elif step == "rename":
            actions.rename(guest.chat, guest.participant, f"{guest.participant.name[:20]}.{number}")
        elif step == "tell":
            telling.tell(guest.chat, guest.participant, f"guest-{(number + 1) % 4}", "psst")
        elif step == "topic":
            actions.set_topic(guest.chat, guest.participant, guest.room, "fish")
        elif step == "recall":
            guest.recall(3)

    def finish(self) -> None:
        """End turns and settle until nothing is pending."""
        while self.journal.waiting or self.turn.pending:
            self.turn.end()
            self.journal.settle()


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(STEPS)), max_size=60))
def test_no_listener_fails_and_each_receives_a_part_of_one_order(
    steps: list[tuple[int, str]],
) -> None:
    simulation = Simulation()
    for number, step in steps:
        simulation.take(number, step)
    simulation.finish()
    present = simulation.present.values()
    assert not any(guest.failed for guest in simulation.listeners)
    for guest in simulation.listeners:
        lines = "\n".join(guest.received)
        said = [int(n) for n in re.findall(r"^[^[*]\S*: line (\d+)$", lines, re.M)]
        assert said == sorted(set(said))
    assert {participant.name for participant in simulation.chat.participants} == {
        guest.participant.name for guest in present
    }
    for room in simulation.chat.rooms:
        assert room.occupancy == len(room.members)
        assert room.members or room.topic or room.last
        assert set(room.names) == {
            guest.participant.name for guest in present if guest.room is room
        }
