"""Private lines between clients: each reaches its reader once, on whatever server."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from netchat.cluster.burials import LEASE

LATEST = 4 * LEASE
"""Seconds after its acknowledgement in which a line reaches a reader who stays: by then, a server
that could not hear it has sent its guests away."""
_State = Callable[[], Mapping[str, object]]


@dataclass(frozen=True)
class Reader:
    """Whom a line is for: they have read it, if `state` is what it was."""

    state: _State
    was: Mapping[str, object]


class Whispers:
    """The private lines of all clients, of which no two have the same text."""

    def __init__(self) -> None:
        self.readers: list[_State] = []
        """All who may be told something, by what they are at present: their "name" among it."""
        self.told: Counter[str] = Counter()
        """How often each line has reached somebody."""
        self.answers = 0
        """How many lines were acknowledged."""
        self.checked = 0
        """How many of them had a reader who stayed, and must have reached them."""
        self._waiting: dict[str, Reader] = {}
        """The readers of lines without an answer, if they are known."""
        self._due: deque[tuple[float, str, Reader]] = deque()
        """When each acknowledged line must have reached its reader; in the order of the times."""

    def said(self, text: str, name: str) -> None:
        """Record that `text` is sent to `name`."""
        found = [state for state in self.readers if state()["name"] == name]
        if len(found) == 1:
            self._waiting[text] = Reader(found[0], found[0]())

    def answered(self, text: str, now: float) -> None:
        """Record that `text` is acknowledged."""
        self.answers += 1
        reader = self._waiting.pop(text, None)
        if reader is not None:
            self._due.append((now + LATEST, text, reader))

    def refused(self, text: str) -> None:
        """Record that `text` is refused."""
        self._waiting.pop(text, None)

    def heard(self, text: str) -> str:
        """Record that `text` has reached somebody; return what is wrong with it."""
        self.told[text] += 1
        return "" if self.told[text] == 1 else f"was told {text!r} for the second time on the site"

    def tick(self, now: float) -> list[str]:
        """Return the lines that have not reached those who were there all the time."""
        lost = []
        while self._due and self._due[0][0] <= now:
            _, text, reader = self._due.popleft()
            if reader.state() == reader.was:
                self.checked += 1
                if not self.told[text]:
                    lost.append(f"{text!r} never reached {dict(reader.was)}")
        return lost
