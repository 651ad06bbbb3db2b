"""What a guest with a name asks for, and what comes of it.

In the text dialect he is in one room at a time, sees what was said there before, and need not name
it; a program is in as many rooms as it likes, and is told the past that it asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from netchat.chat.chat import Chat
from netchat.chat.room import Answer, Participant, RefusedError, Room
from netchat.journal.interface import Page, Reply, Span, UnreadableError
from netchat.model.events import (
    Entered,
    Event,
    Found,
    Help,
    Names,
    Past,
    Pong,
    Refused,
    Topic,
    Welcome,
)
from netchat.model.limits import ConversationLimits, Limits
from netchat.model.names import MAX_ROOM, equivalent
from netchat.model.requests import (
    CURRENT_ROOM,
    MAX_HISTORY,
    MAX_TOPIC,
    GetHelp,
    GetHistory,
    GetNames,
    GetRooms,
    GetTopic,
    Hello,
    Join,
    Leave,
    Ping,
    Rename,
    Request,
    Say,
    SayLines,
    Search,
    SetTopic,
    Tell,
)
from netchat.session.quotas import check_room_quota, is_lobby

TOO_LONG = "That line is too long, so nobody saw it; send shorter ones."
TOPIC_TOO_LONG = f"A topic has at most {MAX_TOPIC} bytes; choose a shorter one."
EXPENSIVE = (GetHistory, GetNames, GetRooms, Search)
"""Requests that can make a great deal of work."""


class RequestExecutor:
    """The guest on `participant`; `single` tells whether he is in one room at a time."""

    __slots__ = ("_after", "_chat", "_first", "_limits", "_participant", "_room", "_single")

    def __init__(
        self,
        chat: Chat,
        participant: Participant,
        limits: Limits,
        *,
        single: bool,
    ) -> None:
        self._chat = chat
        self._participant = participant
        self._limits = limits
        self._single = single
        self._room: Room | None = None
        """The room of a guest who is in one at a time."""
        self._after: tuple[int | None, ...] = ()
        """The last ids that he knows of the rooms that he is on his way into, one after another."""
        self._first = True

    def apply_limits(self, limits: Limits) -> None:
        """Apply other `limits` from now on."""
        self._limits = limits

    def join_initial_rooms(self, rooms: Sequence[str], after: Mapping[str, int]) -> None:
        """Be welcomed, and go into `rooms`; `after` has the last ids known of some of them."""
        name, motd = self._participant.name, self._limits.conversation.motd
        limits = self._limits.connection
        self._participant.ask(lambda: Welcome(name, motd, limits.max_line, limits.announced_burst))
        for room in rooms:
            if self._chat.rooms.find(room) not in self._participant.requested_rooms:
                self._join(room, _known_of(room, after))

    def execute(self, request: Request) -> None:
        """Do what is asked for, or raise RefusedError."""
        participant = self._participant
        match request:
            case Say():
                self._check_length(request.text)
                room, action = self._find(request.room), bool(request.action)
                participant.say(room, request.text, action=action, nonce=request.nonce or "")
            case Tell():
                self._check_length(request.text)
                participant.tell(request.to, request.text, nonce=request.nonce or "")
            case Join():
                self._move(request)
            case Leave():
                participant.leave(self._find(request.room))
            case Rename():
                participant.rename(request.name)
            case SetTopic():
                self._set_topic(request)
            case GetHistory():
                self._recall(request)
            case Search():
                self._search(request)
            case Hello():
                raise RefusedError("bad-request", "You have said hello already.")
            case _:
                self._inform(request)

    def say_lines(self, request: SayLines) -> bool:
        """Say some lines together; return False, and say none, if not all of them can be said."""
        texts, nonces = request.texts, request.nonces
        try:
            room = self._find(request.room)
        except RefusedError:
            return False
        if 0 < self._limits.connection.max_line < max(map(len, texts)):
            return False
        if len(texts) == 1:
            self._participant.say(room, texts[0], nonce=nonces[0] if nonces else "")
        else:
            self._participant.say_lines(room, texts, nonces)
        return True

    def entered(self, room: Room, last: int) -> None:
        """Show the guest the room that he is in now, and what was said there before."""
        participant, first, self._first = self._participant, self._first, False
        self._chat.answer(participant, Entered(room.name, room.topic, room.names, last, first))
        after, *rest = self._after
        self._after = tuple(rest)
        if after is not None:
            self._chat.backfill(participant, room, after)
        elif self._single and self._limits.conversation.history:
            span = Span(0, last, self._limits.conversation.history, newest=True)
            past = _unless_unreadable(lambda page: Past(room.name, page.lines, asked=False))
            self._chat.recall(participant, partial(self._look_up, room, lambda: span), past)

    def answer(self, event: Event) -> None:
        """Let the guest hear `event` when its turn comes."""
        self._participant.ask(lambda: event)

    def _join(self, name: str, after: int | None) -> None:
        known = self._chat.rooms.find(name) if len(name) <= MAX_ROOM else None
        if known not in self._participant.requested_rooms:
            check_room_quota(self._chat, self._limits.conversation, (name,), self._rooms_kept)
        # A room is written as by whoever comes into it first; but the lobby, as by its operator.
        new_lobby = known is None and is_lobby(name, self._limits.conversation)
        before, self._after = self._after, (*self._after, after)
        try:
            self._room = self._participant.join(
                self._limits.conversation.lobby if new_lobby else name
            )
        except RefusedError:
            self._after = before
            raise

    @property
    def _rooms_kept(self) -> int:
        """How many of his rooms he stays in when he joins another."""
        moves = self._single and self._room is not None
        return len(self._participant.requested_rooms) - moves

    def _move(self, request: Join) -> None:
        before = self._room
        self._join(request.room, request.after)
        if self._single and before is not None:
            self._participant.leave(before)

    def _inform(self, request: Request) -> None:
        participant = self._participant
        match request:
            case GetTopic():
                here = self._find(CURRENT_ROOM)
                participant.ask(lambda: Topic(here.name, here.topic))
            case GetNames():
                room = self._find(request.room)
                participant.ask(lambda: Names(room.name, room.names))
            case GetRooms():
                participant.ask(self._chat.list_rooms)
            case Ping():
                nonce = request.nonce or ""
                participant.ask(lambda: Pong(nonce, self._chat.journal.trouble))
            case GetHelp():
                participant.ask(Help)

    def _set_topic(self, request: SetTopic) -> None:
        self._check_length(request.text)
        if len(request.text.encode()) > MAX_TOPIC:
            raise RefusedError("line-too-long", TOPIC_TOO_LONG)
        room = self._find(request.room)
        self._participant.set_topic(room, request.text, nonce=request.nonce or "")

    def _recall(self, request: GetHistory) -> None:
        room = self._find(request.room)

        def answer(page: Page) -> Event:
            return Past(room.name, page.lines, asked=True, more=page.more)

        span = self._span(room, request.after, request.before, request.limit)
        past = _unless_unreadable(answer, request.refuse)
        self._participant.recall(room, partial(self._look_up, room, span), past)

    def _look_up(self, room: Room, span: Callable[[], Span], found: Reply) -> None:
        now = span()
        self._chat.lookups.read(self._participant, room, lambda: now, found)

    def _search(self, request: Search) -> None:
        room, words = self._find(request.room), request.words

        def answer(page: Page) -> Event:
            return Found(room.name, words, page.lines, more=page.more)

        def look_up(found: Reply) -> None:
            self._chat.lookups.search(self._participant, room, words, span(), found)

        span = self._span(room, None, request.before, request.limit)
        self._participant.recall(room, look_up, _unless_unreadable(answer, request.refuse))

    def _span(
        self, room: Room, after: int | None, before: int | None, limit: int | None
    ) -> Callable[[], Span]:
        """Return what gives, in its turn, the first lines after an id, or the last before one."""
        most = limit or self._limits.conversation.history or ConversationLimits().history

        def span() -> Span:
            up_to = room.last if before is None else min(before - 1, room.last)
            return Span(after or 0, up_to, min(most, MAX_HISTORY), newest=after is None)

        return span

    def _find(self, name: str) -> Room:
        """Return the room that is called `name`, or that is meant if it is CURRENT_ROOM."""
        if self._single and name == CURRENT_ROOM and self._room is not None:
            return self._room
        room = self._chat.rooms.find(name) if len(name) <= MAX_ROOM else None
        if room is None or room not in self._participant.requested_rooms:
            raise RefusedError("not-in-room", "You are not in a room of that name; join it first.")
        return room

    def _check_length(self, text: str) -> None:
        limit = self._limits.connection.max_line
        if 0 < limit < len(text) or 0 < limit < len(text.encode()):
            raise RefusedError("line-too-long", TOO_LONG)


def _known_of(room: str, after: Mapping[str, int]) -> int | None:
    """Return the last id that `after` has of `room`, under whatever name that is the same."""
    return next(
        (after[name] for name in after if len(name) <= MAX_ROOM and equivalent(name, room)), None
    )


def _unless_unreadable(
    answer: Callable[[Page], Event], refuse: Callable[[str, str], Refused] = Refused
) -> Answer:
    def answers(page: Page | UnreadableError) -> Iterator[Event]:
        yield refuse("storage", str(page)) if isinstance(page, UnreadableError) else answer(page)

    return answers
