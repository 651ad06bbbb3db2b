"""What one client knows of a room: its members, and which lines it has read."""

from __future__ import annotations

from collections.abc import Iterable


class RoomView:
    """A room as a client sees it over all its connections.

    `last`: all lines up to this id were received. Each method returns what is wrong, or "".
    """

    def __init__(self, room: str) -> None:
        self.room = room
        self.last = 0
        self.topic = ""
        self.here = False
        """Whether the client has entered the room on its present connection."""
        self.resumes = False
        """Whether the client wants the lines behind `last` when it enters the room."""
        self.names: set[str] = set()
        self.certain = False
        """Whether `names` are known: during a backfill, events may arrive out of their order."""
        self._entered_at = 0
        self._answered: set[int] = set()
        self._ahead: set[int] = set()

    def enter(self, names: list[str], last: int) -> str:
        """Enter it on a new connection."""
        was, self.here = self.last, True
        resumed, self.resumes = self.resumes, True
        self.names, self._entered_at = set(names), last
        self.certain = not resumed or was == last
        self._answered.clear()
        self._ahead.clear()
        if not resumed:
            self.last = last
        elif last < was:
            return f"had {was} in {self.room}, and resumed at {last}"
        if len(self.names) != len(names):
            return f"received a name twice in {self.room}: {sorted(names)}"
        return ""

    def hear(self, id: int, name: str, *, repeated: bool, late: bool) -> str:
        """Receive a line; `repeated`: it is an own one that was sent before.

        `late`: its speaker may have left.
        """
        if repeated:
            # It is the answer, or the line in its order: the ids that follow tell which.
            self._answered.add(id)
            if id > self.last:
                self._ahead.add(id)
        elif id == self.last + 1:
            self.last = id
        elif id in self._answered:
            self._answered.discard(id)
        else:
            before, self.last = self.last, max(self.last, id)
            return f"had {before} in {self.room}, and received {id}"
        while self.last + 1 in self._ahead:
            self.last += 1
            self._ahead.discard(self.last)
        if (
            self.certain
            and not (repeated or late)
            and id > self._entered_at
            and name not in self.names
        ):
            return f"received a line of {name}, who is not in {self.room}"
        return ""

    def join(self, names: Iterable[str]) -> str:
        """Others enter it."""
        twice = self.names.intersection(names)
        self.names.update(names)
        return f"received a join of {twice}, who are in {self.room}" if self.wrong(twice) else ""

    def leave(self, names: Iterable[str]) -> str:
        """Others leave it."""
        unknown = set(names) - self.names
        self.names.difference_update(names)
        return f"received that {unknown} left {self.room}" if self.wrong(unknown) else ""

    def rename(self, name: str, to: str) -> str:
        """Somebody has another name."""
        if name not in self.names:
            return ""
        self.names.discard(name)
        taken = to in self.names
        self.names.add(to)
        return f"received {name} as a second {to} in {self.room}" if self.wrong(taken) else ""

    def wrong(self, found: object) -> bool:
        """Return whether `found` is a fault."""
        return bool(found) and self.certain
