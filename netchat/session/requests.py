"""Execute the requests of a logged-in client.

A client of the text dialect is in one room at a time, reads the newest lines of a room when it
enters one, and need not name the room in a request. A client that speaks JSON lines is in any
number of rooms, and reads only the earlier lines that it asks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netchat.chat import actions
from netchat.chat.chat import Chat
from netchat.chat.delivery.backfill import Start
from netchat.chat.enforcement import mute_refusal
from netchat.chat.questions import NOT_IN_ROOM, ask
from netchat.chat.refusal import RefusedError, require
from netchat.chat.room import Participant, Room
from netchat.chat.telling import tell
from netchat.journal.interface import Span
from netchat.model.events import Event, Gap, Refused
from netchat.model.everybody import mentions_everybody
from netchat.model.limits import ConversationLimits, Limits
from netchat.model.names import MAX_ROOM
from netchat.model.requests import (
    CURRENT_ROOM,
    MAX_TOPIC,
    GetHistory,
    GetNames,
    GetRooms,
    Join,
    Leave,
    MoreHistory,
    MoreMatches,
    Rename,
    Request,
    Say,
    SayLines,
    Search,
    SetTopic,
    Tell,
)
from netchat.model.state_requests import GetBans, GetSeen, GetWho
from netchat.session import private
from netchat.session.history import EarlierLines, last_known_id
from netchat.session.moderation import ModerationRequests
from netchat.session.queries import QUERIES, answer_query
from netchat.session.quotas import check_room_quota, is_lobby
from netchat.session.welcome import welcome

LINE_TOO_LONG = Refused(
    "line-too-long", "That line is too long, so nobody saw it; send shorter ones."
)
IN_NO_ROOM = "You are in no room at present; enter one with /join ROOM."
IN_LOBBY = "You are in {}; leave it for another room with /join ROOM, or for good with /quit."
TOPIC_TOO_LONG = f"A topic has at most {MAX_TOPIC} bytes; choose a shorter one."
EXPENSIVE_REQUESTS = (
    GetBans, GetHistory, GetNames, GetRooms, GetSeen, GetWho, MoreHistory, MoreMatches, Search
)  # fmt: skip
"""Requests whose work grows with the number of guests, of rooms or of lines."""


class RequestExecutor:
    """Executes the requests of `participant`; `single`: it is in one room at a time."""

    __slots__ = (
        "_chat",
        "_earlier",
        "_has_other_journal",
        "_last_on_entry",
        "_limits",
        "_participant",
        "_room",
        "_single",
        "shows_newest",
    )

    def __init__(
        self, chat: Chat, participant: Participant, limits: Limits, *, single: bool
    ) -> None:
        self._chat = chat
        self._participant = participant
        self._limits = limits
        self._single = single
        self.shows_newest = single
        """Whether a room is entered with its newest lines."""
        self._has_other_journal = False
        """Whether the client has said hello with ids of another journal."""
        self._earlier: EarlierLines | None = None
        """None until the participant asks for earlier lines: there may be many who never do."""
        self._last_on_entry = 0
        """The last id of the lines that were shown on entering the room; 0: none were."""
        self._room: Room | None = None
        """The room that a participant who is in one at a time has joined last."""

    def apply_limits(self, limits: Limits) -> None:
        """Use `limits` from now on."""
        self._limits = limits

    def join_initial_rooms(
        self, rooms: Sequence[str], after: Mapping[str, int], journal: str | None = None
    ) -> None:
        """Send the welcome and join `rooms`; `after` maps rooms to the last id the client has.

        `journal` identifies the journal that these ids belong to (None: this one).
        """
        self._has_other_journal = self._is_other(journal)
        name = self._participant.name
        self._chat.ask(
            self._participant, lambda: welcome(self._chat, self._participant, name, self._limits)
        )
        for room in rooms:
            if self._chat.rooms.find(room) not in self._participant.requested_rooms:
                try:
                    id = last_known_id(room, after)
                    self._join(room, id, other=self._has_other_journal, nonce="")
                except RefusedError as error:
                    self.answer(Refused(error.code, error.message))

    def execute(self, request: Request) -> None:
        """Execute `request`; RefusedError if the rules of the chat do not allow it."""
        participant = self._participant
        self._check_length(getattr(request, "text", None) or "")
        match request:
            case Say():
                room, text, nonce = self._find(request.room), request.text, request.nonce or ""
                action, notice = bool(request.action), bool(request.notice)
                actions.say(
                    self._chat, participant, room, text, action=action, notice=notice, nonce=nonce
                )
            case Tell():
                to, text, notice = request.to, request.text, bool(request.notice)
                tell(self._chat, participant, to, text, notice=notice, nonce=request.nonce or "")
            case Join():
                self._move(request)
            case Leave():
                self._leave(request)
            case Rename():
                actions.rename(self._chat, participant, request.name, nonce=request.nonce or "")
            case SetTopic():
                self._set_topic(request)
            case _ if private.is_private(request):
                limit = self._default_limit
                private.execute(self._chat, participant, request, self._find, limit)
            case GetHistory() | Search() | MoreHistory() | MoreMatches():
                self._send_earlier(request)
            case _ if isinstance(request, QUERIES):
                answer_query(self._chat, participant, request, self._find)
            case _:
                here = self._room if self._single else None
                ModerationRequests(self._chat, participant, self._limits, here).execute(request)

    def say_lines(self, request: SayLines) -> bool:
        """Say several lines together; return False, and say none, if one of them is refused."""
        texts, nonces = request.texts, request.nonces
        if 0 < self._limits.connection.max_line < max(map(len, texts)):
            return False
        if len(texts) > 1 and any(map(mentions_everybody, texts)):
            return False
        try:
            room = self._find(request.room)
            if len(texts) == 1:
                nonce = nonces[0] if nonces else ""
                actions.say(self._chat, self._participant, room, texts[0], nonce=nonce)
            else:
                actions.say_lines(self._chat, self._participant, room, texts, nonces)
        except RefusedError:
            return False
        return True

    def answer(self, event: Event) -> None:
        """Send `event` after the answers to all earlier requests."""
        self._chat.ask(self._participant, lambda: event)

    def _join(self, name: str, after: int | None, *, other: bool, nonce: str) -> None:
        """Join the room called `name`; `other`: the id `after` belongs to another journal."""
        known = self._chat.rooms.find(name) if len(name) <= MAX_ROOM else None
        if known not in self._participant.requested_rooms:
            check_room_quota(self._chat, self._limits.conversation, (name,), self._rooms_kept)
        is_new = known is None or known.is_forgettable
        # The first guest in a room decides how its name is written; for the lobby, the operator.
        new_lobby = known is None and is_lobby(name, self._limits.conversation)
        name = self._limits.conversation.lobby if new_lobby else name
        founds = is_new and not is_lobby(name, self._limits.conversation)
        if founds:
            # Everybody reads the names of rooms.
            require(mute_refusal(self._chat.state, self._chat.time(), self._participant))
        start = None if other else self._start(after)
        room = self._room = actions.join(
            self._chat, self._participant, name, start, nonce=nonce, founds=founds
        )
        private.send_mark_of(self._chat, self._participant, room)
        self._last_on_entry, self._earlier = 0, None
        if start is not None and start.newest and self._chat.presence.may_have_past(room):
            self._chat.ask(self._participant, lambda: self._note_entry(room))
        if other and after is not None:
            # The lines of this journal with ids above `after` are not those that are asked for.
            ask(self._chat, self._participant, room, lambda: Gap(room.name, 1, room.last))

    def _note_entry(self, room: Room) -> None:
        self._last_on_entry = room.last

    def _is_other(self, journal: str | None) -> bool:
        return journal is not None and journal != self._chat.journal.id

    def _start(self, after: int | None) -> Start | None:
        """Return where the earlier lines of a room that is joined start; None: none are sent."""
        if after is not None:
            return Start(after=after)
        newest = self._limits.conversation.history if self.shows_newest else 0
        return Start(newest=newest) if newest else None

    @property
    def _rooms_kept(self) -> int:
        """The number of rooms that the participant stays in when it joins another."""
        moves = self._single and self._room in self._participant.requested_rooms
        return len(self._participant.requested_rooms) - moves

    def _move(self, request: Join) -> None:
        before = self._room if self._room in self._participant.requested_rooms else None
        named = request.journal is not None
        other = self._is_other(request.journal) if named else self._has_other_journal
        self._join(request.room, request.after, other=other, nonce=request.nonce or "")
        if self._single and before is not None:
            actions.leave(self._chat, self._participant, before)

    def _leave(self, request: Leave) -> None:
        """Leave a room; who is in one room at a time goes to the lobby instead."""
        room, lobby = self._find(request.room), self._limits.conversation.lobby
        if not self._single:
            actions.leave(self._chat, self._participant, room, nonce=request.nonce or "")
        elif is_lobby(room.name, self._limits.conversation):
            raise RefusedError("bad-room", IN_LOBBY.format(room.name))
        else:
            self._move(Join(lobby))

    def _send_earlier(self, request: Request) -> None:
        room = self._find(getattr(request, "room", CURRENT_ROOM))
        if self._earlier is None:
            self._earlier = EarlierLines(self._chat, self._participant, single=self._single)
        newest, last = self._limits.conversation.history, self._last_on_entry
        shown = Span(0, last, newest, newest=True) if last else None
        self._earlier.send(request, room, self._default_limit, shown)

    def _set_topic(self, request: SetTopic) -> None:
        if len(request.text.encode()) > MAX_TOPIC:
            raise RefusedError("line-too-long", TOPIC_TOO_LONG)
        room = self._find(request.room)
        actions.set_topic(
            self._chat, self._participant, room, request.text, nonce=request.nonce or ""
        )

    @property
    def _default_limit(self) -> int:
        """The number of lines that a request for earlier lines gets if it has no limit."""
        return self._limits.conversation.history or ConversationLimits().history

    def _find(self, name: str) -> Room:
        """Return the joined room called `name` (CURRENT_ROOM: the only one), or RefusedError."""
        if self._single and name == CURRENT_ROOM:
            if self._room not in self._participant.requested_rooms:
                raise RefusedError("not-in-room", IN_NO_ROOM)
            return self._room
        room = self._chat.rooms.find(name) if len(name) <= MAX_ROOM else None
        if room is None or room not in self._participant.requested_rooms:
            raise RefusedError("not-in-room", NOT_IN_ROOM)
        return room

    def _check_length(self, text: str) -> None:
        limit = self._limits.connection.max_line
        if 0 < limit < len(text) or 0 < limit < len(text.encode()):
            raise RefusedError(LINE_TOO_LONG.code, LINE_TOO_LONG.message)
