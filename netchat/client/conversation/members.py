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
        self._unnamed = 0

    @property
    def count(self) -> int:
        """How many are in the room."""
        return len(self.names) + self._unnamed

    def update(self, event: Any) -> None:
        """Record the names in `event`, an event in the room."""
        match event:
            case wire.Renamed():
                self._rename(event.name, event.to)
            case wire.Entered() | wire.Names():
                self.names.clear()
                self._unnamed = 0
                self._add(*event.names)
            case wire.Joined():
                self._add(*event.names)
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

    def _remove(self, *names: str) -> None:
        for name in names:
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
