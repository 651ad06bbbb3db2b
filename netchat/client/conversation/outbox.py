"""The requests to send, until each is stored or answered: in order, and across reconnects.

A line has a nonce, which is the same each time it is sent, so the server stores it once. Any other
request, such as `/names` or `/ban`, is sent once; answers come in the order of the requests. A join
waits until the lines said in the current room are stored, and what is typed after it waits until
the client is in the new room. The client itself answers `/topic`, once every earlier request is
answered; then it also knows where `/history more` and `/search more` go on.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

from msgspec.structs import replace

from netchat.client.conversation.pages import TALK, EarlierPages
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl import state_events as state
from netchat.dialects.jsonl.message import Message
from netchat.model.requests import (
    CURRENT_ROOM,
    GetHistory,
    GetNames,
    GetRooms,
    GetTopic,
    Join,
    Leave,
    MoreHistory,
    MoreMatches,
    Rename,
    Request,
    Say,
    Search,
    SetTopic,
    Tell,
)
from netchat.model.state_requests import (
    AwayRequest,
    GetAccount,
    GetBans,
    GetSeen,
    GetWho,
    GetWhois,
    IgnoreRequest,
    Reply,
    RoomRequest,
    StateRequest,
)

WINDOW = 64
"""How many requests may be in flight at once, unless the server's burst is smaller."""
PAGE_UP = "PageUp"
"""What is `typed` of a request for which the user has pressed this key."""
_ANSWERED_BY: dict[type[Message], type[Request]] = {
    wire.History: GetHistory,
    wire.Found: Search,
    wire.Names: GetNames,
    wire.Rooms: GetRooms,
    wire.Renamed: Rename,
    wire.Topic: SetTopic,
    wire.Left: Leave,
    state.Account: GetAccount,
    state.Away: AwayRequest,
    state.Bans: GetBans,
    state.Ignored: IgnoreRequest,
    state.Room: RoomRequest,
    state.Who: GetWho,
    state.Whois: GetWhois,
    state.Seen: GetSeen,
}
LINES = (Say, Tell, Reply)
"""What is said to others: it is repeated until it is stored."""
_WITH_NONCE = (*LINES, *get_args(StateRequest))
"""What is answered, or refused, with its own nonce."""


@dataclass(slots=True)
class QueuedRequest:
    """A request; `typed` is the line that the user typed for it, "" if the client made it.

    `place` is the room, or @ and the participant, that it is about; "" is the room where the user
    is when it is sent. `was_sent` tells whether it was sent at least once.
    """

    number: int
    request: Request
    typed: str
    place: str = ""
    was_sent: bool = False

    @property
    def is_line(self) -> bool:
        """Whether it has a nonce, and is repeated until it is stored."""
        return isinstance(self.request, LINES)


