"""What who comes into a room is told beside the names: their mutes, and who keeps order."""

from __future__ import annotations

from collections.abc import Iterator

from netchat.chat.enforcement import restriction_of
from netchat.chat.room import Participant, Room
from netchat.model.events import Event
from netchat.model.notices import Moderated, RolesShown
from netchat.state.rights import Rank, rank_of
from netchat.state.state import ChatState

_SHOWN = {Rank.MODERATOR: "moderator", Rank.OPERATOR: "operator"}


def greetings(
    state: ChatState, now: float, who: Participant, room: Room, *, first: bool
) -> Iterator[Event]:
    """Yield what `who`, a new member of `room`, is told: the mutes that apply, and the roles.

    Mutes are told as when they began; one on the whole server in the `first` room after a login.
    """
    found = [restriction_of(state, now, "mute", who)] if first else []
    found.append(restriction_of(state, now, "mute", who, room.name))
    for mute in dict.fromkeys(found):
        if mute is not None and (first or mute.room):
            yield Moderated(
                mute.room, "mute", who.name, mute.by, mute.since, mute.until, mute.reason
            )
    roles = [
        (account.name, role)
        for number in room.devices
        if (role := role_shown(state, number, room))
        and (account := state.account(number)) is not None
    ]
    guest = room.founding_guest
    if guest is not None and guest.account not in room.devices:
        roles.append((room.members[guest], _SHOWN[Rank.MODERATOR]))
    if roles:
        yield RolesShown(room.name, tuple(roles))


def role_shown(state: ChatState, account: int, room: Room) -> str:
    """Return the role of an account (0: a guest) that others in `room` are shown, or ""."""
    return _SHOWN.get(rank_of(state, account, room.name), "")
