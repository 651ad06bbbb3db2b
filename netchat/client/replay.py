"""What was seen in each room, and so what of a room's past is new when the server tells it again.

The text dialect has no numbers, so the past is laid over the end of what was seen: the longest
piece of it that fits is known already, and what follows was missed. Notices among what was seen
(who came, who went) may be missing from the past; `/me` lines look like them, and are in it. One's
own lines are left out of both: the server sends no copy of them, and they are on the screen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from netchat.client.heard import Heard, Notice, Past, Said

_KEPT = 600
"""How many lines of a room are remembered: more than a server tells again (500)."""
_ROOMS = 20
_LOST_TRACK = Notice("* More may have been said meanwhile; /history 500 shows more of it.")


class Seen:
    """What was seen in one room, oldest first, apart from one's own lines."""

    def __init__(self) -> None:
        self._lines: deque[tuple[str, bool]] = deque(maxlen=_KEPT)

    def note(self, line: str, *, said: bool) -> None:
        """Remember `line`; `said` tells that the room's past must have it."""
        self._lines.append((line, said))

    def known(self, past: Sequence[str]) -> int:
        """Return how many lines at the beginning of `past` were seen."""
        fits = [self._fit(past[:end]) for end in range(len(past) + 1)]
        whole = [end for end, (matched, _) in enumerate(fits) if matched == end]
        # The past reaches back further than we have seen: what we have must all be in it.
        partial = [end for end, (matched, used_up) in enumerate(fits) if matched and used_up]
        return max(whole) or max(partial, default=0)

    def holds_talk(self) -> bool:
        """Return whether anything was seen that the room's past must have."""
        return any(said for _, said in self._lines)

    def _fit(self, past: Sequence[str]) -> tuple[int, bool]:
        """Return how many lines match, from the end, and whether all that was seen is used up."""
        matched = 0
        for line, said in reversed(self._lines):
            if matched == len(past):
                return matched, False
            if line == past[-1 - matched]:
                matched += 1
            elif said:
                return 0, False
        return matched, True


class Memory:
    """What was seen in all rooms; `own` are the names that are ours, now and before."""

    def __init__(self, own: set[str]) -> None:
        self._own = own
        self._rooms: dict[str, Seen] = {}

    def note(self, room: str, heard: Heard) -> None:
        """Remember that `heard` was seen in `room`."""
        seen = self._rooms.get(room)
        if seen is None:
            return
        if isinstance(heard, Past):
            if heard.name not in self._own:
                seen.note(heard.what, said=True)
        elif isinstance(heard, (Said, Notice)):
            seen.note(heard.text, said=isinstance(heard, Said))

    def sift(self, room: str, entry: Iterable[Heard]) -> Iterator[tuple[Heard, bool]]:
        """Yield what of `entry` is to be shown on entering `room`, and remember it.

        With each comes whether it was missed, and is not merely told because we are new here.
        """
        seen = self._rooms.get(room)
        if seen is None:
            self._enter(room)
            for heard in entry:
                self.note(room, heard)
                yield heard, False
            return
        others = [x for x in entry if not (isinstance(x, Past) and x.name in self._own)]
        past = [heard.what for heard in others if isinstance(heard, Past)]
        known = seen.known(past)
        if past and not known and seen.holds_talk():
            yield _LOST_TRACK, True
        for heard in others:
            if isinstance(heard, Past) and known:
                known -= 1
            else:
                self.note(room, heard)
                yield heard, isinstance(heard, Past)

    def _enter(self, room: str) -> None:
        if len(self._rooms) == _ROOMS:
            del self._rooms[next(iter(self._rooms))]
        self._rooms[room] = Seen()
