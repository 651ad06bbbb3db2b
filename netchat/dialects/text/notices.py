"""How events of accounts, roles and moderation read in the text dialect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from netchat.dialects.text.earlier import local_time
from netchat.model.answers import Seen
from netchat.model.durations import format_duration
from netchat.model.events import Event
from netchat.model.notices import (
    AccountShown,
    Announced,
    AuthRequired,
    AuthStep,
    Away,
    Bans,
    Deleted,
    Done,
    Ignored,
    Invited,
    Locked,
    MarkedRead,
    Moderated,
    Owned,
    Quieted,
    RestrictionInfo,
    RolesShown,
    RoomChanged,
    Who,
    Whois,
)

_DONE = {
    "kick": "removed {}",
    "ban": "banned {}",
    "unban": "ended the ban of {}",
    "mute": "muted {}",
    "unmute": "ended the mute of {}",
    "operator": "made {} an operator",
    "moderator": "made {} a moderator",
    "member": "made {} a member",
    "none": "took the role of {} away",
}
_OF_ONESELF = {
    "operator": "{} is an operator now",
    "moderator": "{} is the moderator of this room now",
    "member": "{} is a member now, and no moderator",
    "none": "{} has given their role up",
}
_ON_SERVER = {"kick": " from the server", "ban": " from the server", "mute": " everywhere"}
_RESTRICTED = {"ban": "banned", "mute": "muted"}


def _deleted(event: Deleted) -> Iterator[str]:
    whose = f"their line {event.id}" if event.by == event.author else f"line {event.id}"
    by_other = "" if event.author in ("", event.by) else f" of {event.author}"
    yield f"* {event.by} deleted {whose}{by_other}"


def _moderated(event: Moderated) -> Iterator[str]:
    if event.by == event.name and event.action in _OF_ONESELF:
        yield f"* {_OF_ONESELF[event.action].format(event.name)}"
        return
    done = _DONE[event.action].format(event.name)
    where = "" if event.room else _ON_SERVER.get(event.action, "")
    length = _for(event.until - event.time) if event.until else ""
    yield f"* {event.by} {done}{where}{length}{_because(event.reason)}"


def _room_changed(event: RoomChanged) -> Iterator[str]:
    flags = {
        "private": event.private,
        "read only": event.readonly,
        "moderated": event.moderated,
        "joins quiet": event.quiet_joins,
    }
    settings = [name for name, on in flags.items() if on]
    settings += [f"one line in {format_duration(event.slow)} each"] if event.slow else []
    is_now = f"{event.room} is now" if event.by else f"{event.room} is"
    by = f" ({event.by})" if event.by else ""
    yield f"* {is_now} {', '.join(settings) or 'an ordinary room'}{by}"


def _quieted(event: Quieted) -> Iterator[str]:
    yield f"* {event.name} {'left' if event.quiet else 'joined'}"


def _announced(event: Announced) -> Iterator[str]:
    yield f"* Announcement by {event.by}: {event.text}"


def _locked(event: Locked) -> Iterator[str]:
    if event.on:
        until = f" until {local_time(event.until, None)}" if event.until else ""
        yield f"* {event.by} locked the server for new guests{until}{_because(event.reason)}"
    else:
        yield f"* {event.by} opened the server for new guests again"


def _owned(event: Owned) -> Iterator[str]:
    yield f"* {event.name} is your own name from now on"


def _done(event: Done) -> Iterator[str]:
    if event.message:
        yield f"* {event.message}"


def _auth_required(event: AuthRequired) -> Iterator[str]:
    yield f"! {event.name} is owned by somebody; prove that it is yours, or give another name."


def _account(event: AccountShown) -> Iterator[str]:
    yield f"* {event.name} is your own name since {local_time(event.since, None)}"
    for proof in event.proofs:
        label = f" ({proof.label})" if proof.label else ""
        yield f"* Proof {proof.id}: {proof.kind}{label}, since {local_time(proof.since, None)}"
    for device in event.devices:
        own = ", this one" if device.own else ""
        agent = f"{device.agent} " if device.agent else ""
        since = local_time(device.since, None)
        yield f"* Session {device.id}: {agent}over {device.door} since {since}{own}"
    if event.roles:
        yield f"* You are {_roles(event.roles)}"
    if event.ignored:
        yield f"* You ignore {', '.join(event.ignored)}"


def _invited(event: Invited) -> Iterator[str]:
    people = "1 person" if event.uses == 1 else f"{event.uses} people"
    until = f" until {local_time(event.until, None)}" if event.until else ""
    yield f"* Invitation for {people}{until}: {event.token}"


def _bans(event: Bans) -> Iterator[str]:
    if event.more:
        yield f"* These are the newest; {event.more} more are not shown"
    for ban in event.bans:
        yield f"* {_restriction(ban)}"
    if not event.bans:
        yield "* Nobody is banned or muted here"


def _restriction(ban: RestrictionInfo) -> str:
    where = f"in {ban.room}" if ban.room else "on the server"
    until = f"until {local_time(ban.until, None)}" if ban.until else "for ever"
    since = local_time(ban.since, None)
    did = _RESTRICTED[ban.what]
    return f"{ban.target} is {did} {where} {until}{_because(ban.reason)} ({ban.by}, {since})"


def _who(event: Who) -> Iterator[str]:
    for one in event.guests:
        owner = "owner, " if one.account else ""
        idle = f"idle for {format_duration(one.idle)}" if one.idle >= 1 else "active"
        address = f", from {one.address}" if one.address else ""
        since = local_time(one.since, None)
        listens = ", only listens" if one.quiet else ""
        yield f"* {one.name}: {owner}over {one.door} since {since}, {idle}{listens}{address}"
    if event.more:
        yield f"* {event.more} more are here and not shown; /names has all names"


def _whois(event: Whois) -> Iterator[str]:
    owner = "is an owned name" if event.account else "is a guest"
    owner = owner if event.account or event.here else "is nobody who is known here"
    here = f", here since {local_time(event.since, None)}" if event.here else ""
    rooms = f", in {', '.join(event.rooms)} with you" if event.rooms else ""
    roles = f", {_roles(event.roles)}" if event.roles else ""
    yield f"* {event.name} {owner}{here}{rooms}{roles}"
    if event.away:
        yield f"* {event.name} is away: {event.away}"


def _seen(event: Seen) -> Iterator[str]:
    left = f"left at {local_time(event.left, None)}" if event.left else ""
    where = "is here" if event.here else left
    place = f" in {event.room}" if event.room else ""
    spoke = f"last spoke{place} at {local_time(event.spoke, None)}" if event.spoke else ""
    known = " and ".join(part for part in (where, spoke) if part)
    yield f"* {event.name} {known or 'was not seen here lately'}"


def _away(event: Away) -> Iterator[str]:
    yield f"* {event.name} is away: {event.text}" if event.text else f"* {event.name} is back"


def _ignored(event: Ignored) -> Iterator[str]:
    yield f"* You ignore {', '.join(event.names)}" if event.names else "* You ignore nobody"


def _roles(roles: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{role} of {room or 'the server'}" for room, role in roles)


def _for(seconds: float) -> str:
    return f" for {format_duration(seconds)}"


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _nothing(_: Event) -> Iterator[str]:
    return iter(())


NOTICES: Mapping[type[Event], Callable[[Any], Iterable[str]]] = {
    Deleted: _deleted,
    Moderated: _moderated,
    RolesShown: _nothing,
    RoomChanged: _room_changed,
    Quieted: _quieted,
    Announced: _announced,
    Locked: _locked,
    MarkedRead: _nothing,
    Owned: _owned,
    Done: _done,
    AuthRequired: _auth_required,
    AuthStep: _nothing,
    AccountShown: _account,
    Invited: _invited,
    Bans: _bans,
    Who: _who,
    Whois: _whois,
    Seen: _seen,
    Away: _away,
    Ignored: _ignored,
}
"""How each of these events becomes lines, without their ends."""
