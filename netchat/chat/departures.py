"""When those who have left were last here, as far as it is remembered."""

from __future__ import annotations

from netchat.model.names import match_keys

MAX_NAMES = 10_000
"""How many names are remembered; those who have left long ago are forgotten first."""


class Departures:
    """Times by name, in memory: nothing is known of those who left before the server started."""

    def __init__(self) -> None:
        self._times: dict[str, float] = {}

    def note(self, name: str, time: float) -> None:
        """Record that whoever had `name` has left at `time`, in seconds since the epoch."""
        key = _key(name)
        self._times.pop(key, None)
        self._times[key] = time
        if len(self._times) > MAX_NAMES:
            del self._times[next(iter(self._times))]

    def find(self, name: str) -> float:
        """Return when somebody called `name`, in any spelling, has left last; 0: not known."""
        return self._times.get(_key(name), 0.0)


def _key(name: str) -> str:
    return match_keys(name)[0]
