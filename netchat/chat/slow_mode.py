"""Slow mode: a guest says one line in so many seconds in a room.

Kept by account or name, so that leaving and coming back does not help; and only as long as it
matters. Times are seconds since the epoch; after the clock was set back nobody waits.
"""

from __future__ import annotations

from netchat.model.names import match_keys


class SlowMode:
    """When each participant has said their last line in a room, those longest ago first."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: dict[int | str, tuple[float, str]] = {}
        """The time of the last line, and what identifies it."""

    def __len__(self) -> int:
        return len(self._last)

    def wait(self, account: int, name: str, line: str, seconds: float, now: float) -> float:
        """Record a line of a participant, and return 0; or return how many seconds they must wait.

        `seconds` have to lie between two lines. A client that reconnects may send its last line
        again: `line` identifies it, or is "" if nothing does.
        """
        before, last = self._last.get(_key(account, name), (now - seconds, ""))
        early = before + seconds - now
        if 0 < early <= seconds and not (line and line == last):
            return early
        self.record(account, name, line, seconds, now)
        return 0

    def record(self, account: int, name: str, line: str, seconds: float, now: float) -> None:
        """Record a line of a participant; also one that was said on another server."""
        self._last.pop(_key(account, name), None)
        while self._last and next(iter(self._last.values()))[0] + seconds <= now:
            del self._last[next(iter(self._last))]
        self._last[_key(account, name)] = (now, line)

    def rename(self, before: str, name: str) -> None:
        """Let the guest who was called `before` wait as long under `name`."""
        last, own = match_keys(before)[0], match_keys(name)[0]
        if last in self._last and last != own:
            self._last[own] = max(self._last[last], self._last.pop(own, (0.0, "")))


def _key(account: int, name: str) -> int | str:
    return account or match_keys(name)[0]
