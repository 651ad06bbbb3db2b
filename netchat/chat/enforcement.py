"""What bans, mutes and the settings of rooms forbid a participant: each look-up says why.

A refusal is judged when something is asked for, by the state as it is then; the sentences are for
the user. What is over by the time `now` forbids nothing. Nothing slows down with the number of
bans.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from netchat.chat.founders import has_founded, keeps_order
from netchat.chat.room import Participant
from netchat.model import disconnects
from netchat.model.events import Closing, Refused
from netchat.state.expiries import is_over
from netchat.state.private_rules import ignores
from netchat.state.records import Restriction, RestrictionKind
from netchat.state.restrictions import Host
from netchat.state.rights import NOT_ALLOWED, Rank, may_enter, may_speak, rank_of
from netchat.state.state import ChatState


def find_restriction(  # noqa: PLR0913 - a person has as many properties
    state: ChatState,
    now: float,
    what: RestrictionKind,
    *,
    account: int,
    name: str,
    host: Host,
    room: str = "",
) -> Restriction | None:
    """Return the `what` that applies to somebody in `room` or on the server, or None.

    Of several it is the one that lasts longest. One of an address does not stop operators.
    """
    if not state.restrictions.kinds[what]:
        return None
    is_operator, room = rank_of(state, account) >= Rank.OPERATOR, state.spelling(room)
    owned = state.account(account)
    names = dict.fromkeys((name, *(owned.spellings if owned else ())))
    found = [
        some
        for some in state.restrictions.applying_to(account=account, names=names, host=host)
        if some.what == what
        and some.room in ("", room)
        and not is_over(some, now)
        and not (is_operator and some.target_kind == "address")
    ]
    return max(found, key=lambda some: some.until or float("inf"), default=None)


def restriction_of(
    state: ChatState, now: float, what: RestrictionKind, who: Participant, room: str = ""
) -> Restriction | None:
    """Return the `what` that applies to `who` in `room` or on the server, or None."""
    if not state.restrictions.kinds[what]:
        return None
    return find_restriction(
        state, now, what, account=who.account, name=who.name, host=who.connection.host, room=room
    )


def speech_refusal(state: ChatState, now: float, who: Participant, room: str) -> Refused | None:
    """Return why `who` may say nothing in `room`, or None."""
    refused = mute_refusal(state, now, who, room)
    settings = state.settings(room)
    if refused or settings is None or may_speak(state, who.account, room) or has_founded(who, room):
        return refused
    if settings.readonly:
        return Refused(NOT_ALLOWED, f"Only the moderators of {room} speak there; ask one of them.")
    return Refused(
        NOT_ALLOWED, f"Only members of {room} speak there; ask a moderator to make you one (/op)."
    )


def mute_refusal(state: ChatState, now: float, who: Participant, room: str = "") -> Refused | None:
    """Return why `who` may say nothing in `room`, or on the server, because of a mute, or None."""
    mute = restriction_of(state, now, "mute", who, room)
    return _refused("You are", mute) if mute else None


def name_refusal(state: ChatState, now: float, name: str, room: str) -> Refused | None:
    """Return why a program that speaks as `name` may say nothing in `room`, or None."""
    for what in ("ban", "mute"):
        found = find_restriction(state, now, what, account=0, name=name, host=None, room=room)
        if found is not None:
            return _refused(f"{name} is", found)
    return None


def may_reach(state: ChatState, now: float, who: Participant, account: int) -> bool:
    """Return whether a text of `who` may reach `account` outside a room, as a private line does."""
    return not ignores(state, account, who.name) and mute_refusal(state, now, who) is None


def slow_seconds(state: ChatState, who: Participant, room: str) -> float:
    """Return the seconds that lie between two lines of `who` in `room`; 0: any number."""
    settings = state.settings(room)
    if settings is None or not settings.slow:
        return 0
    return 0 if keeps_order(state, who, room) else settings.slow


def entry_refusal(  # noqa: PLR0913 - a person has as many properties
    state: ChatState, now: float, who: Participant, room: str, name: str, *, written: str
) -> Refused | None:
    """Return why `who`, who is called `name` then, may not enter `room`, or None.

    The sentence has the room as it was `written`: who may not enter need not know its spelling.
    """
    if not may_enter(state, who.account, room):
        return Refused("bad-room", f"There is no room called {written} that you can enter.")
    host = who.connection.host
    ban = find_restriction(state, now, "ban", account=who.account, name=name, host=host, room=room)
    return _refused("You are", ban, written) if ban else None


def rename_refusal(state: ChatState, now: float, who: Participant, name: str) -> Refused | None:
    """Return why `who` may not change their name to `name`, or None: it evades no mute or ban."""
    if who.account:
        return None  # It is another spelling of the same name.
    for room in ("", *(room.name for room in who.requested_rooms)):
        refused = mute_refusal(state, now, who, room)
        if refused is not None:
            return Refused("muted", f"{refused.message.rstrip('.')}; keep your name until then.")
    if find_restriction(state, now, "ban", account=0, name=name, host=None):
        return Refused("banned", f"{name} is banned from this server; choose another name.")
    return None


def login_refusal(
    state: ChatState, now: float, name: str, account: int, host: Host
) -> Closing | Refused | None:
    """Return why somebody who has proved to be `account` (0: a guest) may not log in, or None.

    It is a Closing if another name would not help.
    """
    ban = find_restriction(state, now, "ban", account=account, name=name, host=host)
    if ban is not None:
        return disconnects.banned(end_and_reason(ban))
    lock = state.lock_at(now)
    if lock is None or account:
        return None
    until = f" {until_text(lock.until)}" if lock.until else " at present"
    because = f" ({lock.reason})" if lock.reason else ""
    return Refused(
        NOT_ALLOWED,
        f"The server takes no new guests{until}{because}; come back later, or with your own name.",
    )


def _refused(subject: str, restriction: Restriction, written: str = "") -> Refused:
    """Return what `restriction` forbids; `subject` is whom it applies to, with "is" or "are".

    Its room is called as it was `written`, if that is given.
    """
    room = restriction.room and (written or restriction.room)
    if restriction.what == "ban":
        code, where = "banned", f"from {room or 'this server'}"
    else:
        code, where = "muted", f"in {room}" if room else "on this server"
    return Refused(code, f"{subject} {code} {where} {end_and_reason(restriction)}.")


def end_and_reason(restriction: Restriction) -> str:
    """Return until when `restriction` lasts, and why, as the end of a sentence."""
    end = until_text(restriction.until) if restriction.until else "until a moderator ends that"
    reason = restriction.reason.rstrip(".")
    return f"{end}: {reason}" if reason else end


def until_text(until: float) -> str:
    """Return the time `until` in words; nobody who comes back then is early."""
    when = datetime.fromtimestamp(until, UTC) + timedelta(seconds=59, microseconds=999_999)
    return f"until {when:%Y-%m-%d %H:%M} UTC"
