"""How many rooms there may be, and how many of them one guest may be in.

Only rooms with somebody in them, or on his way in, are counted: those a guest can open by the
thousand. A room that nobody is in costs nothing, unless something was said there, which is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netchat.chat.room import RefusedError
from netchat.model.names import MAX_ROOM, BadNameError, check_room, equivalent

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.model.limits import ConversationLimits


def checked(rooms: Sequence[str]) -> tuple[str, ...]:
    """Return `rooms` as they can be joined, each once, or raise RefusedError."""
    try:
        return tuple(dict.fromkeys(map(check_room, rooms)))
    except BadNameError as error:
        raise RefusedError("bad-room", str(error)) from None


def check_room_quota(
    chat: Chat, limits: ConversationLimits, rooms: Sequence[str], already_in: int
) -> None:
    """Raise RefusedError if a guest who is `already_in` so many rooms may not go into `rooms`.

    The lobby is open to everybody at all times.
    """
    most = limits.max_rooms_per_guest
    if 0 < most < already_in + len(rooms):
        raise RefusedError("bad-room", f"You can be in {most} rooms at once; leave one of them.")
    new = [room for room in rooms if not _is_open(chat, room)]
    only_lobby = all(is_lobby(room, limits) for room in new)
    if not only_lobby and 0 < limits.max_rooms < chat.open_rooms + len(new):
        raise RefusedError(
            "bad-room", "There are as many rooms as there can be; join one that exists already."
        )


def is_lobby(room: str, limits: ConversationLimits) -> bool:
    """Return whether `room` is the lobby, in whatever way it is written."""
    return len(room) <= MAX_ROOM and equivalent(room, limits.lobby)


def _is_open(chat: Chat, name: str) -> bool:
    room = chat.rooms.find(name) if len(name) <= MAX_ROOM else None
    return room is not None and room.occupancy > 0
