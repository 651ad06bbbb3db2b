"""Any sequence of actions of several guests: one order of lines, and none is lost or repeated."""

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


class ModelGuest:
    """A guest, the rooms that they are in, and the lines that they are expected to have read."""

    def __init__(self, guest: Guest, name: str, rooms: set[str]) -> None:
        self.guest = guest
        self.name = name
        self.rooms = rooms
        self.due: defaultdict[str, list[str]] = defaultdict(list)
        """By room; all lines of a text guest, and all private messages, are under ""."""
        self.heard: defaultdict[str, list[str]] = defaultdict(list)
        self.order: list[str] = []
        """The lines read live, in all rooms, in order."""
        self.last: dict[str, int] = {}
        self._read = 0

    @property
    def is_program(self) -> bool:
        return isinstance(self.guest, Program)

    def listen(self) -> None:
        """Read what has arrived, and check that a program's lines have ids without a gap."""
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
        """Queue `text` to be said in `room` in the next turn."""
        if self.is_program:
            said = {"type": "say", "room": room, "text": text}
            self.guest.queue(msgspec.json.encode(said) + b"\n")
        else:
            self.guest.queue(f"{text}\n".encode())


class Talk(RuleBasedStateMachine):
    """Up to five guests of both dialects, in three rooms."""

    def __init__(self) -> None:
        super().__init__()
        self.network = Network("--history", "0", "--max-renames", "0")
        self.here: dict[int, ModelGuest] = {}
        self.away: dict[int, ModelGuest] = {}
        self.said = 0
        self.kept = dict.fromkeys(ROOMS, 0)
        """The number of lines of each room that have been found in the journal."""

    def lines(self, room: str) -> list[tuple[str, str]]:
        """Return the name and the text of every line of `room` in the journal."""
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
        """Settle the network, check that `said` lines were stored, and add them to what is due."""
        self.network.settle()
        for room in ROOMS:
            new = self.lines(room)[self.kept[room] :]
            self.kept[room] += len(new)
            said -= len(new)
            for user in self.here.values():
                if room in user.rooms:
                    user.due[room if user.is_program else ""] += [
                        text for name, text in new if user.is_program or name != user.name
                    ]
        assert said == 0

    def text(self) -> str:
        self.said += 1
        return f"line {self.said}"

    @rule(place=PLACES)
    def a_text_guest_joins(self, place: int) -> None:
        if place not in self.here:
            guest = self.network.join(f"Guest-{place}")
            self.here[place] = ModelGuest(guest, f"Guest-{place}", {"lobby"})
            self.away.pop(place, None)

    @rule(place=PLACES, rooms=st.sets(SOME_ROOM))
    def a_program_joins_or_resumes(self, place: int, rooms: set[str]) -> None:
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
        user = self.here[place] = ModelGuest(program, name, rooms)
        user.last = dict(after)
        for room in sorted(after):
            user.due[room] += [text for _, text in self.lines(room)[after[room] :]]
        user.listen()
        user.order.clear()

    @precondition(lambda self: self.here)
    @rule(
        speakers=st.lists(PLACES, min_size=1, max_size=4),
        counts=st.lists(st.integers(1, 70), min_size=4, max_size=4),
        room=SOME_ROOM,
    )
    def several_guests_speak_in_one_turn(
        self, speakers: list[int], counts: list[int], room: str
    ) -> None:
        said = 0
        for place, count in zip(speakers, counts, strict=False):
            user = self.here.get(place)
            if user is None or (user.is_program and room not in user.rooms):
                continue
            for _ in range(count):
                user.send(room, self.text())
            said += count
        self.settle(said)

    @rule(place=PLACES, room=SOME_ROOM)
    def a_guest_changes_rooms(self, place: int, room: str) -> None:
        user = self.here.get(place)
        if user is None:
            return
        if not user.is_program:
            user.guest.say(f"/join {room}")
            user.rooms = {room}
        elif room in user.rooms:
            user.guest.send(msgspec.json.encode({"type": "leave", "room": room}) + b"\n")
            user.rooms.discard(room)
        else:
            user.guest.send(msgspec.json.encode({"type": "join", "room": room}) + b"\n")
            user.rooms.add(room)

    @rule(place=PLACES, letter=st.sampled_from("abc"))
    def a_guest_changes_their_name(self, place: int, letter: str) -> None:
        user = self.here.get(place)
        if user is not None and user.name != f"Guest-{place}{letter}":
            user.name = f"Guest-{place}{letter}"
            rename = {"type": "rename", "name": user.name}
            command = f"/nick {user.name}\n".encode()
            wanted = msgspec.json.encode(rename) + b"\n" if user.is_program else command
            user.guest.send(wanted)

    @rule(place=PLACES, to=PLACES)
    def a_guest_sends_a_private_message(self, place: int, to: int) -> None:
        user, other = self.here.get(place), self.here.get(to)
        if user is None or other is None or user is other:
            return
        text = self.text()
        tell = {"type": "tell", "to": other.name, "text": text}
        command = f"/msg {other.name} {text}\n".encode()
        user.guest.send(msgspec.json.encode(tell) + b"\n" if user.is_program else command)
        other.due[""].append(text)

    @rule(place=PLACES, how=st.sampled_from(["exit", "hang up", "end"]), parting=st.booleans())
    def a_guest_leaves(self, place: int, how: str, parting: bool) -> None:
        user = self.here.get(place)
        if user is None:
            return
        room = min(user.rooms, default="")
        if parting and room:
            user.send(room, self.text())
            self.settle(1)
        if how == "exit":
            bye = b'{"type":"bye"}\n' if user.is_program else b"exit\n"
            user.guest.send(bye)
        elif how == "end":
            user.guest.end_input()
        else:
            user.guest.hang_up()
        self.every_guest_has_read_all_lines_in_one_order()
        del self.here[place]
        # A resume needs the name of the first login.
        if user.is_program and user.name == f"Guest-{place}":
            self.away[place] = user

    @rule(place=PLACES)
    def a_program_takes_over_its_old_connection(self, place: int) -> None:
        user = self.here.get(place)
        if user is None or not user.is_program or user.name != f"Guest-{place}":
            return
        user.listen()
        del self.here[place]
        self.away[place] = user
        self.a_program_joins_or_resumes(place, set())
        assert not user.guest.online

    @rule(seconds=st.integers(1, 100))
    def time_passes(self, seconds: int) -> None:
        self.network.advance(seconds)

    @invariant()
    def every_guest_has_read_all_lines_in_one_order(self) -> None:
        for user in self.here.values():
            user.listen()
            assert {**user.heard} == {room: due for room, due in user.due.items() if due}
        for one, other in combinations(self.here.values(), 2):
            both = set(one.order) & set(other.order)
            assert [x for x in one.order if x in both] == [x for x in other.order if x in both]

    @invariant()
    def the_rooms_have_the_expected_members(self) -> None:
        chat = self.network.service.factory.chat
        assert {participant.name for participant in chat.participants} == {
            one.name for one in self.here.values()
        }
        for room in chat.rooms:
            names = {one.name for one in self.here.values() if room.name in one.rooms}
            assert set(room.names) == names
            assert room.occupancy == len(names)
        assert chat.occupied_rooms == sum(room.occupancy > 0 for room in chat.rooms)


Talk.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestTalk = Talk.TestCase
