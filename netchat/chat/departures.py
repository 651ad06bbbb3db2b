"""When those who have left were last here, as far as it is remembered."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from netchat.chat.room import Participant
from netchat.model.names import match_keys

MAX_DEPARTURES = 10_000
"""How many are remembered; the names that were left long ago are forgotten first."""
MOST_OF_A_NAME = 4
"""How many of one name are remembered."""


class Profile(Struct, frozen=True):
    """What programs show of somebody beside the name, in the terms of IRC."""

    user: str
    host: str
    realname: str


class Departure(Struct, frozen=True):
    """Somebody has left at `time`, in seconds since the epoch; `profile` is what was shown."""

    time: float
    profile: Profile | None


class Departures:
    """Departures by name, in memory: none from before the start of the server is known."""

    def __init__(self) -> None:
        self._departures: dict[str, tuple[Departure, ...]] = {}
        self._count = 0
        self.profile_of: Callable[[Participant], Profile | None] = lambda _: None
        """Returns what is to be remembered of who leaves beside the time."""

    def note(self, who: Participant, time: float) -> None:
        """Record that `who` has left at `time`, in seconds since the epoch."""
        key = _key(who.name)
        earlier = self._departures.pop(key, ())
        kept = (Departure(time, self.profile_of(who)), *earlier)[:MOST_OF_A_NAME]
        self._departures[key] = kept
        self._count += len(kept) - len(earlier)
        while self._count > MAX_DEPARTURES:
            self._count -= len(self._departures.pop(next(iter(self._departures))))

    def find(self, name: str) -> float:
        """Return when somebody called `name`, in any spelling, has left last; 0: not known."""
        found = self.all(name)
        return found[0].time if found else 0.0

    def all(self, name: str) -> tuple[Departure, ...]:
        """Return the departures of those who were called `name`, in any spelling, newest first."""
        return self._departures.get(_key(name), ())


def _key(name: str) -> str:
    return match_keys(name)[0]
