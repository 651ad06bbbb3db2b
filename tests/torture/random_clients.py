"""Clients that do random actions, and record what they receive as views of the rooms."""

from __future__ import annotations

import re
from random import Random
from typing import Any
from uuid import UUID

from tests.torture.event_loop import EventLoop
from tests.torture.line_clients import JsonClient, TextClient
from tests.torture.views import View

ROOMS = ("lobby", "dev", "ops")
OUTSTANDING = 4
"""How many actions of a client may be unanswered."""
_SAID = re.compile(r"\S+: (\S+)$")
_RENAMED = re.compile(r"\* (\S+ is now \S+)$")
_TOPIC = re.compile(r"\* \S+ changed the topic to: (\S+)$")
_MOVED = re.compile(r"\* You are now in (\S+)$")


class ActionPlan:
    """Counts the actions that are left and unanswered; `word` is unique to the current action."""

    def __init__(self, name: str, rng: Random, actions: int) -> None:
        self.rng = rng
        self.left = actions
        self.outstanding = 0
        self.word = name
        self._name = name
        self._count = 0

    @property
    def idle(self) -> bool:
        """Whether all actions are done and answered."""
        return not (self.left or self.outstanding)

    def begin(self) -> float:
        """Begin an action: set `word`, and return a random number from 0 to 1 that selects it."""
        self.left -= 1
        self._count += 1
        self.word = f"{self._name}.{self._count}"
        return self.rng.random()


class RandomJsonClient(JsonClient):
    """A JSON client that checks each event against the names that it knows in its rooms.

    A `hasty` client resumes several rooms at once, and joins and leaves rooms meanwhile; another
    one resumes one room at most, and then stays in it.
    """

    def __init__(
        self, loop: EventLoop, faults: list[str], name: str, plan: ActionPlan, *, hasty: bool
    ) -> None:
        super().__init__(loop, name)
        self.plan = plan
        self.hasty = hasty
        self.here: dict[str, View] = {}
        self.views: list[View] = []
        self.cuts = 0
        self._faults = faults
        self._client = str(UUID(int=plan.rng.getrandbits(128), version=4))
        self._known_as = ""
        self._port = 0
        self._rooms: dict[str, None] = {}
        self._last: dict[str, int] = {}
        self._after: dict[str, int] = {}
        self._entered_at: dict[str, int] = {}
        self._bound = False
        self._parting: set[str] = set()
        """Rooms left before the backfill was complete: only own lines may still arrive."""

    def log_in(self, port: int, rooms: tuple[str, ...]) -> None:
        """Log in over a new connection, into `rooms`."""
        self._port, self._rooms = port, dict.fromkeys(rooms)
        self._after = {room: self._last[room] for room in rooms if room in self.here}
        if not self.hasty and (len(rooms) > 1 or self.plan.rng.random() < 0.5):
            self._after = {}
        self._bound = bool(self._after) and not self.hasty
        self.here = {}
        self.plan.outstanding = 0
        self.hello(port, rooms=rooms, client=self._client, after=self._after)
        self.ask()
        while self.plan.left and self.plan.outstanding < OUTSTANDING:
            self._do()

    def ask(self) -> None:
        """Send a request that is answered after all requests before it."""
        self.plan.outstanding += 1
        self.send(type="ping")

    def caught_up_with(self, other: RandomJsonClient) -> bool:
        """Return whether its last ids are those of `other` in all its rooms."""
        return all(self._last[room] == other._last[room] for room in self.here)

    def handle_event(self, event: dict[str, Any]) -> None:
        """Check and record an event."""
        match event:
            case {"type": "pong"}:
                self.plan.outstanding -= 1
                if self.plan.left:
                    self._do()
            case {"type": "welcome", "name": name}:
                self._known_as = name
            case {"type": "entered", "room": room, "names": names, "last": last}:
                caught_up = self._after.get(room, last) == last
                self.here[room] = View(room, caught_up, set(names))
                self.views.append(self.here[room])
                self._entered_at[room] = last
                self._last[room] = self._after.pop(room, last)
                self._parting.discard(room)
            case {"type": "renamed", "name": name, "to": to}:
                self._hear_renamed(name, to)
            case {"type": "error" | "gap" | "closing"}:
                self._check(False, f"received {event}")
            case {"room": room}:
                self._check(room in self.here, f"is not in {room}, and received {event}")
                self._hear_in(self.here.get(room, View(room)), event)

    def _hear_in(self, view: View, event: dict[str, Any]) -> None:
        match event:
            case {"type": "said", "id": id, "from": name, "text": text}:
                self._hear_said(view, id, name, own="nonce" in event)
                if id > self._entered_at.get(view.room, 0):
                    view.add(f"said {text}")
            case {"type": "topic", "text": text}:
                view.add(f"topic {text}")
            case {"type": "joined" | "left" as kind, "names": names}:
                self._hear_moved(view, kind, names)
            case {"type": "names", "names": names}:
                right = set(names) == view.names or not view.whole
                self._check(right, f"received the names {names} in {view.room}")
                view.names = set(names)

    def _hear_said(self, view: View, id: int, name: str, *, own: bool) -> None:
        last = self._last.get(view.room, 0)
        if id != last + 1 and own and not view.whole:
            # Left before the backfill was complete: own lines are still acknowledged.
            self._parting.add(view.room)
        else:
            self._check(id == last + 1, f"had {last} in {view.room}, and received {id}")
        new = view.whole and id > self._entered_at[view.room]
        self._check(
            name in view.names or not new, f"received a line of {name}, who is not in {view.room}"
        )
        self._check(
            own or view.room not in self._parting, f"received {id} in {view.room} after leaving it"
        )
        self._last[view.room] = id

    def _hear_renamed(self, name: str, to: str) -> None:
        views = [view for view in self.here.values() if name in view.names]
        known = views or name == self._known_as or not all(v.whole for v in self.here.values())
        self._check(bool(known), f"received the rename of the unknown {name} to {to}")
        for view in views:
            view.names = view.names - {name} | {to}
            view.add(f"{name} is now {to}")
        if name == self._known_as:
            self._known_as = to

    def _hear_moved(self, view: View, kind: str, names: list[str]) -> None:
        if kind == "left" and names == [self._known_as]:
            self.here.pop(view.room, None)
            return
        for name in names:
            right = (name in view.names) == (kind == "left")
            self._check(
                right or not view.whole, f"received a wrong `{kind}` of {name} in {view.room}"
            )
            (view.names.discard if kind == "left" else view.names.add)(name)
            view.presence[-1][f"{kind} {name}"] += 1

    def _do(self) -> None:
        action, word, rng = self.plan.begin(), self.plan.word, self.plan.rng
        out = [room for room in ROOMS if room not in self._rooms]
        room = rng.choice(list(self._rooms) or out)
        if not self._rooms or (action < 0.12 and out and not self._bound):
            room = rng.choice(out)
            self._rooms[room] = None
            self.send(type="join", room=room)
        elif action < 0.6:
            self.send(type="say", room=room, text=word, nonce=word)
        elif action < 0.7:
            self.name = word
            self.send(type="rename", name=word)
        elif action < 0.8:
            self.send(type="topic", room=room, text=word)
        elif action < 0.88 or (self._bound and action < 0.96):
            self.send(type="names", room=room)
        elif action < 0.96:
            del self._rooms[room]
            self.send(type="leave", room=room)
        else:
            self.cuts += 1
            self.leave(reset=rng.random() < 0.5)
            self.log_in(self._port, tuple(self._rooms))
            return
        self.ask()

    def _check(self, good: bool, fault: str) -> None:
        if not good:
            self._faults.append(f"{self._known_as} {fault}")


