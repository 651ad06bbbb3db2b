"""Whatever people and programs do together, through the whole server: one order, nothing lost."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import combinations
from uuid import NAMESPACE_DNS, uuid5

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from netchat.journal.interface import Page, Span, UnreadableError
from netchat.model.events import Gap, Said
from netchat.testing import Guest, Network, Program

ROOMS = ("lobby", "dev", "Бар")
PLACES = st.integers(0, 4)
SOME_ROOM = st.sampled_from(ROOMS)


class Somebody:
    """A guest, the rooms that he is in, and what he should have heard there by now."""

    def __init__(self, guest: Guest, name: str, rooms: set[str]) -> None:
        self.guest = guest
        self.name = name
        self.rooms = rooms
        self.due: defaultdict[str, list[str]] = defaultdict(list)
        """By room; a person's are all under "", as what was whispered is."""
        self.heard: defaultdict[str, list[str]] = defaultdict(list)
        self.order: list[str] = []
        """What was heard live, in whatever room."""
        self.last: dict[str, int] = {}
        self._read = 0

    @property
    def is_program(self) -> bool:
        return isinstance(self.guest, Program)

    def listen(self) -> None:
        """Take in what has come; a program's lines have numbers without a gap."""
        data = self.guest.received[self._read :].decode()
        self._read = len(self.guest.received)
        assert not data or data.endswith(("\n", "Enter username: "))
        for line in data.split("\n"):
            if not self.is_program:
                for text in re.findall(r"^(?:(?!\[).*:|\[\S+ -> you\]) (line \d+)$", line):
                    self._hear("", text)
            elif line:
                self._take(msgspec.json.decode(line.removeprefix("Enter username: ")))

    def _take(self, told: dict[str, object]) -> None:
        match told:
            case {"type": "entered", "room": str(room), "last": int(last)}:
                self.last.setdefault(room, last)
            case {"type": "left", "room": str(room), "names": list(names)} if self.name in names:
                self.last.pop(room, None)
            case {"type": "said", "room": str(room), "id": int(number), "text": str(text)}:
                assert number == self.last[room] + 1
                self.last[room] = number
                self._hear(room, text)
            case {"type": "told", "to": to, "text": str(text)} if to == self.name:
                self._hear("", text)

    def _hear(self, room: str, text: str) -> None:
        self.heard[room].append(text)
        self.order.append(text)

    def send(self, room: str, text: str) -> None:
        """Say `text` in `room`, in the turn that is to come."""
        if self.is_program:
            said = {"type": "say", "room": room, "text": text}
            self.guest.queue(msgspec.json.encode(said) + b"\n")
        else:
            self.guest.queue(f"{text}\n".encode())


