"""Questions of a participant about a room: they are answered to its members alone.

A participant may have asked while they were one, and be none when the answer is due: the room has
become private meanwhile, or they were removed. Then they are told nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from netchat.chat.actions import require_membership
from netchat.chat.chat import Chat
from netchat.chat.room import Answer, LookUp, Participant, Room
from netchat.journal.interface import Found, Page, UnreadableError
from netchat.model.events import Event, Refused

NOT_IN_ROOM = "You are not in a room of that name; join it first."


class NotInRoomError(UnreadableError):
    """Lines are not to be read by somebody who is not in their room."""

    code = "not-in-room"

    def __init__(self) -> None:
        super().__init__(NOT_IN_ROOM)


def ask(
    chat: Chat,
    who: Participant,
    room: Room,
    answer: Callable[[], Event | None],
    otherwise: Refused | None = None,
) -> None:
    """Deliver `answer()` to `who` when its turn comes; or, if they are not in `room`, `otherwise`.

    None: nothing.
    """
    chat.ask(who, lambda: answer() if who in room.members else otherwise)


def recall(
    chat: Chat, who: Participant, room: Room, look_up: LookUp[Page], answer: Answer[Page]
) -> None:
    """Deliver `answer(page)` to `who`, where `page` is what `look_up` finds in `room`.

    `look_up` is called when its turn in the order comes; meanwhile the input of `who` is paused. If
    they are not in `room` by then, or when the page has come, `page` is a NotInRoomError.
    """
    require_membership(who, room)

    def look_up_as_member(found: Found[Page]) -> None:
        if who in room.members:
            look_up(found)
        else:
            found(NotInRoomError())

    def answer_member(page: Page | UnreadableError) -> Iterable[Event]:
        return answer(page if who in room.members else NotInRoomError())

    chat.recall(who, look_up_as_member, answer_member)
