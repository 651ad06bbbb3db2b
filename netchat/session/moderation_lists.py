"""What moderators are shown: the bans and mutes, who is in a room, and the settings of a room."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from netchat.chat.room import Room
from netchat.journal.interface import Page
from netchat.model.events import Said
from netchat.model.names import equivalent
from netchat.model.notices import Bans, Presence, RestrictionInfo, Who
from netchat.state.expiries import is_over
from netchat.state.records import Restriction
from netchat.state.rights import Rank
from netchat.state.state import ChatState

MAX_LISTED = 500
"""How many entries a list has at most: what the reader has to take at once."""
AN_ADDRESS = "an address"
"""What those read for an address who are no operators."""


def bans(state: ChatState, now: float, place: str | None, rank: Rank) -> Bans:
    """Return the newest bans and mutes of `place` ("": the server; None: all).

    Operators are told addresses.
    """
    found: Iterable[Restriction]
    if place is None:
        total, found = len(state.restrictions), state.newest(Restriction)
    else:
        total, found = state.restrictions.of_room(state.spelling(place))
    current = (some for some in found if not is_over(some, now))
    newest = [_info(some, rank) for some in islice(current, MAX_LISTED)]
    more = total - len(newest) if len(newest) == MAX_LISTED else 0
    return Bans(place or "", tuple(reversed(newest)), more=more)


def who(room: Room, rank: Rank, now: float) -> Who:
    """Return the members of `room`, in the order in which they joined; operators see addresses."""
    members = islice(room.members.items(), MAX_LISTED)
    return Who(
        room.name,
        tuple(
            Presence(
                name,
                bool(member.account),
                member.connection.door,
                now - member.connection.online,
                member.connection.idle,
                str(member.connection.host or "") if rank >= Rank.OPERATOR else "",
                member.is_quiet,
            )
            for member, name in members
        ),
        more=max(0, len(room.members) - MAX_LISTED),
    )


def last_line_of(page: Page, name: str) -> int:
    """Return the id of the last line in `page` by `name` that is not deleted; 0: there is none."""
    for line in reversed(page.lines):
        if isinstance(line, Said) and not line.deleted and equivalent(line.name, name):
            return line.id
    return 0


def _info(restriction: Restriction, rank: Rank) -> RestrictionInfo:
    hidden = restriction.target_kind == "address" and rank < Rank.OPERATOR
    return RestrictionInfo(
        restriction.what,
        AN_ADDRESS if hidden else restriction.shown,
        restriction.room,
        restriction.until,
        restriction.reason,
        restriction.by,
        restriction.since,
    )