class Talk(RuleBasedStateMachine):
    """Five places for guests of both dialects, in three rooms."""

    def __init__(self) -> None:
        super().__init__()
        self.network = Network("--history", "0", "--max-renames", "0")
        self.here: dict[int, Somebody] = {}
        self.away: dict[int, Somebody] = {}
        self.said = 0
        self.kept = dict.fromkeys(ROOMS, 0)
        """How many lines of each room are known to be kept."""

    def lines(self, room: str) -> list[tuple[str, str]]:
        """Return who said what in `room`, from the first line on."""
        journal = self.network.service.factory.chat.journal
        lines: list[Said | Gap] = []
        more = True

        def found(page: Page | UnreadableError) -> None:
            nonlocal more
            assert isinstance(page, Page)
            lines.extend(page.lines)
            more = page.more

        while more:
            journal.read(room, Span(lines[-1].last if lines else 0, 1 << 40, 10_000), found)
        return [(line.name, line.text) for line in lines if isinstance(line, Said)]

    def settle(self, said: int) -> None:
        """Let happen what was queued, and see that so many lines were kept, and are to be heard."""
        self.network.settle()
        for room in ROOMS:
            new = self.lines(room)[self.kept[room] :]
            self.kept[room] += len(new)
            said -= len(new)
            for somebody in self.here.values():
                if room in somebody.rooms:
                    somebody.due[room if somebody.is_program else ""] += [
                        text for name, text in new if somebody.is_program or name != somebody.name
                    ]
        assert said == 0

    def text(self) -> str:
        self.said += 1
        return f"line {self.said}"

    @rule(place=PLACES)
    def a_person_comes(self, place: int) -> None:
        if place not in self.here:
            guest = self.network.join(f"Guest-{place}")
            self.here[place] = Somebody(guest, f"Guest-{place}", {"lobby"})
            self.away.pop(place, None)

    @rule(place=PLACES, rooms=st.sets(SOME_ROOM))
    def a_program_comes_or_comes_back(self, place: int, rooms: set[str]) -> None:
        if place in self.here:
            return
        name, before = f"Guest-{place}", self.away.pop(place, None)
        after = dict(before.last) if before else {}
        rooms |= set(after)
        program = self.network.program(
            name,
            rooms=sorted(rooms),
            after=after,
            client=str(uuid5(NAMESPACE_DNS, name)),
        )
        somebody = self.here[place] = Somebody(program, name, rooms)
        somebody.last = dict(after)
        for room in sorted(after):
            somebody.due[room] += [text for _, text in self.lines(room)[after[room] :]]
        somebody.listen()
        somebody.order.clear()

    @precondition(lambda self: self.here)
    @rule(
        speakers=st.lists(PLACES, min_size=1, max_size=4),
        counts=st.lists(st.integers(1, 70), min_size=4, max_size=4),
        room=SOME_ROOM,
    )
    def some_speak_in_one_turn(self, speakers: list[int], counts: list[int], room: str) -> None:
        said = 0
        for place, count in zip(speakers, counts, strict=False):
            somebody = self.here.get(place)
            if somebody is None or (somebody.is_program and room not in somebody.rooms):
                continue
            for _ in range(count):
                somebody.send(room, self.text())
            said += count
        self.settle(said)

    @rule(place=PLACES, room=SOME_ROOM)
    def somebody_moves(self, place: int, room: str) -> None:
        somebody = self.here.get(place)
        if somebody is None:
            return
        if not somebody.is_program:
            somebody.guest.say(f"/join {room}")
            somebody.rooms = {room}
        elif room in somebody.rooms:
            somebody.guest.send(msgspec.json.encode({"type": "leave", "room": room}) + b"\n")
            somebody.rooms.discard(room)
        else:
            somebody.guest.send(msgspec.json.encode({"type": "join", "room": room}) + b"\n")
            somebody.rooms.add(room)

    @rule(place=PLACES, letter=st.sampled_from("abc"))
    def somebody_takes_another_name(self, place: int, letter: str) -> None:
        somebody = self.here.get(place)
        if somebody is not None and somebody.name != f"Guest-{place}{letter}":
            somebody.name = f"Guest-{place}{letter}"
            rename = {"type": "rename", "name": somebody.name}
            command = f"/nick {somebody.name}\n".encode()
            wanted = msgspec.json.encode(rename) + b"\n" if somebody.is_program else command
            somebody.guest.send(wanted)

    @rule(place=PLACES, to=PLACES)
    def somebody_whispers(self, place: int, to: int) -> None:
        somebody, other = self.here.get(place), self.here.get(to)
        if somebody is None or other is None or somebody is other:
            return
        text = self.text()
        tell = {"type": "tell", "to": other.name, "text": text}
        command = f"/msg {other.name} {text}\n".encode()
        somebody.guest.send(msgspec.json.encode(tell) + b"\n" if somebody.is_program else command)
        other.due[""].append(text)

    @rule(place=PLACES, how=st.sampled_from(["exit", "hang up", "end"]), parting=st.booleans())
    def somebody_goes(self, place: int, how: str, parting: bool) -> None:
        somebody = self.here.get(place)
        if somebody is None:
            return
        room = min(somebody.rooms, default="")
        if parting and room:
            somebody.send(room, self.text())
            self.settle(1)
        if how == "exit":
            bye = b'{"type":"bye"}\n' if somebody.is_program else b"exit\n"
            somebody.guest.send(bye)
        elif how == "end":
            somebody.guest.end_input()
        else:
            somebody.guest.hang_up()
        self.everybody_has_heard_all_of_it_in_order()
        del self.here[place]
        # With another name he is somebody else to those who remember the first.
        if somebody.is_program and somebody.name == f"Guest-{place}":
            self.away[place] = somebody

    @rule(place=PLACES)
    def a_program_comes_while_its_ghost_is_here(self, place: int) -> None:
        somebody = self.here.get(place)
        if somebody is None or not somebody.is_program or somebody.name != f"Guest-{place}":
            return
        somebody.listen()
        del self.here[place]
        self.away[place] = somebody
        self.a_program_comes_or_comes_back(place, set())
        assert not somebody.guest.online

    @rule(seconds=st.integers(1, 100))
    def time_passes(self, seconds: int) -> None:
        self.network.advance(seconds)

    @invariant()
    def everybody_has_heard_all_of_it_in_order(self) -> None:
        for somebody in self.here.values():
            somebody.listen()
            assert {**somebody.heard} == {room: due for room, due in somebody.due.items() if due}
        for one, other in combinations(self.here.values(), 2):
            both = set(one.order) & set(other.order)
            assert [x for x in one.order if x in both] == [x for x in other.order if x in both]

    @invariant()
    def the_rooms_are_what_everybody_believes(self) -> None:
        chat = self.network.service.factory.chat
        assert {participant.name for participant in chat.participants} == {
            one.name for one in self.here.values()
        }
        for room in chat.rooms:
            names = {one.name for one in self.here.values() if room.name in one.rooms}
            assert set(room.names) == names
            assert room.occupancy == len(names)
        assert chat.open_rooms == sum(room.occupancy > 0 for room in chat.rooms)


Talk.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestTalk = Talk.TestCase
