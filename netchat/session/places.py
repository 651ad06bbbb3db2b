"""Which room, or the server, a request of a moderator is about."""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat.chat import Chat
from netchat.chat.founders import keeps_order
from netchat.chat.questions import NOT_IN_ROOM
from netchat.chat.refusal import RefusedError
from netchat.chat.room import Participant, Room
from netchat.model.events import Event
from netchat.model.names import MAX_ROOM, BadNameError, check_room
from netchat.model.requests import Request
from netchat.state.rights import Rank, rank_of

SERVER = "*"
"""What a client calls the server in the place of a room."""
WHICH_ROOM = "Say which room, or be in one room only."
WHICH_PLACE = 'Say which room, or "*" for the server.'


class Places:
    """Finds the rooms that `participant` means; `here` is the only one they can be in, if any."""

    def __init__(self, chat: Chat, participant: Participant, here: Room | None) -> None:
        self.here = here
        self._chat = chat
        self._participant = participant

    @property
    def is_operator(self) -> bool:
        """Whether the participant is an operator."""
        return rank_of(self._chat.state, self._participant.account) >= Rank.OPERATOR

    def place(self, name: str | None) -> str:
        """Return the room that is meant, or "" for the server: an operator's, if none is named."""
        if name == SERVER:
            return ""
        if name:
            return self.room(name)
        if self.is_operator:
            return ""
        if self.here is None:
            raise RefusedError("bad-request", WHICH_PLACE)
        return self.room(None)

    def room(self, name: str | None) -> str:
        """Return the name of the room that is meant: by `name`, or else the one they are in."""
        rooms = self._participant.requested_rooms
        if not name:
            if len(rooms) != 1:
                raise RefusedError("bad-request" if rooms else "not-in-room", WHICH_ROOM)
            return rooms[0].name
        room = self._chat.rooms.find(name) if len(name) <= MAX_ROOM else None
        if room is not None:
            if room in rooms or self._is_moderator(room.name):
                return room.name
        elif self.is_operator and name != SERVER:
            try:
                return check_room(name)
            except BadNameError as error:
                raise RefusedError("bad-room", str(error)) from None
        raise RefusedError("not-in-room", NOT_IN_ROOM)

    def ask(self, request: Request, name: str, answer: Callable[[], Event]) -> None:
        """Answer `request` about the room called `name` when its turn comes, if they may still ask.

        That is who is in the room then, or moderates it.
        """

        def answer_allowed() -> Event:
            room = self._chat.rooms.find(name)
            is_there = room is not None and self._participant in room.members
            if is_there or self._is_moderator(name):
                return answer()
            return request.refuse("not-in-room", NOT_IN_ROOM)

        self._chat.ask(self._participant, answer_allowed)

    def _is_moderator(self, room: str) -> bool:
        return keeps_order(self._chat.state, self._participant, room)