class RandomTextClient(TextClient):
    """A text client, in one room at a time."""

    def __init__(self, loop: EventLoop, faults: list[str], name: str, plan: ActionPlan) -> None:
        super().__init__(loop, name)
        self.plan = plan
        self.seen: list[View] = []
        self._faults = faults
        self._room = ROOMS[0]

    def log_in(self, port: int) -> None:
        """Log in, into the first room."""
        self.greet(port)
        self.ask()
        for _ in range(min(OUTSTANDING, self.plan.left)):
            self._do()

    def ask(self) -> None:
        """Send a request that is answered after all requests before it."""
        self.plan.outstanding += 1
        self.type("/rooms")

    def handle_line(self, line: str) -> None:
        """Record a line of the server."""
        if line.startswith("* Rooms: "):
            self.plan.outstanding -= 1
            if self.plan.left:
                self._do()
        elif line.startswith("Welcome"):
            self.seen.append(View(ROOMS[0]))
        elif moved := _MOVED.match(line):
            self.seen.append(View(moved[1]))
        elif line.startswith("!"):
            self._faults.append(f"{self.name} received {line}")
        elif topic := _TOPIC.match(line):
            self.seen[-1].add(f"topic {topic[1]}")
        elif renamed := _RENAMED.match(line):
            self.seen[-1].add(renamed[1])
        elif said := _SAID.match(line):
            self.seen[-1].add(f"said {said[1]}")

    def _do(self) -> None:
        action, word, rng = self.plan.begin(), self.plan.word, self.plan.rng
        if action < 0.15:
            self._room = rng.choice([room for room in ROOMS if room != self._room])
            self.type(f"/join {self._room}")
        elif action < 0.8:
            self.type(word)
        elif action < 0.9:
            self.type(f"/nick {word}")
        else:
            self.type(f"/topic {word}")
        self.ask()
