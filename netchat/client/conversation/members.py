"""Who is in a room, as far as it is known."""

from __future__ import annotations

from typing import Any

from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl import state_events as state

_MAX_NAMES = 1000
"""How many names are kept; a server cannot make the client keep more."""
_KEEPERS = ("operator", "moderator")


class Members:
    """The names of who is in one room; who has spoken last comes last."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self.keepers: set[str] = set()
        """Who keeps order in the room: moderators and operators."""
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
            case state.Roles():
                for name, role in event.roles.items():
                    self._set_role(name, role)
            case state.Moderated(action="operator" | "moderator" | "member" | "none"):
                self._set_role(event.name, event.action)

    def _rename(self, name: str, to: str) -> None:
        if name in self.names:
            del self.names[name]
            self._add(to)
        if name in self.keepers:
            self.keepers.discard(name)
            self.keepers.add(to)

    def _set_role(self, name: str, role: str) -> None:
        self.keepers.discard(name)
        if role in _KEEPERS and len(self.keepers) < _MAX_NAMES:
            self.keepers.add(name)

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
