"""Requests of moderation: bans, kicks, deleted lines, rooms, and the audit of all of it."""

from __future__ import annotations

from msgspec.structs import asdict

from netchat.console import requests
from netchat.console.answers import AuditRow, RestrictionRow, RoomRow, moment
from netchat.console.interface import Console
from netchat.console.steps import (
    AuditWanted,
    Outcome,
    RefusalError,
    Steps,
    owner,
    place,
    require_server,
    valid_name,
    valid_room,
)
from netchat.journal.interface import AuditPage
from netchat.model.durations import format_duration
from netchat.model.names import equivalent
from netchat.state.audit_entry import AuditEntry
from netchat.state.changes import (
    Announce,
    Changed,
    DeleteLines,
    Kick,
    Lift,
    Restrict,
    SetLock,
    SetRole,
    SetRoom,
    Unlock,
)
from netchat.state.expiries import is_over
from netchat.state.records import Restriction, TargetKind
from netchat.state.restrictions import parse_network

_PAGE = 500
"""How many entries of the audit are read at a time."""


def kick(console: Console, request: requests.KickGuest) -> Steps:
    """Remove somebody who is there."""
    require_server(console)
    room = valid_room(console, request.room)
    for row in console.present():
        if equivalent(row.name, request.name) and (not room or room in row.rooms):
            yield Kick(row.name, room, request.reason)
            return Outcome(message=f"{row.name} was removed from {room or 'the server'}.")
    raise RefusalError("no-such-user", f"{request.name} is not {place(room)}.")


def restrict(console: Console, request: requests.RestrictWho) -> Steps:
    """Ban or mute somebody."""
    kind, target = _target(request.who)
    if kind == "address" and (why := console.protected(target)):
        raise RefusalError("bad-request", why)
    room = valid_room(console, request.room)
    until = console.time() + request.duration if request.duration else 0
    changed: Changed = yield Restrict(request.what, kind, target, room, until, request.reason)
    return Outcome(
        message=f"{changed.target} is {_restricted(request.what)} {place(room)}"
        f"{_for(request.duration)}."
    )


def lift(console: Console, request: requests.LiftWho) -> Steps:
    """End a ban or a mute."""
    room = valid_room(console, request.room)
    kind, target = _target(request.who)
    yield Lift(request.what, kind, target, room)
    return Outcome(message=f"{request.who} is {_restricted(request.what)} no more {place(room)}.")


def list_bans(console: Console, request: requests.ListBans) -> Steps:
    """List the bans and mutes, the oldest first."""
    room = None
    if request.room is not None:
        room = console.state.spelling(valid_room(console, request.room))
    now = console.time()
    there = [
        RestrictionRow(x.what, x.shown, x.room, moment(x.until), x.reason, x.by, moment(x.since))
        for x in console.state.all(Restriction)
        if (room is None or x.room in ("", room)) and not is_over(x, now)
    ]
    yield from ()
    return Outcome(there)


def list_present(console: Console, request: requests.ListPresent) -> Steps:
    """List who is connected."""
    require_server(console)
    room = None if request.room is None else valid_room(console, request.room)
    yield from ()
    return Outcome(row for row in console.present() if room is None or room in row.rooms)


def announce(console: Console, request: requests.AnnounceText) -> Steps:
    """Tell everybody who is connected."""
    require_server(console)
    yield Announce(request.text)
    return Outcome()


def delete(console: Console, request: requests.DeleteTexts) -> Steps:
    """Delete the texts of lines, some at a time."""
    room, count = valid_room(console, request.room), 0
    for first in range(0, len(request.ids), requests.MAX_DELETED):
        ids = request.ids[first : first + requests.MAX_DELETED]
        changed: Changed = yield DeleteLines(room, ids, request.reason)
        count += len(changed.lines)
    lines = "1 line" if count == 1 else f"{count} lines"
    return Outcome(message=f"The text of {lines} is deleted.")


def change_room(console: Console, request: requests.ChangeRoom) -> Steps:
    """Change how a room differs from an ordinary one, or show it."""
    room = valid_room(console, request.room)
    what = SetRoom(
        room,
        request.private,
        request.readonly,
        request.moderated,
        request.slow,
        request.quiet_joins,
    )
    if what.given:
        yield what
    shown = asdict(console.state.room(room))
    # Who has set it is not asked for.
    del shown["of_guest"]
    return Outcome([RoomRow(**shown)])


def give_role(console: Console, request: requests.GiveRole) -> Steps:
    """Make somebody a moderator or a member of a room."""
    room, name = valid_room(console, request.room), owner(console, request.name).name
    yield SetRole(name, room, request.role)
    return Outcome(message=f"{name} is a {request.role} of {room}.")


def take_role(console: Console, request: requests.TakeRole) -> Steps:
    """Make a moderator a member, and a member nothing."""
    room, account = valid_room(console, request.room), owner(console, request.name)
    before = console.state.role(account.number, room)
    if before is None:
        raise RefusalError("bad-request", f"{account.name} has no role in {room}.")
    stays = before == "moderator" and not request.entirely
    yield SetRole(account.name, room, "member" if stays else None)
    now = f"is a member of {room}" if stays else f"has no role in {room} any more"
    return Outcome(message=f"{account.name} {now}.")


def lock(console: Console, request: requests.LockServer) -> Steps:
    """Lock the server."""
    until = console.time() + request.duration if request.duration else 0
    yield SetLock(until, request.reason)
    return Outcome(message=f"The server takes no new guests and accounts{_for(request.duration)}.")


def unlock(console: Console, request: requests.UnlockServer) -> Steps:
    """Unlock the server."""
    yield Unlock()
    return Outcome(message="The server takes new guests and accounts again.")


def read_audit(console: Console, request: requests.ReadAudit) -> Steps:
    """Read the newest entries, the oldest of them first."""
    pages: list[tuple[AuditEntry, ...]] = []
    before, left, more = request.before, request.limit, True
    while left and more:
        page: AuditPage = yield AuditWanted(before, min(left, _PAGE))
        more = page.more and bool(page.entries)
        if page.entries:
            pages.append(page.entries)
            before, left = page.entries[0].number, left - len(page.entries)
    return Outcome(_audit_row(entry) for entries in reversed(pages) for entry in entries)


def _audit_row(entry: AuditEntry) -> AuditRow:
    time = moment(entry.time)
    assert time is not None, "nothing was done at the epoch"
    return AuditRow(
        entry.number,
        time,
        entry.by,
        entry.action,
        entry.target,
        entry.room,
        entry.reason,
        moment(entry.until),
        entry.details,
    )


def _target(who: str) -> tuple[TargetKind, str]:
    """Return whom `who` means: an address or a network, or else a name."""
    network = parse_network(who)
    return ("address", str(network)) if network else ("name", valid_name(who))


def _restricted(what: str) -> str:
    return "banned" if what == "ban" else "muted"


def _for(duration: float) -> str:
    return f" for {format_duration(duration)}" if duration else ""
