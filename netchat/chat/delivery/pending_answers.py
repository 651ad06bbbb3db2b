"""Answers that are being looked up, and what their participants are sent behind them.

A participant's deliveries keep their order: what is published behind such an answer is buffered
until the answer is there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from netchat.chat.room import Participant


class PendingAnswer:
    """A part of what a participant is sent; `data` is None while it is being looked up."""

    __slots__ = ("behind", "data")

    def __init__(self, data: bytes | None = None) -> None:
        self.data = data
        self.behind = bytearray()
        """What is buffered behind it."""


class PendingAnswers:
    """The pending answers of each participant who has any, in order."""

    def __init__(self) -> None:
        self._of: dict[Participant, deque[PendingAnswer]] = {}

    def __len__(self) -> int:
        return len(self._of)

    def __contains__(self, who: Participant) -> bool:
        return who in self._of

    def __iter__(self) -> Iterator[Participant]:
        return iter(self._of)

    def forget(self, who: Participant) -> None:
        """Drop the pending answers of `who`, and what is buffered behind them."""
        self._of.pop(who, None)

    def take(self, who: Participant, parts: Iterable[PendingAnswer]) -> bytes:
        """Append `parts` to the pending answers of `who`; return what can be sent now."""
        queue = self._of.pop(who, None) or deque()
        ready = list[bytes | bytearray]()
        while queue and (data := queue[0].data) is not None:
            ready += data, queue.popleft().behind
        for part in parts:
            if part.data is None:
                queue.append(part)
            elif queue:
                queue[-1].behind += part.data
            else:
                ready.append(part.data)
        if queue:
            self._of[who] = queue
            _report_buffered(who, sum(len(part.behind) for part in queue))
        return b"".join(ready)


def _report_buffered(who: Participant, size: int) -> None:
    try:
        who.listener.waits(size)
    except Exception:
        who.listener.fail()
