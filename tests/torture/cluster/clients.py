"""Clients that say numbered lines, rename, join and leave, and come back on any server."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any
from uuid import UUID

from tests.torture.cluster.ledger import SiteLedger
from tests.torture.cluster.room_view import RoomView
from tests.torture.event_loop import BufferedSocket, EventLoop
from tests.torture.line_clients import JsonClient

ROOMS = ("lobby", "dev", "ops", "sales", "tea")
WANTED_BY_ALL = tuple(f"star{number}" for number in range(8))
"""Names that every client takes now and then, if nobody has them."""
WINDOW = 3
"""How many lines of a client may be without an answer."""
_TRANSIENT = {"storage", "name-taken"}
"""Codes of refusals that are right while something is killed, or a name is another one's."""


class SiteClient(JsonClient):
    """A client that goes to one of `ports()` whenever it has no connection, or reads nothing."""

    def __init__(
        self,
        loop: EventLoop,
        ledger: SiteLedger,
        name: str,
        rng: Random,
        ports: Callable[[], list[int]],
    ) -> None:
        super().__init__(loop, name)
        self.known_as = name
        self.rooms: dict[str, None] = {}
        """Where it is, or wants to be."""
        self.views: dict[str, RoomView] = {}
        self.waiting: dict[str, tuple[str, str]] = {}
        """Room and text of the lines without an answer, by nonce."""
        self.quiet = False
        """Whether it says nothing new, and stays where it is."""
        self.welcomed = False
        self.stays_away = False
        """Whether it does not come back any more."""
        self.port = 0
        self._ledger = ledger
        self._whispers = ledger.whispers
        self._whispers.readers.append(self.presence)
        self._logins = 0
        self._rng = rng
        self._ports = ports
        self._base = name
        self._id = str(UUID(int=rng.getrandbits(128), version=4))
        self._before: deque[bytes] = deque(maxlen=20)
        """What it has read before."""
        self._again: set[str] = set()
        self._refused: set[str] = set()
        self._unsaid: set[str] = set()
        """Private lines that could not be stored."""
        self._moves: dict[str, tuple[str, str]] = {}
        """Kind of what is asked for beside lines, and the room, name or text, by nonce."""
        self.whispers: dict[str, tuple[str, str]] = {}
        """Reader and text of the private lines without an answer, by nonce."""
        self._count = 0
        self._now = self._next = self._heard = self._pinged = 0.0
        self._patience = rng.uniform(5, 15)

    @property
    def settled(self) -> bool:
        """Whether it is where it wants to be, and all is answered."""
        here = {room for room, view in self.views.items() if view.here}
        return self.online and self.welcomed and here == {*self.rooms} and not (
            self.waiting or self._moves or self.whispers
        )  # fmt: skip

    @property
    def state(self) -> str:
        """What it waits for."""
        here = [room for room, view in self.views.items() if view.here]
        waits = [*self.waiting.values(), *self._moves.values(), *self.whispers.values()]
        return (
            f"{self.known_as}: online {self.online}, welcomed {self.welcomed}, is in {here}, wants"
            f" {[*self.rooms]}, waits for {waits}"
        )

    def tick(self, now: float) -> None:
        """Do what is due at this time."""
        self._now = now
        if not self.online:
            if now >= self._next and not self.stays_away:
                self._log_in()
        elif now - self._heard > self._patience:
            self.leave(reset=self._rng.random() < 0.5)
            self.lost()
        elif now >= self._next and self.welcomed:
            self._next = now + self._rng.uniform(0.2, 1.0)
            self._act()

    def connect(self, port: int) -> None:
        """Open a new connection without waiting for it: a server that is stopped accepts none."""
        self._buffer = b""
        connection = socket.socket()
        connection.setblocking(False)
        connection.connect_ex(("127.0.0.1", port))
        self.socket = BufferedSocket(self.loop, connection, self._received, self.lost)

    def lost(self) -> None:
        """Come back after a moment, on any server."""
        self.welcomed = False
        self._moves.clear()
        self._ledger.late.update(text for _, text in self.waiting.values())
        for view in self.views.values():
            view.here = False
        self._next = self._now + self._rng.uniform(0, 0.5)

    def read(self, line: bytes) -> None:
        """Decode an event."""
        self._heard = self._now
        self._before.append(line)
        super().read(line)

    def handle_event(self, event: dict[str, Any]) -> None:
        """Check an event."""
        match event:
            case {"type": "said" | "told" as kind}:
                (self._hear if kind == "said" else self._be_told)(event)
            case {"type": "welcome", "name": name, "journal": journal}:
                self.known_as, self.welcomed = name, True
                self._ledger.journals.add(journal)
                self._ledger.logins += 1
                self._logins += 1
                self._unsaid.update(self.whispers)
                self._say_refused()
            case {"type": "error"}:
                self._refuse(event)
            case {"type": "closing", "reason": reason, "retry": retry}:
                self._ledger.replaced += reason == "replaced"
                if retry is None and reason != "replaced":
                    self._fault(f"received {event}")
            case {"type": "gap"}:
                self._fault(f"received {event}")
            case {"type": "renamed", "name": name, "to": to}:
                self._hear_renamed(name, to)
            case {"room": room}:
                self._hear_in(self._view(room), event)

    def _hear_in(self, view: RoomView, event: dict[str, Any]) -> None:
        """Check an event that concerns who is in a room."""
        match event:
            case {"type": "entered", "names": names, "last": last, "topic": topic}:
                self._done("join", view.room)
                view.topic = topic
                self._check(view.enter(names, last))
                self._say_again(view.room)
            case {"type": "topic", "text": text}:
                view.topic = text
                self._done("topic", text)
            case {"type": "joined", "names": names}:
                self._check(view.join(names))
            case {"type": "left", "names": names}:
                if self.known_as in names and ("leave", view.room) in self._moves.values():
                    self._done("leave", view.room)
                    view.here = False
                else:
                    self._check(view.leave(names))

    def _log_in(self) -> None:
        ports = self._ports()
        if not ports:
            return
        self._heard, self._next = self._now, self._now
        self.name = self.known_as
        if not self.rooms:
            self.rooms[self._rng.choice(ROOMS)] = None
        views = [self._view(room) for room in self.rooms]
        after = {view.room: view.last for view in views if view.resumes}
        self.port = self._rng.choice(ports)
        self.hello(self.port, rooms=[*self.rooms], after=after, client=self._id)

    def _say_refused(self) -> None:
        """Say again what was refused."""
        for nonce in [*self._refused]:
            room, text = self.waiting[nonce]
            if self._view(room).here:
                self._refused.discard(nonce)
                self.send(type="say", room=room, text=text, nonce=nonce)
        for nonce in self._unsaid & self.whispers.keys():
            to, text = self.whispers[nonce]
            self.send(type="tell", to=to, text=text, nonce=nonce)
        self._unsaid.clear()

    def _act(self) -> None:
        self._say_refused()
        action = self._rng.random()
        if self.quiet or action < 0.2:
            self.send(type="ping")
        elif action < 0.68:
            self._say()
        elif action < 0.74:
            self._whisper()
        elif action < 0.75:
            self._set_topic()
        elif action < 0.83:
            self._rename(self._new_name())
        elif action < 0.99:
            self._move(self._rng.choice(ROOMS))
        else:
            self.leave(reset=self._rng.random() < 0.5)
            self.lost()

    def _move(self, room: str) -> None:
        """Join `room`, or leave it."""
        if any(where == room for _, where in self._moves.values()):
            return
        view = self._view(room)
        if room not in self.rooms:
            self.rooms[room] = None
            view.resumes = view.resumes and self._rng.random() < 0.5
            self._ask("join", room, **({"after": view.last} if view.resumes else {}))
            return
        # A line is said again in its room only.
        is_used = any(where == room for where, _ in self.waiting.values())
        if len(self.rooms) > 1 and view.here and not is_used:
            del self.rooms[room]
            self._ask("leave", room)

    def _say(self) -> None:
        here = [room for room in self.rooms if self._view(room).here]
        if len(self.waiting) >= WINDOW or not here:
            self.send(type="ping")
            return
        self._count += 1
        nonce, room = f"n{self._count}", self._rng.choice(here)
        text = f"{self._base} says {self._count}"
        self.waiting[nonce] = room, text
        self.send(type="say", room=room, text=text, nonce=nonce)

    def _whisper(self) -> None:
        here = [view for view in self.views.values() if view.here]
        names = {name for view in here for name in view.names} - {self.known_as}
        if names and not self.whispers:
            self.whisper(self._rng.choice(sorted(names)))

    def whisper(self, to: str) -> str:
        """Say a private line; return it."""
        self._count += 1
        nonce, text = f"w{self._count}", f"{self._base} whispers {self._count}"
        self.whispers[nonce] = to, text
        self._whispers.said(text, to)
        self.send(type="tell", to=to, text=text, nonce=nonce)
        return text

    def presence(self) -> dict[str, object]:
        """Return what changes when it is another one who gets what is for its name."""
        return {
            "name": self.known_as,
            "logins": self._logins,
            "online": self.online,
            "of": self._base,
        }

    def _set_topic(self) -> None:
        here = [room for room in self.rooms if self._view(room).here]
        if here:
            self._count += 1
            text = f"{self._base}'s topic {self._count}"
            self._moves[f"m{self._count}"] = "topic", text
            room = self._rng.choice(here)
            self.send(type="topic", room=room, text=text, nonce=f"m{self._count}")

    def _say_again(self, room: str) -> None:
        for nonce, (where, text) in self.waiting.items():
            if where == room:
                self._again.add(nonce)
                self._refused.discard(nonce)
                self.send(type="say", room=room, text=text, nonce=nonce)

    def _rename(self, name: str) -> None:
        is_asked = any(kind == "rename" for kind, _ in self._moves.values())
        if name != self.known_as and not is_asked:
            self._ask("rename", name)

    def _new_name(self) -> str:
        if self._rng.random() < 0.5:
            return self._rng.choice(WANTED_BY_ALL)
        self._count += 1
        return self._rng.choice([self._base, f"{self._base}.{self._count}"])

    def _ask(self, kind: str, what: str, **more: Any) -> None:
        self._count += 1
        nonce = f"m{self._count}"
        self._moves[nonce] = kind, what
        key = "name" if kind == "rename" else "room"
        self.send(type=kind, nonce=nonce, **{key: what}, **more)

    def _done(self, kind: str, what: str) -> None:
        self._moves = {n: move for n, move in self._moves.items() if move != (kind, what)}

    def _hear(self, event: dict[str, Any]) -> None:
        room, id, text, nonce = event["room"], event["id"], event["text"], event.get("nonce", "")
        self._check(self._ledger.hear(room, id, text))
        if nonce:
            self._check(self._ledger.acknowledge(room, id, text))
            self.waiting.pop(nonce, None)
            self._refused.discard(nonce)
        repeated, late = nonce in self._again, text in self._ledger.late
        self._check(self._view(room).hear(id, event["from"], repeated=repeated, late=late))

    def _be_told(self, event: dict[str, Any]) -> None:
        text, nonce = event["text"], event.get("nonce", "")
        if not nonce:
            self._check(self._whispers.heard(text))
        elif nonce in self.whispers:
            del self.whispers[nonce]
            self._whispers.answered(text, self._now)

    def _hear_renamed(self, name: str, to: str) -> None:
        if name == self.known_as:
            self.known_as = to
            self._done("rename", to)
        for view in self.views.values():
            if view.here:
                self._check(view.rename(name, to))

    def _refuse(self, event: dict[str, Any]) -> None:
        code, nonce = event["code"], event.get("nonce", "")
        self._ledger.refused += 1
        if nonce in self.whispers:
            if code == "storage":
                self._unsaid.add(nonce)
                return
            if code == "no-such-user":
                self._whispers.refused(self.whispers.pop(nonce)[1])
                return
        if code not in _TRANSIENT:
            self._fault(f"received {event} {self._moves.get(nonce)} {self.waiting.get(nonce)}")
        if nonce in self.waiting:
            self._again.add(nonce)
            self._refused.add(nonce)
        elif nonce in self._moves:
            kind, room = self._moves.pop(nonce)
            if kind == "join":
                self.rooms.pop(room, None)
            elif kind == "leave":
                self.rooms[room] = None
        elif not self.welcomed:
            # The name that it had is another one's by now; nobody else takes the first one.
            self.known_as = self._base
            self.leave()
            self.lost()

    def _view(self, room: str) -> RoomView:
        return self.views.setdefault(room, RoomView(room))

    def _check(self, wrong: str) -> None:
        if wrong:
            self._fault(wrong)

    def _fault(self, what: str) -> None:
        fault = f"{self.known_as} ({self._base}) {what}"
        self._ledger.faults.append(fault)
        self._ledger.note(f"{fault}; before: {[*self._before]}")
