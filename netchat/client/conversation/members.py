"""Who is in a room, as far as it is known."""

from __future__ import annotations

from sys import intern
from typing import Any

from netchat.dialects.jsonl import events as wire

MAX_NAMES = 1000
"""How many names are kept; a server cannot make the client keep more."""
_NOBODY = frozenset[str]()


class Members:
    """The names of who is in one room, at most `max_names`; who has spoken last comes last."""

    __slots__ = ("_max_names", "_quiet", "_unnamed", "names")

    def __init__(self, max_names: int = MAX_NAMES) -> None:
        self.names: dict[str, None] = {}
        self._quiet = _NOBODY
        """Those of the names who only listen."""
        self._unnamed = 0
        self._max_names = max_names

    @property
    def count(self) -> int:
        """How many are in the room."""
        return len(self.names) + self._unnamed

    def go_quiet(self, joined: wire.Joined) -> tuple[str, ...]:
        """Return who only listens after `joined`, and was there to speak before."""
        if not joined.quiet:
            return ()
        return tuple(x for x in joined.names if x in self.names and x not in self._quiet)

    def update(self, event: Any) -> None:
        """Record the names in `event`, an event in the room."""
        match event:
            case wire.Renamed():
                self._rename(event.name, event.to)
            case wire.Entered() | wire.Names():
                self.names.clear()
                self._unnamed = 0
                self._add(*event.names)
                self._quiet = frozenset(event.quiet or ()) & self.names.keys() or _NOBODY
            case wire.Joined():
                self._add(*event.names)
                joined = frozenset(event.names) & self.names.keys()
                self._quiet = self._quiet | joined if event.quiet else self._quiet - joined
            case wire.Left():
                self._remove(*event.names)
            case wire.Said():
                self._move_to_end(event.name)

    def _move_to_end(self, name: str) -> None:
        """Record that `name` has spoken; if need be, who has not for longest is not named."""
        if name in self.names:
            del self.names[name]
        elif self._unnamed and len(self.names) >= self._max_names:
            del self.names[next(iter(self.names))]
        if len(self.names) < self._max_names:
            self.names[intern(name)] = None

    def _rename(self, name: str, to: str) -> None:
        if name in self.names:
            del self.names[name]
            self._add(to)
            if name in self._quiet:
                self._quiet = self._quiet - {name} | {to}

    def _remove(self, *names: str) -> None:
        for name in names:
            if name in self._quiet:
                self._quiet -= {name}
            if name in self.names:
                del self.names[name]
            elif self._unnamed:
                self._unnamed -= 1

    def _add(self, *names: str) -> None:
        for name in names:
            if name in self.names or len(self.names) < self._max_names:
                # On a server, many terminals know the same names.
                self.names[intern(name)] = None
            else:
                self._unnamed += 1
