"""What a guest of the text dialect does not read: the lines of the names that they ignore.

A program leaves them out itself: the ids of the lines that it receives have no gaps. Only who
ignores somebody who has spoken gets a view of a turn that is not shared.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from msgspec.structs import replace

from netchat.chat.delivery.turn import Turn
from netchat.chat.room import Participant
from netchat.model.answers import Found
from netchat.model.events import Event, Past, Said, SaidLines, Told
from netchat.model.names import match_keys
from netchat.model.notices import Conversation

_keys_of = lru_cache(maxsize=4096)(match_keys)
_Line = Said | SaidLines | Told


class Ignoring:
    """The names that participants ignore, however these are written."""

    def __init__(self) -> None:
        self._names: dict[Participant, tuple[str, ...]] = {}
        self._keys: dict[Participant, frozenset[str]] = {}
        """The keys of these names, for those who do not leave the lines out themselves."""

    def __bool__(self) -> bool:
        return bool(self._keys)

    def __contains__(self, who: Participant) -> bool:
        return who in self._keys

    def set(self, who: Participant, names: tuple[str, ...]) -> None:
        """Let `who` ignore `names`, and nobody else."""
        self.forget(who)
        if names:
            self._names[who] = names
            if not who.listener.dialect.of_programs:
                self._keys[who] = frozenset(key for name in names for key in match_keys(name))

    def names(self, who: Participant) -> tuple[str, ...]:
        """Return the names that `who` ignores."""
        return self._names.get(who, ())

    def ignores_name(self, who: Participant, name: str) -> bool:
        """Return whether `who`, or their program, does not read what `name` says."""
        keys = {key for ignored in self.names(who) for key in _keys_of(ignored)}
        return not keys.isdisjoint(_keys_of(name))

    def forget(self, who: Participant) -> None:
        """Called when `who` has left."""
        self._names.pop(who, None)
        self._keys.pop(who, None)

    def ignores(self, who: Participant, event: Event) -> bool:
        """Return whether `event` is a line that `who` is not to read."""
        keys = self._keys.get(who)
        return (
            keys is not None
            and isinstance(event, _Line)
            and not keys.isdisjoint(_keys_of(event.name))
        )

    def separate(self, turn: Turn) -> None:
        """Give a personal view to who ignores somebody who has spoken in `turn`."""
        speakers = {
            delivery.event.name
            for delivery in turn.rendered.deliveries
            if isinstance(delivery.event, _Line)
        }
        spoken = {key for name in speakers for key in _keys_of(name)}
        for who, keys in self._keys.items():
            if not keys.isdisjoint(spoken) and turn.rooms_of(who):
                turn.personal.setdefault(who, [])

    def numbers_for(self, who: Participant, turn: Turn) -> list[int]:
        """Return the numbers of what `who` reads of `turn`, in order."""
        deliveries = turn.rendered.deliveries
        numbers = turn.numbers_for(who, turn.rooms_of(who))
        return [number for number in numbers if not self.ignores(who, deliveries[number].event)]

    def filtered(self, who: Participant, events: Iterable[Event]) -> Iterable[Event]:
        """Return `events` as `who` reads them: without ignored lines, also within pages."""
        if who not in self._keys:
            return events
        return [
            self._without_ignored(who, event) for event in events if not self.ignores(who, event)
        ]

    def _without_ignored(self, who: Participant, event: Event) -> Event:
        if isinstance(event, Past | Found | Conversation):
            return replace(event, lines=tuple(x for x in event.lines if not self.ignores(who, x)))
        return event
