"""Who is in a room, as far as it is known."""

from __future__ import annotations

from typing import Any

from netchat.dialects.jsonl import events as wire

_MAX_NAMES = 1000
"""How many names are kept; a server cannot make the client keep more."""


class Members:
    """The names of who is in one room; who has spoken last comes last."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self._quiet: set[str] = set()
        """Those of the names who only listen."""
        self._unnamed = 0

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
                self._quiet = set(event.quiet or ()) & set(self.names)
            case wire.Joined():
                self._add(*event.names)
                joined = set(event.names) & set(self.names)
                self._quiet = self._quiet | joined if event.quiet else self._quiet - joined
            case wire.Left():
                self._remove(*event.names)
            case wire.Said():
                if event.name in self.names or len(self.names) < _MAX_NAMES:
                    self.names.pop(event.name, None)
                    self.names[event.name] = None

    def _rename(self, name: str, to: str) -> None:
        if name in self.names:
            del self.names[name]
            self._add(to)
            if name in self._quiet:
                self._quiet = self._quiet - {name} | {to}

    def _remove(self, *names: str) -> None:
        for name in names:
            self._quiet.discard(name)
            if name in self.names:
                del self.names[name]
            elif self._unnamed:
                self._unnamed -= 1

    def _add(self, *names: str) -> None:
        for name in names:
            if name in self.names or len(self.names) < _MAX_NAMES:
                self.names[name] = None
            else:
                self._unnamed += 1
