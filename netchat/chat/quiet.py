"""Those who only listen or speak once, as `netchat tail` and `netchat say` do.

Lists name them, and mark them: nobody listens unseen. Programs are told of their joins and leaves,
and people are not. The devices of an account are quiet in a room if all that are in it are.
"""

from __future__ import annotations

from collections import Counter

from netchat.chat.room import Participant, Room


class QuietParticipant(Participant):
    """A participant whose client has said in its hello that it is quiet."""

    __slots__ = ()
    is_quiet = True


def quiet_names(room: Room) -> tuple[str, ...]:
    """Return the names of those in `room` who are there with quiet clients only."""
    if not room.quiet:
        return ()
    devices = Counter(who.account for who in room.quiet)
    names = (
        room.members[who]
        for who in room.quiet
        if not who.account or devices[who.account] == room.devices[who.account]
    )
    return tuple(dict.fromkeys(names))


def has_only_quiet(room: Room, account: int, *, besides: int = 0) -> bool:
    """Return whether all devices of `account` in `room`, `besides` as many others, are quiet."""
    quiet = sum(who.account == account for who in room.quiet)
    return 0 < quiet == room.devices.get(account, 0) - besides
