"""The server's events of accounts and moderation, as the text dialect takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, get_args

import msgspec
from msgspec import UNSET

from netchat.dialects.jsonl import state_events as state
from netchat.model import notices
from netchat.model.answers import Seen
from netchat.model.events import Event

_ACTIONS = get_args(notices.ModerationAction)
_RESTRICTIONS = ("ban", "mute")


def seconds_of(rfc3339: str | None) -> float:
    """Return the time `rfc3339` in seconds since the epoch; 0 if there is none, or none known."""
    try:
        return 0.0 if rfc3339 is None else msgspec.convert(rfc3339, datetime).timestamp()
    except (ValueError, OverflowError):
        # A time that cannot be read is no reason to lose the line.
        return 0.0


def state_event(message: Any) -> Event | None:
    """Return `message` as the text dialect takes it; None if it shows nothing to the user."""
    make = _EVENTS.get(type(message))
    return make(message) if make is not None else None


def _moderated(message: state.Moderated) -> Event | None:
    if message.action not in _ACTIONS:
        return None  # A later version has more of them.
    action: Any = message.action
    time, until = seconds_of(message.time), seconds_of(message.until)
    return notices.Moderated(
        message.room, action, message.name, message.by, time, until, message.reason
    )


def _room(message: state.Room) -> Event:
    return notices.RoomChanged(
        message.room,
        message.by,
        message.private,
        message.readonly,
        message.moderated,
        message.slow,
        message.quiet,
    )


def _account(message: state.Account) -> Event:
    proofs = [
        notices.ProofInfo(proof.id, proof.kind, proof.label, seconds_of(proof.since))
        for proof in message.proofs
    ]
    devices = [
        notices.DeviceInfo(one.id, one.agent, one.door, seconds_of(one.since), one.own)
        for one in message.devices
    ]
    return notices.AccountShown(
        message.name,
        seconds_of(message.since),
        tuple(proofs),
        tuple(devices),
        tuple(message.roles.items()),
        message.ignored,
    )


def _bans(message: state.Bans) -> Event:
    bans = [
        notices.RestrictionInfo(
            ban.what,
            ban.target,
            ban.room,
            seconds_of(ban.until),
            ban.reason,
            ban.by,
            seconds_of(ban.since),
        )
        for ban in message.bans
        if ban.what in _RESTRICTIONS
    ]
    return notices.Bans(message.room, tuple(bans), message.more)


def _who(message: state.Who) -> Event:
    guests = [
        notices.Presence(
            one.name,
            one.account,
            one.door,
            seconds_of(one.since),
            one.idle,
            "" if one.address is UNSET else one.address,
            one.quiet is True,
        )
        for one in message.guests
    ]
    return notices.Who(message.room, tuple(guests), message.more)


def _whois(message: state.Whois) -> Event:
    return notices.Whois(
        message.name,
        message.account,
        message.here,
        tuple(message.roles.items()),
        message.away,
        seconds_of(message.since),
        message.rooms,
    )


def _seen(message: state.Seen) -> Event:
    return Seen(
        message.name,
        message.here,
        seconds_of(message.left),
        seconds_of(message.spoke),
        message.room,
    )


_EVENTS: Mapping[type, Callable[[Any], Event | None]] = {
    state.Deleted: lambda x: notices.Deleted(x.room, x.id, x.by, x.author),
    state.Moderated: _moderated,
    state.Room: _room,
    state.Announced: lambda x: notices.Announced(x.text, x.by, seconds_of(x.time)),
    state.Locked: lambda x: notices.Locked(x.on, x.by, seconds_of(x.until), x.reason),
    state.Owned: lambda x: notices.Owned(x.name),
    state.Done: lambda x: notices.Done(x.message),
    state.Account: _account,
    state.Invited: lambda x: notices.Invited(x.token, x.uses, seconds_of(x.until)),
    state.Bans: _bans,
    state.Who: _who,
    state.Whois: _whois,
    state.Seen: _seen,
    state.Away: lambda x: notices.Away(x.name, x.text),
    state.Ignored: lambda x: notices.Ignored(x.names),
}
