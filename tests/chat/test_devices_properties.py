"""What every connection reads of presence, whatever several devices of accounts and guests do."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from netchat.chat import actions, telling
from netchat.chat.changes import change
from netchat.chat.chat import Chat
from netchat.chat.delivery.backfill import Start
from netchat.chat.devices import end_sessions
from netchat.chat.refusal import RefusedError
from netchat.state.changes import CONSOLE, OwnName, Respell
from tests.support.accounts import settle
from tests.support.listeners import JsonListener, ManualTurn, SlowJournal

if TYPE_CHECKING:
    from netchat.model.events import Closing

ROOMS = ("lobby", "dev")
SPELLINGS = {1: ("ann", "Ann", "ANN"), 2: ("bob", "Bob", "BOB")}
"""The accounts, and how their owners write their names."""
CONNECTIONS = (1, 1, 1, 2, 2, 0)
"""The account of each connection; 0: it is a guest's."""
STEPS = [
    "log in",
    "quit",
    "join lobby",
    "join dev",
    "catch up in dev",
    "leave lobby",
    "leave dev",
    "say",
    "say",
    "tell",
    "respell",
    "own",
    "end the others",
    "end turn",
    "settle",
]


class Reader(JsonListener):
    """A connection that keeps, by its events, who is in each of its rooms."""

    def __init__(self, chat: Chat, name: str, account: int) -> None:
        super().__init__(chat, name, room=None, account=account)
        self.name = self.participant.name
        self.rosters: dict[str, list[str]] = {}
        self.said: dict[str, list[int]] = {}
        """What was said in each room that it is in."""
        self.stays: list[list[int]] = []
        """What was said while it was in a room; who comes back asks for all lines again."""
        self.gone = False

    def leave_chat(self, closing: Closing | None = None) -> None:
        self.gone = True
        super().leave_chat(closing)

    def read(self) -> None:
        """Take all events; AssertionError if one does not follow from those before."""
        for event in self.events:
            self._take(event)
            for names in self.rosters.values():
                assert len(set(names)) == len(names)
                assert self.name in names

    def _take(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "entered":
                assert event["room"] not in self.rosters
                self.rosters[event["room"]] = event["names"]
                self.stays.append([])
                self.said[event["room"]] = self.stays[-1]
            case "names":
                self.rosters[event["room"]] = event["names"]
            case "joined":
                self.rosters[event["room"]] += event["names"]
            case "left":
                for name in event["names"]:
                    self.rosters[event["room"]].remove(name)
                if self.name in event["names"]:
                    assert event["names"] == [self.name]
                    del self.rosters[event["room"]]
            case "renamed":
                self._take_rename(event["name"], event["to"])
            case "said":
                self.said[event["room"]].append(int(event["text"]))

    def _take_rename(self, name: str, to: str) -> None:
        assert name == self.name or any(name in names for names in self.rosters.values())
        for names in self.rosters.values():
            names[:] = [to if one == name else one for one in names]
        if name == self.name:
            self.name = to


class Simulation:
    """A chat in which owners on several devices, and guests, take steps if its rules allow them."""

    def __init__(self) -> None:
        self.turn, self.journal = ManualTurn(), SlowJournal()
        self.chat = Chat(self.journal, later=self.turn.later, now=lambda: 0.0)
        for spellings in SPELLINGS.values():
            settle(self.chat, OwnName(spellings[0]))
            self.finish()
        self.present: dict[int, Reader] = {}
        self.readers: list[Reader] = []
        self.rooms: dict[Reader, set[str]] = {}
        self.said = 0
        for number in range(len(CONNECTIONS)):
            self._log_in(number)

    def take(self, number: int, step: str) -> None:
        """Take `step`, as the connection `number` if it is that of one."""
        reader = self.present.get(number)
        if step == "end turn":
            self.turn.end()
        elif step == "settle":
            self.journal.settle(1)
        elif reader is None or reader.gone:
            if step == "log in":
                self._log_in(number)
        elif not reader.paused:
            with contextlib.suppress(RefusedError):
                self._act(reader, step.split())

    def _log_in(self, number: int) -> None:
        account = CONNECTIONS[number]
        name = SPELLINGS[account][0] if account else f"guest-{number}"
        # A guest who has made their name an account comes back as its owner.
        owner = self.chat.state.owner(name)
        reader = Reader(self.chat, name, owner.number if owner else 0)
        self.present[number] = reader
        self.readers.append(reader)
        actions.join(self.chat, reader.participant, ROOMS[0])
        self.rooms[reader] = {ROOMS[0]}

    def _act(self, reader: Reader, step: list[str]) -> None:
        who = reader.participant
        match step:
            case ["quit"]:
                reader.leave_chat()
            case ["join", name]:
                actions.join(self.chat, who, name)
                self.rooms[reader].add(name)
            case ["catch", *_, name]:
                actions.join(self.chat, who, name, Start())
                self.rooms[reader].add(name)
            case ["leave", name]:
                room = self.chat.get_or_create_room(name)
                actions.leave(self.chat, who, room)
                self.rooms[reader].remove(name)
            case ["say"] if who.requested_rooms:
                self.said += 1
                actions.say(self.chat, who, who.requested_rooms[0], str(self.said))
            case ["tell"]:
                telling.tell(self.chat, who, "ann", "psst")
            case ["respell"] if who.account in SPELLINGS:
                spellings = SPELLINGS[who.account]
                name = spellings[(spellings.index(who.name) + 1) % len(spellings)]
                change(self.chat, who, Respell(who.account, name))
            case ["own"]:
                change(self.chat, who, OwnName(who.name))
            case ["end", *_] if who.account:
                end_sessions(self.chat, who.account, CONSOLE, keep=who)

    def finish(self) -> None:
        """End turns and settle until nothing is pending."""
        while self.journal.waiting or self.turn.pending:
            self.turn.end()
            self.journal.settle()

    def people_in(self, room: str) -> set[str]:
        """Return who is in `room` by the steps that were taken."""
        return {
            reader.participant.name
            for reader in self.present.values()
            if not reader.gone and room in self.rooms[reader]
        }


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(CONNECTIONS) - 1), st.sampled_from(STEPS)), max_size=80)
)
def test_every_connection_knows_who_is_there_and_no_one_comes_or_goes_twice(
    steps: list[tuple[int, str]],
) -> None:
    simulation = Simulation()
    for number, step in steps:
        simulation.take(number, step)
    simulation.finish()
    people = {name: simulation.people_in(name) for name in ROOMS}
    for reader in simulation.readers:
        reader.read()
        assert not reader.failed
        assert all(said == sorted(set(said)) for said in reader.stays)
        if not reader.gone:
            assert reader.name == reader.participant.name
            assert {name: set(names) for name, names in reader.rosters.items()} == {
                name: people[name] for name in simulation.rooms[reader]
            }
    chat = simulation.chat
    present = [reader.participant for reader in simulation.present.values() if not reader.gone]
    assert set(chat.participants) == set(present)
    assert chat.participants.people == len({who.name for who in present})
    assert dict(chat.list_rooms(chat.server).rooms) == {n: len(x) for n, x in people.items() if x}
    for room in chat.rooms:
        assert room.occupancy == len(room.members)
        assert room.people == len(room.names) == len(people[room.name])
