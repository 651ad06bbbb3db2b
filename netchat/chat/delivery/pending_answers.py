"""What a guest hears in its order, though something in the middle has to be looked up first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from netchat.chat.room import Participant


class PendingAnswer:
    """A stretch of a guest's view; `data` is None as long as it is being looked up."""

    __slots__ = ("behind", "data")

    def __init__(self, data: bytes | None = None) -> None:
        self.data = data
        self.behind = bytearray()
        """What waits for it."""


class PendingAnswers:
    """What each guest waits for, and what waits behind it; only who waits is in here."""

    def __init__(self) -> None:
        self._of: dict[Participant, deque[PendingAnswer]] = {}

    def __len__(self) -> int:
        return len(self._of)

    def __contains__(self, participant: Participant) -> bool:
        return participant in self._of

    def __iter__(self) -> Iterator[Participant]:
        return iter(self._of)

    def forget(self, participant: Participant) -> None:
        """Let `participant` wait for nothing."""
        self._of.pop(participant, None)

    def take(self, participant: Participant, answers: Iterable[PendingAnswer]) -> bytes:
        """Put `answers` behind what `participant` waits for; return what it can be told by now."""
        queue = self._of.pop(participant, None) or deque()
        ready = list[bytes | bytearray]()
        while queue and (data := queue[0].data) is not None:
            ready += data, queue.popleft().behind
        for pending in answers:
            if pending.data is None:
                queue.append(pending)
            elif queue:
                queue[-1].behind += pending.data
            else:
                ready.append(pending.data)
        if queue:
            self._of[participant] = queue
            _tell(participant, sum(len(pending.behind) for pending in queue))
        return b"".join(ready)


def _tell(participant: Participant, size: int) -> None:
    try:
        participant.listener.waits(size)
    except Exception:
        participant.listener.fail()
