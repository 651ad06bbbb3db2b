"""Whatever guests do, in whatever turns, and however long the journal takes."""

from __future__ import annotations

import contextlib
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from netchat.chat import actions
from netchat.chat.actions import RefusedError
from netchat.chat.chat import Chat
from tests.support.listeners import ManualTurn, RecordingListener, SlowJournal

DEEDS = ["come", "go", "say", "say", "move", "rename", "tell", "topic", "recall", "turn", "settle"]


class Crowd:
    """Four guests who do as they are told, if the rules allow it."""

    def __init__(self) -> None:
        self.turn = ManualTurn()
        self.journal = SlowJournal()
        self.chat = Chat(self.journal, later=self.turn.later, now=lambda: 0.0)
        self.here: dict[int, RecordingListener] = {}
        self.ears: list[RecordingListener] = []
        self.said = 0

    def do(self, who: int, deed: str) -> None:
        ear = self.here.get(who)
        if deed == "turn":
            self.turn.end()
        elif deed == "settle":
            self.journal.settle(1)
        elif deed == "come" and ear is None:
            ear = self.here[who] = RecordingListener(self.chat, f"Guest-{who}", f"room-{who % 2}")
            self.ears.append(ear)
        elif ear is not None:
            with contextlib.suppress(RefusedError):
                self.act(ear, who, deed)

    def act(self, ear: RecordingListener, who: int, deed: str) -> None:
        assert ear.room is not None
        if deed == "go":
            actions.leave_chat(ear.chat, ear.participant)
            del self.here[who]
        elif deed == "say":
            self.said += 1
            ear.say(f"line {self.said}")
        elif deed == "move":
            before, ear.room = (
                ear.room,
                actions.join(ear.chat, ear.participant, f"room-{1 - int(ear.room.name[-1])}"),
            )
            actions.leave(ear.chat, ear.participant, before)
        elif deed == "rename":
            actions.rename(ear.chat, ear.participant, f"{ear.participant.name[:20]}.{who}")
        elif deed == "tell":
            actions.tell(ear.chat, ear.participant, f"guest-{(who + 1) % 4}", "psst")
        elif deed == "topic":
            actions.set_topic(ear.chat, ear.participant, ear.room, "fish")
        elif deed == "recall":
            ear.recall(3)

    def come_to_rest(self) -> None:
        while self.journal.waiting or self.turn.pending:
            self.turn.end()
            self.journal.settle()


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(DEEDS)), max_size=60))
def test_nothing_breaks_and_everybody_hears_a_part_of_one_order(
    deeds: list[tuple[int, str]],
) -> None:
    crowd = Crowd()
    for who, deed in deeds:
        crowd.do(who, deed)
    crowd.come_to_rest()
    assert not any(ear.failed for ear in crowd.ears)
    for ear in crowd.ears:
        said = [
            int(n) for n in re.findall(r"^[^[*]\S*: line (\d+)$", "\n".join(ear.received), re.M)
        ]
        assert said == sorted(set(said))
    assert {participant.name for participant in crowd.chat.participants} == {
        e.participant.name for e in crowd.here.values()
    }
    for room in crowd.chat.rooms:
        assert room.occupancy == len(room.members)
        assert room.members or room.topic or room.last
        assert set(room.names) == {
            e.participant.name for e in crowd.here.values() if e.room is room
        }
