"""The rules of moderation: how each change is judged, and what it does to the records."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from netchat.model.events import UNKNOWN_ACCOUNT, Said
from netchat.model.names import equivalent
from netchat.state.account_rules import release
from netchat.state.changes import (
    Actor,
    Announce,
    Change,
    DeleteLines,
    EmptyRoom,
    Expire,
    Kick,
    Lift,
    RemoveWebhook,
    Restrict,
    SetLock,
    SetRoom,
    SetWebhook,
    Unlock,
    WebhookSent,
)
from netchat.state.expiries import is_over
from netchat.state.record import Removed, Update
from netchat.state.records import Lock, Restriction, RoomSettings, TargetKind, restriction_key
from netchat.state.restrictions import parse_network
from netchat.state.rights import (
    Rank,
    RuleError,
    is_founder,
    of_guest,
    rank_of_actor,
    require_moderator,
    require_operator,
    require_power_over,
)
from netchat.state.state import ChatState

MAX_RESTRICTIONS = 500
"""The most bans and mutes that moderators make in a room; operators may make more."""
MAX_RESTRICTIONS_OF_GUEST = 50
"""The most of them while a guest makes more, who has made the room."""


def kick(state: ChatState, change: Change, what: Kick) -> Iterator[Update]:
    """Let a participant be removed; nothing is remembered of it."""
    require_moderator(state, change.by, what.room)
    require_power_over(state, change.by, account_number(state, what.name), what.room)
    return iter(())


def restrict(state: ChatState, change: Change, what: Restrict) -> Iterator[Update]:
    """Ban or mute somebody, or change the end and the reason of that."""
    require_moderator(state, change.by, what.room)
    kind, target, shown = find_target(state, what)
    if kind == "account":
        if int(target) == change.by.account:
            raise RuleError("bad-request", f"You cannot {what.what} yourself.")
        require_power_over(state, change.by, int(target), what.room)
    elif kind == "address":
        require_operator(state, change.by)
    elif is_founder(state, change.by, what.room) and equivalent(target, change.by.name):
        raise RuleError("bad-request", f"You cannot {what.what} yourself.")
    if 0 < what.until <= change.time:
        raise RuleError("bad-request", "That time is over already; give a duration such as 10m.")
    _require_place(state, change.by, restriction_key(what.what, kind, target, what.room), what.room)
    yield Restriction(
        what.what,
        kind,
        target,
        what.room,
        shown,
        until=what.until,
        reason=what.reason,
        by=change.by.shown,
        since=change.time,
        of_guest=is_founder(state, change.by, what.room),
    )


def _require_place(state: ChatState, actor: Actor, key: str, room: str) -> None:
    """Raise RuleError if `room` has as many restrictions as its moderators may have there.

    One that is there already, under `key`, may always be changed.
    """
    count, _ = state.restrictions.of_room(room)
    most = MAX_RESTRICTIONS_OF_GUEST if is_founder(state, actor, room) else MAX_RESTRICTIONS
    if count < most or state.find(Restriction, key):
        return
    if rank_of_actor(state, actor) < Rank.OPERATOR:
        raise RuleError(
            "bad-request", f"{room} has {most} bans and mutes already; end one first, see /bans."
        )


def lift(state: ChatState, change: Change, what: Lift) -> Iterator[Update]:
    """End a ban or a mute; that of a moderator only an operator can end."""
    require_moderator(state, change.by, what.room)
    kind, target, shown = find_target(state, what)
    if kind == "account":
        require_power_over(state, change.by, int(target), what.room)
    there = _same(state, what, kind, target)
    if kind == "account":
        # It was restricted by its name before somebody owned that.
        owner = state.account(int(target))
        assert owner is not None, "the target was found"
        for name in owner.spellings:
            there += _same(state, what, "name", name)
    if not there:
        ban = "banned" if what.what == "ban" else "muted"
        raise RuleError("no-such-user", f"{shown} is not {ban} there; see /bans.")
    yield from (Removed("restriction", key) for key in dict.fromkeys(there))


def _same(state: ChatState, what: Lift, kind: TargetKind, target: str) -> list[str]:
    """Return the keys of the restrictions of `target`, however its name is written in them."""
    if kind != "name":
        key = restriction_key(what.what, kind, target, what.room)
        return [key] if state.find(Restriction, key) else []
    named = state.restrictions.applying_to(account=0, names=(target,), host=None)
    found = (x for x in named if (x.what, x.room) == (what.what, what.room))
    return [*dict.fromkeys(some.key for some in found)]


def set_room(state: ChatState, change: Change, what: SetRoom) -> Iterator[Update]:
    """Change the settings of a room."""
    require_moderator(state, change.by, what.room)
    before = state.room(what.room)
    settings = replace(before, **what.given)
    if settings == before:
        raise RuleError("bad-request", f"{settings.room} is like that already.")
    was_plain = before == RoomSettings(before.room)
    by_guest = is_founder(state, change.by, what.room) and (was_plain or before.of_guest)
    settings = replace(settings, of_guest=by_guest)
    plain = replace(settings, of_guest=False) == RoomSettings(settings.room)
    yield Removed(settings.kind, settings.key) if plain else settings


def empty_room(state: ChatState, change: Change, what: EmptyRoom) -> Iterator[Update]:
    """Remove what a guest has set in the room."""
    found = list(of_guest(state, what.room)) if change.by.console else []
    if not found:
        raise RuleError("", "")
    yield from (Removed(record.kind, record.key) for record in found)


def announce(state: ChatState, change: Change, what: Announce) -> Iterator[Update]:
    """Let everybody read a text; nothing is remembered of it."""
    require_operator(state, change.by)
    return iter(())


def deletable(state: ChatState, change: Change, what: DeleteLines, lines: list[Said]) -> list[Said]:
    """Return those of `lines`, the ones asked for as far as they exist, that may be deleted.

    Each is judged for itself: another server of a site may not have all of them any more. RuleError
    if none may be.
    """
    if not lines:
        raise RuleError("bad-request", f"There is no such line in {what.room}.")
    if all(line.deleted for line in lines):
        raise RuleError("bad-request", "That line is deleted already.")
    allowed, refusal = [], None
    for line in lines:
        try:
            _require_power_to_delete(state, change.by, what.room, line)
        except RuleError as error:
            refusal = error
        else:
            allowed.append(line)
    if refusal is not None and not allowed:
        raise refusal
    return allowed


def _require_power_to_delete(state: ChatState, actor: Actor, room: str, line: Said) -> None:
    author = author_of(state, line)
    if author != actor.account or not actor.account:
        require_moderator(state, actor, room)
        require_power_over(state, actor, author, room)


def set_lock(state: ChatState, change: Change, what: SetLock) -> Iterator[Update]:
    """Lock the server."""
    require_operator(state, change.by)
    yield Lock(change.by.shown, what.until, what.reason)


def unlock(state: ChatState, change: Change, what: Unlock) -> Iterator[Update]:
    """Unlock the server."""
    require_operator(state, change.by)
    if state.lock_at(change.time) is None:
        raise RuleError("bad-request", "The server is not locked.")
    yield Removed("lock", "")


def set_webhook(state: ChatState, change: Change, what: SetWebhook) -> Iterator[Update]:
    """Add a webhook, or change it."""
    require_operator(state, change.by)
    name = what.webhook.name
    before = state.webhook(name)
    yield from release(state, name, change.time)
    if any(holder is not before for holder in state.name_holders(name, change.time)):
        raise RuleError("name-taken", f"{name} is owned by somebody else; choose another name.")
    sent = max(what.webhook.sent, before.sent if before else 0)
    yield replace(what.webhook, sent=sent, since=change.time)


def remove_webhook(state: ChatState, change: Change, what: RemoveWebhook) -> Iterator[Update]:
    """Remove a webhook."""
    require_operator(state, change.by)
    if state.webhook(what.name) is None:
        raise RuleError("bad-request", f"There is no webhook called {what.name}.")
    yield Removed("webhook", what.name)


def webhook_sent(state: ChatState, change: Change, what: WebhookSent) -> Iterator[Update]:
    """Remember up to where a webhook has received the lines of its room."""
    webhook = state.webhook(what.name)
    if webhook is None or what.id <= webhook.sent:
        raise RuleError("", "")
    yield replace(webhook, sent=what.id)


def expire(state: ChatState, change: Change, what: Expire) -> Iterator[Update]:
    """End what has come to its end, unless it has another end by now."""
    record = state.get(what.kind, what.key)
    if not (change.by.console and record and is_over(record, change.time)):
        raise RuleError("", "")
    yield Removed(what.kind, what.key)


def find_target(state: ChatState, what: Restrict | Lift) -> tuple[TargetKind, str, str]:
    """Return the kind, the target and the shown name of whom a Restriction applies to."""
    if what.target_kind == "address":
        network = parse_network(what.target)
        if network is None:
            raise RuleError("bad-request", f"{what.target} is no address and no network.")
        return "address", str(network), shown_network(str(network))
    owner = state.owner(what.target)
    if owner is not None:
        return "account", str(owner.number), owner.name
    if what.target_kind == "account":
        raise RuleError("no-such-user", f"Nobody owns the name {what.target}.")
    return "name", what.target, what.target


def shown_network(network: str) -> str:
    """Return `network` as people write it: without the length if it is one address."""
    return network.removesuffix("/32" if "." in network else "/128")


def account_number(state: ChatState, name: str) -> int:
    """Return the number of the account called `name`; 0: there is none."""
    owner = state.owner(name)
    return owner.number if owner else 0


def author_of(state: ChatState, line: Said) -> int:
    """Return the number of the account that has said `line`; 0: a guest has.

    Of a line that was stored before lines had an account, it is the owner of its name at the time.
    """
    if line.account != UNKNOWN_ACCOUNT:
        return line.account
    owner = state.owner(line.name)
    return owner.number if owner and owner.since <= line.time else 0
