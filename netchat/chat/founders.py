"""Guests who have made a room: they are its moderators while they are in it.

That is no role, and nothing of it is stored: their changes say by what right they are asked for.
What such a guest has set ends when the room is empty, so that guests cannot fill the journal. On a
site of several servers only those who own their name become moderators of what they make.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from netchat.state.changes import Lift, SetRoom, What
from netchat.state.rights import Rank, is_moderator, rank_of

if TYPE_CHECKING:
    from netchat.chat.room import Participant, Room
    from netchat.model.registry import NameRegistry
    from netchat.state.state import ChatState


def has_founded(who: Participant, room: str) -> bool:
    """Return whether `who` is a guest who has made `room`, and is still there."""
    return any(one.founding_guest is who and one.name == room for one in who.confirmed_rooms)


def keeps_order(state: ChatState, who: Participant, room: str) -> bool:
    """Return whether `who` is a moderator of `room`, an operator, or the guest who has made it."""
    return is_moderator(state, who.account, room) or has_founded(who, room)


def rank_in(state: ChatState, who: Participant, room: str) -> Rank:
    """Return the rank of `who` in `room`, or ("") on the server."""
    rank = rank_of(state, who.account, room)
    return max(rank, Rank.MODERATOR) if room and has_founded(who, room) else rank


def founded_by(rooms: NameRegistry[Room], who: Participant, what: What) -> str:
    """Return the room that `what` is about if `who` is the guest who has made it, or ""."""
    name = getattr(what, "room", "")
    room = rooms.find(name) if name else None
    return room.name if room is not None and room.founding_guest is who else ""


def endings(state: ChatState, room: Room) -> Iterator[What]:
    """Yield the changes that end what is set for `room`, which a guest has made and all have left.

    Unless somebody has a role there.
    """
    if not room.is_of_guest or state.members(room.name):
        return
    _, restrictions = state.restrictions.of_room(state.spelling(room.name))
    for some in list(restrictions):
        yield Lift(some.what, some.target_kind, some.shown, room.name)
    if state.settings(room.name) is not None:
        yield SetRoom(room.name, False, False, False, 0, False)
