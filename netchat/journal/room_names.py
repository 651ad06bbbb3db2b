"""How the rooms of a journal are written, of which equivalent names are one room.

A chat makes sure of that for a server alone. Where several servers share an order, two of them may
make one room under two spellings at the same time, so it is judged by the order: the first spelling
stays as long as anything is known of the room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from netchat.model.events import Event, Said, SaidLines, TopicSet
from netchat.model.registry import NameRegistry
from netchat.state.changes import Change
from netchat.state.state import ChatState


class RoomNames:
    """The spellings of the rooms that are `stored`, and of those in the `state`.

    Both are functions, which are called only once several servers share the order.
    """

    def __init__(self, stored: Callable[[], Iterable[str]], state: Callable[[], ChatState]) -> None:
        self._stored = stored
        self._state = state
        self._names: NameRegistry[str] | None = None

    def respell(self, event: Event) -> Event:
        """Return `event`, which is settled next, with its room as it is written in the journal."""
        if not self._state().site.servers:
            return event
        match event:
            case Said() | SaidLines() | TopicSet():
                room = self._of(event.room)
                return event if room == event.room else replace(event, room=room)
            case Change():
                written = getattr(event.what, "room", "")
                room = self._of(written) if written else ""
                if room != written:
                    return replace(event, what=replace(event.what, room=room))
        return event

    def add(self, room: str) -> None:
        """Called when `room` is stored for the first time."""
        if self._names is not None and self._names.find(room) is None:
            self._names.register(room, room)

    def _of(self, room: str) -> str:
        return self._registry.find(room) or self._state().spelling(room)

    @property
    def _registry(self) -> NameRegistry[str]:
        if self._names is None:
            self._names = NameRegistry()
            for room in self._stored():
                # Earlier versions may have stored a room under two spellings.
                if not any(self._names.holders(room)):
                    self._names.register(room, room)
        return self._names
