"""Roles and rooms against a small model: who may do what, and who is where after it.

Programs that speak JSON lines do whatever they like on a whole server. The model says which of it
is refused, who is in which room afterwards, and who reads a line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.moderation import Moderated
from tests.support.proofs import Key

OWNERS = ("Ann", "Olaf", "Mia", "Dora")
GUESTS = ("Gus", "Hal")
ROOMS = ("lobby", "one", "two")
SETTINGS = ("private", "readonly", "moderated")

names = st.sampled_from((*OWNERS, *GUESTS))
rooms = st.sampled_from(ROOMS)
places = st.sampled_from((*ROOMS, "*"))


@dataclass
class Line:
    """What the model remembers of a line."""

    author: str
    deleted: bool = False


@dataclass
class Model:
    """The whole truth about roles and rooms; a place is a room, or "*" for the server."""

    operators: set[str] = field(default_factory=set)
    roles: dict[tuple[str, str], str] = field(default_factory=dict)
    settings: set[tuple[str, str]] = field(default_factory=set)
    bans: set[tuple[str, str]] = field(default_factory=set)
    mutes: set[tuple[str, str]] = field(default_factory=set)
    present: dict[str, set[str]] = field(default_factory=dict)
    made: set[tuple[str, str]] = field(default_factory=set)
    """Who is a moderator of a room for nothing but that they have made it."""
    founders: dict[str, str] = field(default_factory=dict)
    """The guest who keeps order in a room that they have made."""
    of_guests: set[tuple[str, ...]] = field(default_factory=set)
    """What such a guest has set: a ban or a mute with its table, or ("room", room)."""
    lines: dict[str, list[Line]] = field(default_factory=lambda: {room: [] for room in ROOMS})

    def rank(self, name: str, place: str) -> int:
        """0: a guest, 1: a member, 2: a moderator, 3: an operator."""
        if name in self.operators:
            return 3
        return {"member": 1, "moderator": 2}.get(self.roles.get((name, place), ""), 0)

    def rank_there(self, name: str, place: str) -> int:
        """As rank, where the guest who has made a room is its moderator."""
        return max(self.rank(name, place), 2 if self.founders.get(place) == name else 0)

    def is_founder(self, name: str, place: str) -> bool:
        return self.rank_there(name, place) > self.rank(name, place)

    def may_manage(self, name: str, place: str) -> bool:
        return self.rank_there(name, place) >= (3 if place == "*" else 2)

    def has_power(self, name: str, other: str, place: str) -> bool:
        return self.rank(name, place) == 3 or self.rank(other, place) < 2

    def may_name(self, name: str, place: str) -> bool:
        """Whether `name` gets no answer as from a room that they are not in."""
        return place == "*" or place in self.present[name] or self.rank_there(name, place) >= 2

    def may_enter(self, name: str, room: str) -> bool:
        is_private = ("private", room) in self.settings
        return not (is_private and self.rank_there(name, room) < 1)

    def is_banned(self, name: str, place: str) -> bool:
        return not {(name, place), (name, "*")}.isdisjoint(self.bans)

    def may_speak(self, name: str, room: str) -> bool:
        if not {(name, room), (name, "*")}.isdisjoint(self.mutes):
            return False
        if ("readonly", room) in self.settings:
            return self.rank_there(name, room) >= 2
        return ("moderated", room) not in self.settings or self.rank_there(name, room) >= 1

    def keeps_a_moderator(self, name: str, other: str, room: str, role: str | None) -> bool:
        """Whether `room` has a moderator, or is forgotten, if `name` gives `other` this role."""
        if self.rank(name, "*") == 3 or self.roles.get((other, room)) != "moderator":
            return True
        moderators = [
            key for key, has in self.roles.items() if (key[1], has) == (room, "moderator")
        ]
        return len(moderators) > 1 or (role is None and self.remembered(room) == moderators)

    def remembered(self, room: str) -> list[tuple[str, str]]:
        everything = [*self.roles, *self.settings, *self.bans, *self.mutes]
        return [key for key in everything if key[1] == room]

    def members(self, room: str) -> set[str]:
        return {name for name, where in self.present.items() if room in where}

    def set_role(self, name: str, room: str, role: str | None, *, made: bool = False) -> None:
        self.made = {key for key in self.made if key[1] != room}
        self.roles.pop((name, room), None)
        if role is not None:
            self.roles[name, room] = role
        if made:
            self.made.add((name, room))

    def leave(self, name: str, room: str) -> None:
        """Let `name` leave; whoever has made a room is forgotten with all that it had."""
        if room not in self.present[name]:
            return
        self.present[name].discard(room)
        if self.founders.get(room) == name:
            del self.founders[room]
        if not self.members(room):
            self.end_of_guest(room)
        if self.members(room) or self.lines[room]:
            return
        others = self.remembered(room)
        if len(others) == 1 and others[0] in self.made:
            self.set_role(others[0][0], room, None)

    def end_of_guest(self, room: str) -> None:
        """Forget what the guest has set who has made `room`."""
        if ("room", room) in self.of_guests:
            self.settings = {key for key in self.settings if key[1] != room}
        for what, other, place in [key for key in self.of_guests if len(key) == 3]:
            if place == room:
                (self.bans if what == "ban" else self.mutes).discard((other, place))
        self.of_guests = {key for key in self.of_guests if key[-1] != room}

    def leave_all(self, name: str) -> None:
        for room in list(self.present[name]):
            self.leave(name, room)
        del self.present[name]


class ModerationMachine(RuleBasedStateMachine):
    """Plays the server against the model."""

    @initialize()
    def begin(self) -> None:
        self.server = Moderated()
        self.model = Model()
        self.programs: dict[str, Any] = {}
        for name in OWNERS:
            self.log_in(name)
            self.programs[name].ask("own", key=Key(name).public)
            assert self.programs[name].told()[-1]["type"] == "owned"
        for name in GUESTS:
            self.log_in(name)
        self.server.role("Ann", "operator")
        self.model.operators.add("Ann")
        for room in ("lobby", "one"):
            self.server.role("Mia", "moderator", room)
            self.model.roles["Mia", room] = "moderator"

    @rule(name=names)
    def log_in(self, name: str) -> None:
        if name in self.model.present:
            return
        program = self.server.network.program(name)
        answers = program.told()
        if answers[0]["type"] == "error" and answers[0]["code"] == "auth-required":
            program.ask("auth", **Key(name).proof(answers[0]["challenge"]))
            answers = program.told()
        if self.model.is_banned(name, "*"):
            assert [event["type"] for event in answers] == ["closing"]
            assert answers[0]["reason"] == "banned"
            assert not program.online
            return
        assert answers[0]["type"] == "welcome"
        enters = self.model.may_enter(name, "lobby") and not self.model.is_banned(name, "lobby")
        self.programs[name] = program
        self.model.present[name] = {"lobby"} if enters else set()

    @rule(name=names)
    def log_out(self, name: str) -> None:
        if name in self.model.present:
            self.programs.pop(name).ask("bye")
            self.model.leave_all(name)

    @rule(name=names, room=rooms)
    def join(self, name: str, room: str) -> None:
        if name not in self.model.present:
            return
        model, there = self.model, self.model.present[name]
        is_new = not model.members(room) and not model.lines[room] and room != "lobby"
        may = room not in there and model.may_enter(name, room) and not model.is_banned(name, room)
        # Everybody reads the name of a new room.
        may = may and not (is_new and (name, "*") in model.mutes)
        remembered = model.remembered(room)
        self.expect(name, may, "join", room=room)
        if may:
            there.add(room)
            if is_new and not remembered and name in OWNERS:
                model.set_role(name, room, "moderator", made=True)
            elif is_new and not remembered:
                model.founders[room] = name

    @rule(name=names, room=rooms)
    def leave(self, name: str, room: str) -> None:
        if name in self.model.present:
            there = self.model.present[name]
            self.expect(name, room in there, "leave", room=room)
            self.model.leave(name, room)

    @rule(name=names, room=rooms)
    def say(self, name: str, room: str) -> None:
        if name not in self.model.present:
            return
        model = self.model
        may = room in model.present[name] and model.may_speak(name, room)
        for program in self.programs.values():
            program.told()
        text = f"line {sum(map(len, model.lines.values()))}"
        self.expect(name, may, "say", room=room, text=text)
        readers = {
            other for other, program in self.programs.items()
            if any(event.get("text") == text for event in program.told())
        }  # fmt: skip
        assert readers == (model.members(room) - {name} if may else set())
        if may:
            model.lines[room].append(Line(name))

    @rule(name=names, other=names, place=places)
    def kick(self, name: str, other: str, place: str) -> None:
        if name not in self.model.present:
            return
        model = self.model
        there = other in model.present and (place == "*" or place in model.present[other])
        may = model.may_name(name, place) and there
        may = may and model.may_manage(name, place) and model.has_power(name, other, place)
        self.expect(name, may, "kick", name=other, room=place)
        if may:
            self.goes(other, place)

    @rule(name=names, other=names, place=places, what=st.sampled_from(("ban", "mute")))
    def restrict(self, name: str, other: str, place: str, what: str) -> None:
        if name not in self.model.present:
            return
        model = self.model
        may = model.may_name(name, place) and model.may_manage(name, place) and name != other
        may = may and model.has_power(name, other, place)
        # Who is muted names nobody in a ban who is not here: others would read that name.
        is_somebody = other in OWNERS or other in model.present
        is_muted = not {(name, place), (name, "*")}.isdisjoint(model.mutes)
        may = may and (is_somebody or not is_muted)
        self.expect(name, may, what, who=other, room=place)
        if may:
            (model.bans if what == "ban" else model.mutes).add((other, place))
            is_of_guest = model.is_founder(name, place)
            (model.of_guests.add if is_of_guest else model.of_guests.discard)((what, other, place))
            if what == "ban" and other in model.present:
                self.goes(other, place)

    @rule(name=names, other=names, place=places, what=st.sampled_from(("ban", "mute")))
    def lift(self, name: str, other: str, place: str, what: str) -> None:
        if name not in self.model.present:
            return
        model = self.model
        table = model.bans if what == "ban" else model.mutes
        may = model.may_name(name, place) and model.may_manage(name, place)
        may = may and (other, place) in table and model.has_power(name, other, place)
        self.expect(name, may, f"un{what}", who=other, room=place)
        if may:
            table.remove((other, place))
            model.of_guests.discard((what, other, place))

    @rule(name=names, other=names, room=rooms, role=st.sampled_from(("member", "moderator")))
    def op(self, name: str, other: str, room: str, role: str) -> None:
        if name not in self.model.present:
            return
        model = self.model
        may = model.may_name(name, room) and other in OWNERS and model.rank(name, room) >= 2
        may = may and (name == other or model.has_power(name, other, room))
        may = may and model.roles.get((other, room)) != role
        may = may and model.keeps_a_moderator(name, other, room, role)
        self.expect(name, may, "op", name=other, room=room, role=role)
        if may:
            model.set_role(other, room, role)
            self.leaves_where_unwelcome(other)

    @rule(name=names, other=names, room=rooms)
    def deop(self, name: str, other: str, room: str) -> None:
        if name not in self.model.present:
            return
        model = self.model
        before = model.roles.get((other, room))
        may = model.may_name(name, room) and before is not None and model.rank(name, room) >= 2
        may = may and (name == other or model.has_power(name, other, room))
        may = may and model.keeps_a_moderator(name, other, room, None)
        self.expect(name, may, "deop", name=other, room=room, role="member")
        if may:
            model.set_role(other, room, None)
            self.leaves_where_unwelcome(other)

    @rule(name=names, other=names, on=st.booleans())
    def operator(self, name: str, other: str, on: bool) -> None:
        if name not in self.model.present:
            return
        model = self.model
        may = model.rank(name, "*") == 3 and other in OWNERS and on != (other in model.operators)
        may = may and (on or len(model.operators) > 1)
        self.expect(name, may, "op" if on else "deop", name=other, role="operator")
        if may:
            (model.operators.add if on else model.operators.discard)(other)
            self.leaves_where_unwelcome(other)

    @rule(name=names, room=rooms, setting=st.sampled_from(SETTINGS), on=st.booleans())
    def set_room(self, name: str, room: str, setting: str, on: bool) -> None:
        if name not in self.model.present:
            return
        model = self.model
        may = model.may_name(name, room) and model.may_manage(name, room)
        may = may and on != ((setting, room) in model.settings)
        before = [key for key in model.settings if key[1] == room]
        of_guest = ("room", room) in model.of_guests
        self.expect(name, may, "room", room=room, **{setting: on})
        if may:
            is_of_guest = model.is_founder(name, room) and (of_guest or not before)
            (model.of_guests.add if is_of_guest else model.of_guests.discard)(("room", room))
            (model.settings.add if on else model.settings.remove)((setting, room))
            for other in list(model.members(room)):
                self.leaves_where_unwelcome(other)

    @rule(name=names, room=rooms, id=st.integers(1, 6))
    def delete(self, name: str, room: str, id: int) -> None:
        if name not in self.model.present:
            return
        model = self.model
        line = model.lines[room][id - 1] if id <= len(model.lines[room]) else None
        may = model.may_name(name, room) and line is not None and not line.deleted
        if may and line is not None and not (line.author == name and name in OWNERS):
            may = model.may_manage(name, room) and model.has_power(name, line.author, room)
        self.expect(name, may, "delete", room=room, id=id)
        if may and line is not None:
            line.deleted = True

    @rule(name=names, room=rooms)
    def look_back(self, name: str, room: str) -> None:
        if name in self.model.present and room in self.model.present[name]:
            program = self.programs[name]
            program.told()
            program.ask("history", room=room)
            (history,) = program.told()
            deleted = [line.get("deleted", False) for line in history["lines"]]
            assert deleted == [line.deleted for line in self.model.lines[room]]
            assert all(not line["text"] for line in history["lines"] if line.get("deleted"))

    @invariant()
    def everybody_is_where_the_model_says(self) -> None:
        if not hasattr(self, "model"):
            return
        for name, program in self.programs.items():
            assert program.online, name
        for room in ROOMS:
            found = self.server.chat.rooms.find(room)
            assert set(found.names if found else ()) == self.model.members(room), room

    @invariant()
    def the_rooms_that_somebody_may_enter_are_listed(self) -> None:
        if not hasattr(self, "model"):
            return
        for name, program in self.programs.items():
            program.told()
            program.ask("rooms")
            (answer,) = program.told()
            listed = {room["room"] for room in answer["rooms"]}
            model = self.model
            assert listed == {
                room for room in ROOMS if model.members(room) and model.may_enter(name, room)
            }

    def expect(self, name: str, may: bool, type: str, /, **fields: object) -> None:
        """Let `name` ask for something, and check that it is refused unless they `may`."""
        program = self.programs[name]
        program.told()
        program.ask(type, nonce="n", **fields)
        errors = [event for event in program.told() if event["type"] == "error"]
        assert bool(errors) != may, (name, type, fields, errors)

    def goes(self, name: str, place: str) -> None:
        """Let the model know that `name` is thrown out of `place`."""
        if place != "*":
            self.model.leave(name, place)
        else:
            self.model.leave_all(name)
            program = self.programs.pop(name)
            assert not program.online
            closing = msgspec.json.decode(program.received.splitlines()[-1])
            assert closing["reason"] in ("kicked", "banned")

    def leaves_where_unwelcome(self, name: str) -> None:
        """Let the model know that `name` leaves the rooms that they may not enter any more."""
        for room in list(self.model.present.get(name, ())):
            if not self.model.may_enter(name, room):
                self.model.leave(name, room)


TestModeration = ModerationMachine.TestCase
TestModeration.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
