"""What is pasted, between the two marks that the terminal puts around it, in bounded memory.

Source: xterm's "Bracketed Paste Mode".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MAX_PASTE = 64 * 1024
"""How many bytes of a paste are kept; what exceeds is dropped."""
PASTE_TIME = 10.0
"""Seconds in which a paste must end; what comes afterwards is dropped."""
PASTE_SILENCE = 2.0
"""Seconds without input after which a paste that is late has ended, also without its mark."""
BEGIN, END = b"\x1b[200~", b"\x1b[201~"
TOO_LONG = f"Only the first {MAX_PASTE // 1024} KiB of what you pasted are here."
TOO_LATE = f"A paste must end within {PASTE_TIME:.0f} seconds; what came later is not here."


@dataclass(frozen=True, slots=True)
class Paste:
    """What was pasted; `problem` is a sentence if not all of it is here, else ""."""

    text: str
    problem: str = ""


class PasteBuffer:
    """The paste that has begun; what follows one that is late is dropped, down to its mark.

    `now` returns the seconds of a clock that is never set back.
    """

    __slots__ = (
        "_began",
        "_data",
        "_ended",
        "_exceeds",
        "_is_late",
        "_last",
        "_now",
        "_tail",
        "is_over",
        "steps",
    )

    def __init__(self, now: Callable[[], float]) -> None:
        self.is_over = False
        """Whether what follows is typed again."""
        self.steps = 0
        """How many bytes were looked at."""
        self._now = now
        self._began = self._last = now()
        self._data = bytearray()
        self._tail = b""
        """The last bytes, which may begin the mark of the end."""
        self._exceeds = self._is_late = False
        self._ended: Paste | None = None

    def feed(self, data: bytes) -> bytes:
        """Take `data`; return what follows the paste in it."""
        now = self._now()
        silence, self._last = now - self._last, now
        if self._is_late and silence >= PASTE_SILENCE:
            self.is_over = True
            return data
        if now - self._began > PASTE_TIME:
            self.time_out()
        data = self._tail + data
        self.steps += len(data)
        pasted, mark, rest = data.partition(END)
        kept = 0 if mark else overlap(pasted, END)
        self._tail = pasted[len(pasted) - kept :]
        self._add(pasted[: len(pasted) - kept])
        if mark:
            self.is_over = True
            self._end(TOO_LONG if self._exceeds else "")
        return rest

    def time_out(self) -> None:
        """End the paste here: what follows is dropped."""
        self._end(TOO_LATE)
        self._is_late, self._last = True, self._now()

    def take_ended(self) -> Paste | None:
        """Return the paste, once, if it has ended."""
        ended, self._ended = self._ended, None
        return ended

    def _add(self, data: bytes) -> None:
        if not self._is_late:
            room = MAX_PASTE - len(self._data)
            self._exceeds = self._exceeds or len(data) > room
            self._data += data[:room]

    def _end(self, problem: str) -> None:
        if not self._is_late:
            self._ended = Paste(self._data.decode(errors="replace"), problem)
            self._data = bytearray()


def overlap(data: bytes, mark: bytes) -> int:
    """Return how many bytes at the end of `data` may begin `mark`."""
    longest = min(len(data), len(mark) - 1)
    return next((n for n in range(longest, 0, -1) if data.endswith(mark[:n])), 0)
