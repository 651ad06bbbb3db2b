"""The limits on what one guest does: the number of rooms, and how often they change their name.

Only a room counts that a participant is in or is about to enter, because a guest could open such
rooms by the thousand. An empty room takes no memory, except for its topic and its lines in the
journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netchat.chat.refusal import RefusedError
from netchat.model.names import MAX_ROOM, BadNameError, check_room, equivalent

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.model.limits import ConversationLimits

RENAME_PERIOD = 60
"""Seconds in which a guest may change their name `--max-renames` times."""
TOO_MANY_RENAMES = "You have changed your name too often; try again in a minute."


def check_room_names(rooms: Sequence[str]) -> tuple[str, ...]:
    """Return the normalized names of `rooms` without duplicates; RefusedError if one is invalid."""
    try:
        return tuple(dict.fromkeys(map(check_room, rooms)))
    except BadNameError as error:
        raise RefusedError("bad-room", str(error)) from None


def check_room_quota(
    chat: Chat, limits: ConversationLimits, rooms: Sequence[str], already_in: int
) -> None:
    """Raise RefusedError if a guest in `already_in` rooms may not join `rooms` as well.

    The lobby does not count towards the limit of the server.
    """
    limit = limits.max_rooms_per_guest
    if 0 < limit < already_in + len(rooms):
        raise RefusedError(
            "bad-room", f"You can be in at most {limit} rooms at once; leave one of them first."
        )
    new = [room for room in rooms if not _is_open(chat, room)]
    only_lobby = all(is_lobby(room, limits) for room in new)
    if not only_lobby and 0 < limits.max_rooms < chat.occupied_rooms + len(new):
        raise RefusedError(
            "bad-room", "This server cannot open another room; join one that is open (/rooms)."
        )


def check_rename_quota(times: tuple[float, ...], now: float, limit: int) -> tuple[float, ...]:
    """Return when a guest has changed their name in the last RENAME_PERIOD, with `now`.

    `times` is what this has returned before. Raises RefusedError if it was more than `limit` times
    (0: no limit).
    """
    times = tuple(time for time in times if time > now - RENAME_PERIOD)
    if 0 < limit <= len(times):
        raise RefusedError("too-fast", TOO_MANY_RENAMES)
    return (*times, now)


def is_lobby(room: str, limits: ConversationLimits) -> bool:
    """Return whether `room` is equivalent to the name of the lobby."""
    return len(room) <= MAX_ROOM and equivalent(room, limits.lobby)


def _is_open(chat: Chat, name: str) -> bool:
    room = chat.rooms.find(name) if len(name) <= MAX_ROOM else None
    return room is not None and room.occupancy > 0
