"""Guests who have made a room: they are its moderators while they are in it, and nobody after them.

That is no role: their changes say by what right they are asked for, and what such a guest has set
ends when the room is empty, so that guests cannot fill the journal. What an owner gets for the same
is a role (`netchat.state.changes.FoundRoom`).
"""

from __future__ import annotations

from collections.abc import Iterator

from netchat.chat.room import Participant, Room
from netchat.state.changes import EmptyRoom, SetRole, What
from netchat.state.rights import Rank, of_guest, rank_of
from netchat.state.rights import may_enter as may_account_enter
from netchat.state.state import ChatState


def has_founded(who: Participant, room: str) -> bool:
    """Return whether `who` has made `room` as a guest, and is in it, and is not about to leave."""
    return any(some.founding_guest is who and some.name == room for some in who.requested_rooms)


def rank_in(state: ChatState, who: Participant, room: str = "") -> Rank:
    """Return the rank of `who` in `room`, or ("") on the server."""
    rank = rank_of(state, who.account, room)
    return Rank.MODERATOR if rank < Rank.MODERATOR and has_founded(who, room) else rank


def keeps_order(state: ChatState, who: Participant, room: str) -> bool:
    """Return whether `who` is a moderator of `room`, an operator, or the guest who has made it."""
    return rank_in(state, who, room) >= Rank.MODERATOR


def may_enter(state: ChatState, who: Participant, room: str) -> bool:
    """Return whether `who` may know of `room` and be in it."""
    return may_account_enter(state, who.account, room) or has_founded(who, room)


def ended_with(state: ChatState, room: Room) -> Iterator[What]:
    """Yield what ends what the founder of `room` has of it, if nobody is in it any more."""
    if not room.occupancy and any(of_guest(state, room.name)):
        yield EmptyRoom(room.name)
    if room.founder and room.is_forgettable:
        founder = state.account(room.founder)
        if founder and state.has_only_moderator(room.name, founder.number):
            yield SetRole(founder.name, room.name, None)