class Outbox:
    """The requests to send, and those sent that are not yet stored or answered."""

    def __init__(self) -> None:
        self.paused = False
        """Whether the server could not take a line, which must be sent first of all."""
        self.window = WINDOW
        """How many requests may be in flight at once."""
        self.pages = EarlierPages()
        self._count = 0
        self._waiting: list[QueuedRequest] = []
        self._lines: dict[str, QueuedRequest] = {}
        self._questions: list[QueuedRequest] = []
        self._unstored = 0

    @property
    def unstored(self) -> int:
        """How many lines are not known to be stored."""
        return self._unstored

    @property
    def idle(self) -> bool:
        """Whether every request is sent and every line is stored."""
        return not (self._waiting or self._lines or self._join_in_flight)

    @property
    def awaits_change(self) -> bool:
        """Whether a change was asked for that has not happened yet, nor been refused."""
        return any(sent.request.nonce is not None for sent in self._questions)

    def put(self, request: Request, typed: str, place: str = "") -> None:
        """Queue `request`, for which the user `typed` a line; `place` as in QueuedRequest."""
        self._count += 1
        if isinstance(request, LINES):
            self._unstored += 1
        if isinstance(request, _WITH_NONCE):
            request = replace(request, nonce=str(self._count))
        self._waiting.append(QueuedRequest(self._count, request, typed, place))

    def record_question(self, request: Request) -> None:
        """Record that the client itself has sent `request`, ahead of the queue."""
        self._count += 1
        self._questions.append(QueuedRequest(self._count, request, ""))

    def rename_place(self, place: str, name: str) -> None:
        """Record that the room `place` is called `name`, as the server spells it."""
        for sent in self._waiting:
            if sent.place == place:
                sent.place = name

    def next(self, room: str, may_send: Callable[[str], bool]) -> QueuedRequest | None:
        """Return the request to send now if the client is in `room`, None if there is none.

        `may_send` tells whether the user is in the room, or talk, that one is about. A GetTopic,
        and a MoreMatches before the first search, are for the client itself.
        """
        if not self._waiting or self.paused or self._join_in_flight:
            return None
        sent = self._waiting[0]
        if sent.place and not may_send(sent.place):
            return None
        if isinstance(sent.request, Join) and self._lines:
            return None
        if isinstance(sent.request, GetTopic | MoreHistory | MoreMatches) and self._questions:
            return None
        in_flight = len(self._lines) + len(self._questions)
        # A line waits only behind other lines: a question whose answer is lost must not block it.
        if sent.is_line and self._lines and in_flight >= self.window:
            return None
        del self._waiting[0]
        place = sent.place or room
        request = sent.request if place.startswith(TALK) else _in_room(sent.request, place)
        sent.place, sent.request = place, self.pages.resolve(request, place)
        sent.was_sent = True
        if isinstance(sent.request, LINES):
            self._lines[sent.request.nonce or ""] = sent
        elif not isinstance(sent.request, GetTopic | MoreMatches):
            self._questions.append(sent)
        return sent

    def settle(self, nonce: str) -> QueuedRequest | None:
        """Remove the request with this `nonce`, which is done or refused; None if it is unknown."""
        sent = self._lines.pop(nonce, None)
        if sent is not None:
            self._unstored -= 1
            return sent
        sent = next((sent for sent in self._questions if sent.request.nonce == nonce), None)
        if sent is not None:
            self._questions.remove(sent)
        return sent

    def requeue(self, nonce: str) -> bool:
        """Queue the line with this `nonce` again, and pause; return whether the line is known."""
        sent = self._lines.pop(nonce, None)
        if sent is None:
            return False
        insort(self._waiting, sent, key=_by_number)
        self.paused = True
        return True

    def pop_answered(self, kind: type[Request], room: str = "") -> QueuedRequest | None:
        """Remove and return the oldest unanswered request of this `kind`, None if there is none.

        With `room`, only a request about this room is taken.
        """
        for sent in self._questions:
            if isinstance(sent.request, kind) and room in ("", getattr(sent.request, "room", "")):
                self._questions.remove(sent)
                return sent
        return None

    def pop_failed(self) -> QueuedRequest | None:
        """Remove and return the oldest unanswered request, which is refused, if there is one."""
        return self._questions.pop(0) if self._questions else None

    def requeue_all(self, kinds: tuple[type[Request], ...] = ()) -> list[QueuedRequest]:
        """Queue every line again, and what was typed of these `kinds`.

        Return the other questions, whose answers will never come.
        """
        again = [x for x in self._questions if x.typed and isinstance(x.request, kinds)]
        lost = [x for x in self._questions if x not in again]
        waiting = (*self._lines.values(), *again, *self._waiting)
        self._waiting = sorted(waiting, key=_by_number)
        self._lines.clear()
        self._questions.clear()
        self.paused = False
        return lost

    def may_contain(self, said: wire.Said) -> bool:
        """Return whether `said` reads like a line of the user's that may be stored by now."""
        tried = (sent for sent in (*self._lines.values(), *self._waiting) if sent.was_sent)
        return any(
            isinstance(line, Say)
            and (line.room, line.text, line.action) == (said.room, said.text, said.action)
            for line in (sent.request for sent in tried)
        )

    @property
    def _join_in_flight(self) -> bool:
        return any(isinstance(sent.request, Join) and sent.typed for sent in self._questions)


def answered_request(event: Message, name: str) -> type[Request] | None:
    """Return the kind of request that `event` answers, if it concerns `name`, the user's name."""
    match event:
        case wire.Renamed():
            own = event.name == name
        case wire.Topic():
            own = event.by == name
        case wire.Left():
            own = name in event.names
        case state.Away():
            own = event.name == name
        case state.Room():
            own = not event.by
        case _:
            own = True
    return _ANSWERED_BY.get(type(event)) if own else None


def _by_number(sent: QueuedRequest) -> int:
    return sent.number


def _in_room(request: Request, room: str) -> Request:
    """Return `request` with CURRENT_ROOM replaced by `room`."""
    return (
        replace(request, room=room) if getattr(request, "room", None) == CURRENT_ROOM else request
    )
