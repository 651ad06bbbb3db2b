"""How events of accounts, roles and moderation become messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec import UNSET

from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl import state_events as state
from netchat.dialects.jsonl.message import Message, rfc3339
from netchat.model.answers import Seen
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
    RolesShown,
    RoomChanged,
    Who,
    Whois,
)


def _deleted(event: Deleted) -> Iterator[Message]:
    yield state.Deleted(event.room, event.id, event.by, event.author)


def _moderated(event: Moderated) -> Iterator[Message]:
    yield state.Moderated(
        event.room,
        event.action,
        event.name,
        event.by,
        rfc3339(event.time),
        _end(event.until),
        event.reason,
    )


def _roles(event: RolesShown) -> Iterator[Message]:
    yield state.Roles(event.room, dict(event.roles))


def _room(event: RoomChanged) -> Iterator[Message]:
    yield state.Room(
        event.room,
        event.by,
        event.private,
        event.readonly,
        event.moderated,
        event.slow,
        event.quiet_joins,
    )


def _quieted(event: Quieted) -> Iterator[Message]:
    yield wire.Joined(event.room, (event.name,), event.quiet or UNSET)


def _announced(event: Announced) -> Iterator[Message]:
    yield state.Announced(event.text, event.by, rfc3339(event.time))


def _locked(event: Locked) -> Iterator[Message]:
    yield state.Locked(event.on, event.by, _end(event.until), event.reason)


def _read(event: MarkedRead) -> Iterator[Message]:
    if event.id:
        yield state.Read(event.room, event.id)


def _owned(event: Owned) -> Iterator[Message]:
    yield state.Owned(event.name, event.nonce or UNSET)


def _done(event: Done) -> Iterator[Message]:
    yield state.Done(event.message, event.nonce or UNSET)


def _auth_required(event: AuthRequired) -> Iterator[Message]:
    yield wire.Error(
        "auth-required",
        f"{event.name} is owned by somebody; prove that it is yours, or give another name.",
        event.nonce or UNSET,
        state.Challenge(event.name, event.journal, event.challenge, event.methods, event.binding),
    )


def _auth_step(event: AuthStep) -> Iterator[Message]:
    yield state.AuthStep(event.data)


def _account(event: AccountShown) -> Iterator[Message]:
    yield state.Account(
        event.name,
        rfc3339(event.since),
        tuple(state.Proof(x.id, x.kind, x.label, rfc3339(x.since)) for x in event.proofs),
        tuple(state.Device(x.id, x.agent, x.door, rfc3339(x.since), x.own) for x in event.devices),
        dict(event.roles),
        event.ignored,
    )


def _invited(event: Invited) -> Iterator[Message]:
    yield state.Invited(event.token, event.uses, _end(event.until), event.nonce or UNSET)


def _bans(event: Bans) -> Iterator[Message]:
    bans = (
        state.Ban(x.what, x.target, x.room, _end(x.until), x.reason, x.by, rfc3339(x.since))
        for x in event.bans
    )
    yield state.Bans(event.room, tuple(bans), event.more)


def _who(event: Who) -> Iterator[Message]:
    guests = (
        state.Presence(
            x.name,
            x.account,
            x.door,
            rfc3339(x.since),
            round(x.idle),
            x.address or UNSET,
            x.quiet or UNSET,
        )
        for x in event.guests
    )
    yield state.Who(event.room, tuple(guests), event.more)


def _whois(event: Whois) -> Iterator[Message]:
    since = rfc3339(event.since) if event.here else None
    roles = dict(event.roles)
    yield state.Whois(event.name, event.account, event.here, roles, event.away, since, event.rooms)


def _seen(event: Seen) -> Iterator[Message]:
    yield state.Seen(event.name, event.here, _end(event.left), _end(event.spoke), event.room)


def _away(event: Away) -> Iterator[Message]:
    yield state.Away(event.name, event.text)


def _ignored(event: Ignored) -> Iterator[Message]:
    yield state.Ignored(event.names)


def _end(until: float) -> str | None:
    return rfc3339(until) if until else None


NOTICES: Mapping[type[Event], Callable[[Any], Iterable[Message]]] = {
    Deleted: _deleted,
    Moderated: _moderated,
    RolesShown: _roles,
    RoomChanged: _room,
    Quieted: _quieted,
    Announced: _announced,
    Locked: _locked,
    MarkedRead: _read,
    Owned: _owned,
    Done: _done,
    AuthRequired: _auth_required,
    AuthStep: _auth_step,
    AccountShown: _account,
    Invited: _invited,
    Bans: _bans,
    Who: _who,
    Whois: _whois,
    Seen: _seen,
    Away: _away,
    Ignored: _ignored,
}
"""The messages for each of these events."""
