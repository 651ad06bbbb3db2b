"""A client that checks every event that it receives against what it was promised."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING, Any

import msgspec

from netchat.chat.delivery.backfill import Start
from netchat.dialects.jsonl import dialect as jsonl
from tests.support.listeners import RecordingListener

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.chat.room import Room


class RoomView:
    """What a client knows of a room: the names, and the last id that it has."""

    def __init__(self, entered: dict[str, Any], start: Start | None) -> None:
        self.names = set(entered["names"])
        last: int = entered["last"]
        self._oldest = self._newest = last + 1
        """The first id that may come next, and the last one that may."""
        self.events: list[str] = []
        """What has happened in the room since the client entered it, beside joins and leaves."""
        self.presence: list[Counter[str]] = [Counter()]
        """The joins and leaves before all events, and after each of them."""
        self.keeps_order = True
        """Whether everything was sent in its place; not if the names had to be sent."""
        self._entered_at: int = last
        self._shows_newest = start is not None and bool(start.newest)
        if start is not None and start.newest:
            self._oldest = max(1, last + 1 - start.newest)
            self._newest = last + 1  # Those before may have been deleted.
        elif start is not None and start.after < last:
            self._oldest = self._newest = start.after + 1

    @property
    def start(self) -> Start:
        """Where a client that comes back continues."""
        if self._oldest == self._newest:
            return Start(after=self._oldest - 1)
        return Start(newest=self._newest + 1 - self._oldest)

    def receive(self, first: int, last: int) -> None:
        """Take ids `first` to `last`, of a line or a gap."""
        assert self._oldest <= first <= self._newest, (first, self._oldest, self._newest)
        self._oldest = self._newest = last + 1
        if last > self._entered_at:
            self.add(f"lines up to {last}")

    def add(self, event: str) -> None:
        """Record an event that is neither a join nor a leave."""
        self.events.append(event)
        self.presence.append(Counter())

    def count(self, kind: str, names: list[str]) -> None:
        """Record joins or leaves."""
        self.presence[-1].update(f"{kind} {name}" for name in names)

    def is_end_of(self, other: RoomView) -> bool:
        """Return whether all this client was sent is the last of what the `other` was sent."""
        number = len(self.events)
        start = len(other.events) - number
        return (
            start >= 0
            and (
                self.events == other.events[start:]
                # It may have entered the room in the middle of the first joins and leaves.
                and self.presence[0] <= other.presence[start]
                and self.presence[1:] == other.presence[start + 1 :]
            )
        )

    def miss_lines(self) -> None:
        """Expect that lines are left out, if the newest were asked for: the client was told so."""
        if self._shows_newest:
            self._newest = 1_000_000
            self.keeps_order = False

    def is_complete(self, last: int) -> bool:
        """Return whether the client has all lines up to `last`."""
        return self._oldest == last + 1 or self._newest == 1_000_000


class Watcher(RecordingListener):
    """A client in JSON lines; an event that breaks a promise fails the test."""

    def __init__(self, chat: Chat, name: str, client: str) -> None:
        self.views: dict[str, RoomView] = {}
        self.gaps: list[tuple[str, int]] = []
        """The gaps announced: a room, and the last id that is missing."""
        self._starts: defaultdict[str, deque[Start | None]] = defaultdict(deque)
        self._refused: set[str] = set()
        super().__init__(chat, name, None, client=client, dialect=jsonl)
        self.name = name

    def join(self, room: str, start: Start | None = None) -> Room:
        self._starts[room].append(start)
        return super().join(room, start)

    def write(self, data: bytes) -> None:
        for line in data.splitlines():
            assert not self.closed, "nothing follows a closing"
            self._receive(msgspec.json.decode(line))

    def fail(self) -> None:
        raise  # noqa: PLE0704 - called while the exception is handled

    def _receive(self, event: dict[str, Any]) -> None:
        match event:
            case {"type": "entered", "room": room}:
                assert room not in self.views
                self.views[room] = RoomView(event, self._starts[room].popleft())
            case {"type": "said", "room": room, "id": id}:
                self.views[room].receive(id, id)
            case {"type": "gap", "room": room, "from": first, "to": last}:
                self.views[room].receive(first, last)
                self.gaps.append((room, last))
            case {"type": "error", "code": "storage"}:
                for view in self.views.values():
                    view.miss_lines()
            case {"type": "names", "room": room, "names": names}:
                self.views[room].names = set(names)
                self.views[room].keeps_order = False
            case {"type": "topic", "room": room, "text": text}:
                self.views[room].add(text)
            case {"type": "closing"}:
                self.closed = True
            case _:
                self._receive_presence(event)

    def _receive_presence(self, event: dict[str, Any]) -> None:
        match event:
            case {"type": "joined", "room": room, "names": names}:
                assert not self.views[room].names & set(names)
                self.views[room].names |= set(names)
                self.views[room].count("joined", names)
            case {"type": "left", "room": room, "names": names}:
                assert self.views[room].names >= set(names)
                self.views[room].names -= set(names)
                self.views[room].count("left", names)
                if self.name in names:
                    del self.views[room]
            case {"type": "renamed", "name": name, "to": to}:
                views = [view for view in self.views.values() if name in view.names]
                known = views or name == self.name or len(self.views) > 1
                assert known, "nobody whom the client knows was renamed"
                for view in views:
                    view.names.remove(name)
                    view.names.add(to)
                    view.add(f"{name} is now {to}")
                self.name = to if name == self.name else self.name
