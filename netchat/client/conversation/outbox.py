"""What we say and ask, until it is stored or answered: in order, and over any number of cuts.

A line has a nonce, which stays the same however often it is sent, so the server stores it once.
What has none (who is here? call me Ali) is sent once, and its answer comes in the order in which it
was asked. Going into another room waits until what was said in this one is stored, and what is
typed after it waits until we are there. The topic we know ourselves, once all else is answered.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from dataclasses import dataclass

from msgspec.structs import replace

from netchat.dialects.jsonl import events as wire
from netchat.model.requests import (
    CURRENT_ROOM,
    GetHistory,
    GetNames,
    GetRooms,
    GetTopic,
    Join,
    Leave,
    Rename,
    Request,
    Say,
    Search,
    SetTopic,
    Tell,
)

WINDOW = 64
"""How many lines may be on their way at once, unless the server says that it takes fewer."""
_ANSWERED_BY: dict[type[wire.Message], type[Request]] = {
    wire.History: GetHistory,
    wire.Found: Search,
    wire.Names: GetNames,
    wire.Rooms: GetRooms,
    wire.Renamed: Rename,
    wire.Topic: SetTopic,
    wire.Left: Leave,
}


@dataclass(slots=True)
class QueuedRequest:
    """A request; `typed` is what a person typed for it, or "" if it is our own.

    `tried` tells whether it was on its way to the server at least once.
    """

    number: int
    request: Request
    typed: str
    was_sent: bool = False

    @property
    def is_line(self) -> bool:
        """Whether it has a nonce, and is sent until it is stored."""
        return isinstance(self.request, Say | Tell)


class Outbox:
    """What waits to be sent, and what was sent and waits to be stored or answered."""

    def __init__(self) -> None:
        self.paused = False
        """Whether the server could not take a line, which is tried again before anything else."""
        self.window = WINDOW
        """How much may be on its way at once."""
        self._count = 0
        self._waiting: deque[QueuedRequest] = deque()
        self._lines: dict[str, QueuedRequest] = {}
        self._questions: deque[QueuedRequest] = deque()
        self._unstored = 0

    @property
    def unstored(self) -> int:
        """How many lines are not known to be stored."""
        return self._unstored

    @property
    def idle(self) -> bool:
        """Whether everything is sent, and every line is stored."""
        return not (self._waiting or self._lines or self._join_in_flight)

    def put(self, request: Request, typed: str) -> None:
        """Have `request` sent, for which somebody `typed` something, when its turn comes."""
        self._count += 1
        if isinstance(request, Say | Tell):
            self._unstored += 1
            request = replace(request, nonce=str(self._count))
        self._waiting.append(QueuedRequest(self._count, request, typed))

    def record_question(self, request: Request) -> None:
        """Learn that we have sent `request` of our own accord, before anything that waits."""
        self._count += 1
        self._questions.append(QueuedRequest(self._count, request, ""))

    def next(self, room: str) -> Request | None:
        """Return what is to be sent now, if we are in `room`."""
        if not self._waiting or self.paused or self._join_in_flight:
            return None
        sent = self._waiting[0]
        if isinstance(sent.request, Join) and self._lines:
            return None
        if isinstance(sent.request, GetTopic) and self._questions:
            return None
        in_flight = len(self._lines) + len(self._questions)
        # Questions are few, and an answer that is never known for one must not stop the lines.
        if sent.is_line and self._lines and in_flight >= self.window:
            return None
        self._waiting.popleft()
        sent.request = _in_room(sent.request, room)
        sent.was_sent = True
        if isinstance(sent.request, Say | Tell):
            self._lines[sent.request.nonce or ""] = sent
        elif not isinstance(sent.request, GetTopic):
            self._questions.append(sent)
        return sent.request

    def settle(self, nonce: str) -> QueuedRequest | None:
        """Forget the line with this `nonce`: it is stored, or refused; None if it is not ours."""
        sent = self._lines.pop(nonce, None)
        if sent is not None:
            self._unstored -= 1
        return sent

    def requeue(self, nonce: str) -> bool:
        """Keep the line with this `nonce`, to be sent again; return whether it is ours."""
        sent = self._lines.pop(nonce, None)
        if sent is None:
            return False
        insort(self._waiting, sent, key=_by_number)
        self.paused = True
        return True

    def pop_answered(self, kind: type[Request]) -> QueuedRequest | None:
        """Return what was asked first of this `kind`, which is answered now, if there is any."""
        for sent in self._questions:
            if isinstance(sent.request, kind):
                self._questions.remove(sent)
                return sent
        return None

    def pop_failed(self) -> QueuedRequest | None:
        """Return what was asked first of all, which is refused now, if there is any."""
        return self._questions.popleft() if self._questions else None

    def requeue_all(self) -> list[QueuedRequest]:
        """Have every line sent again; return what was asked, whose answers will never come."""
        self._waiting = deque(sorted((*self._lines.values(), *self._waiting), key=_by_number))
        self._lines.clear()
        self.paused = False
        questions, self._questions = list(self._questions), deque()
        return questions

    def may_contain(self, said: wire.Said) -> bool:
        """Return whether one of our lines that may be stored by now reads as `said` does."""
        was_sent = (sent for sent in (*self._lines.values(), *self._waiting) if sent.was_sent)
        return any(
            isinstance(line, Say)
            and (line.room, line.text, line.action) == (said.room, said.text, said.action)
            for line in (sent.request for sent in was_sent)
        )

    @property
    def _join_in_flight(self) -> bool:
        return any(isinstance(sent.request, Join) for sent in self._questions)


def answered_request(event: wire.Message, name: str) -> type[Request] | None:
    """Return the kind of request that `event` answers, if it is for `name`, which is ours."""
    match event:
        case wire.Renamed():
            ours = event.name == name
        case wire.Topic():
            ours = event.by == name
        case wire.Left():
            ours = name in event.names
        case _:
            ours = True
    return _ANSWERED_BY.get(type(event)) if ours else None


def _by_number(sent: QueuedRequest) -> int:
    return sent.number


def _in_room(request: Request, room: str) -> Request:
    """Return `request` with the room that it is meant for, once and for all."""
    return (
        replace(request, room=room) if getattr(request, "room", None) == CURRENT_ROOM else request
    )
