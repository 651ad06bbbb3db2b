"""The rules of moderation: how each change is judged, and what it does to the records."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from netchat.model.events import Said
from netchat.state.account_rules import numbered, owner_of, very_owner_of
from netchat.state.changes import (
    Announce,
    Change,
    DeleteLines,
    Expire,
    FoundRoom,
    Kick,
    Lift,
    RemoveWebhook,
    Restrict,
    SetLock,
    SetRole,
    SetRoom,
    SetWebhook,
    Unlock,
    WebhookSent,
)
from netchat.state.records import (
    Lock,
    Removed,
    Restriction,
    Role,
    RoomSettings,
    TargetKind,
    Update,
    restriction_key,
)
from netchat.state.restrictions import parse_network
from netchat.state.rights import (
    NOT_ALLOWED,
    Rank,
    RuleError,
    rank_of,
    require_moderator,
    require_operator,
    require_power_over,
)
from netchat.state.state import ChatState


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
    if 0 < what.until <= change.time:
        raise RuleError("bad-request", "That time is over already; give a duration such as 10m.")
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
    )


def lift(state: ChatState, change: Change, what: Lift) -> Iterator[Update]:
    """End a ban or a mute."""
    require_moderator(state, change.by, what.room)
    kind, target, shown = find_target(state, what)
    there = _same(state, what, kind, target)
    if kind == "account":
        # It was restricted by its name before somebody owned that.
        there += _same(state, what, "name", shown)
    if not there:
        ban = "banned" if what.what == "ban" else "muted"
        raise RuleError("no-such-user", f"{shown} is not {ban} there; see /bans.")
    yield from (Removed("restriction", key) for key in there)


def _same(state: ChatState, what: Lift, kind: TargetKind, target: str) -> list[str]:
    """Return the keys of the restrictions of `target`, however its name is written in them."""
    if kind != "name":
        key = restriction_key(what.what, kind, target, what.room)
        return [key] if state.find(Restriction, key) else []
    named = state.restrictions.applying_to(account=0, name=target, host=None)
    found = (x for x in named if (x.what, x.room) == (what.what, what.room))
    return [*dict.fromkeys(some.key for some in found)]


def set_role(state: ChatState, change: Change, what: SetRole) -> Iterator[Update]:
    """Give the owner of a name a role, or take it away."""
    actor, room = change.by, what.room
    if what.account:
        account = numbered(state, what.account)
    else:
        find = very_owner_of if what.role else owner_of
        account = find(state, what.name)
    if (what.role == "operator") != (not room) and what.role is not None:
        raise RuleError("bad-request", "An operator is one of the server, all others of a room.")
    require_moderator(state, actor, room)
    before = state.role(account.number, room)
    same_origin = what.role is None or state.is_external(account.number, room) == what.external
    if before == what.role and same_origin:
        raise RuleError("bad-request", f"{account.name} is that already.")
    if actor.account != account.number:
        require_power_over(state, actor, account.number, room)
    is_last = before == "operator" and len(state.members()) == 1
    if is_last and what.role is None and not what.external:
        raise RuleError(
            NOT_ALLOWED, f"{account.name} is the last operator; make another one first."
        )
    if what.role is None:
        yield Removed("role", f"{account.number} {room}")
    else:
        yield Role(account.number, room, what.role, what.external)


def found_room(state: ChatState, change: Change, what: FoundRoom) -> Iterator[Update]:
    """Make somebody the moderator of a room that is new, so that it has none."""
    if not what.account or state.members(what.room) or state.find(RoomSettings, what.room):
        raise RuleError("", "")
    yield Role(what.account, what.room, "moderator")


def set_room(state: ChatState, change: Change, what: SetRoom) -> Iterator[Update]:
    """Change the settings of a room."""
    require_moderator(state, change.by, what.room)
    before = state.room(what.room)
    settings = replace(before, **what.given)
    if settings == before:
        raise RuleError("bad-request", f"{settings.room} is like that already.")
    plain = settings == RoomSettings(settings.room)
    yield Removed(settings.kind, settings.key) if plain else settings


def announce(state: ChatState, change: Change, what: Announce) -> Iterator[Update]:
    """Let everybody read a text; nothing is remembered of it."""
    require_operator(state, change.by)
    return iter(())


def delete_lines(
    state: ChatState, change: Change, what: DeleteLines, lines: list[Said]
) -> Iterator[Update]:
    """Let `lines`, which are those asked for as far as they exist, be deleted."""
    actor = change.by
    if not lines:
        raise RuleError("bad-request", f"There is no such line in {what.room}.")
    if all(line.deleted for line in lines):
        raise RuleError("bad-request", "That line is deleted already.")
    authors = {author_of(state, line) for line in lines}
    if authors != {actor.account} or not actor.account:
        require_moderator(state, actor, what.room)
        for author in authors - {actor.account}:
            require_power_over(state, actor, author, what.room)
    return iter(())


def set_lock(state: ChatState, change: Change, what: SetLock) -> Iterator[Update]:
    """Lock the server."""
    require_operator(state, change.by)
    yield Lock(change.by.shown, what.until, what.reason)


def unlock(state: ChatState, change: Change, what: Unlock) -> Iterator[Update]:
    """Unlock the server."""
    require_operator(state, change.by)
    if state.lock is None:
        raise RuleError("bad-request", "The server is not locked.")
    yield Removed("lock", "")


def set_webhook(state: ChatState, change: Change, what: SetWebhook) -> Iterator[Update]:
    """Add a webhook, or change it."""
    require_operator(state, change.by)
    name = what.webhook.name
    before = state.webhook(name)
    if any(holder is not before for holder in state.owners.holders(name)):
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
    until = getattr(record, "until", 0)
    if not (change.by.console and 0 < until <= change.time):
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
    """Return the number of the account that has said `line`; 0: a guest has."""
    owner = state.owner(line.name)
    return owner.number if owner and owner.since <= line.time else 0


def may_speak(state: ChatState, account: int, room: str) -> bool:
    """Return whether the settings of `room` let `account` (0: a guest) say something there."""
    settings, rank = state.room(room), rank_of(state, account, room)
    if settings.readonly:
        return rank >= Rank.MODERATOR
    return rank >= Rank.MEMBER or not settings.moderated


def may_enter(state: ChatState, account: int, room: str) -> bool:
    """Return whether `account` (0: a guest) may know of `room` and enter it."""
    return not state.room(room).private or rank_of(state, account, room) >= Rank.MEMBER


def is_moderator(state: ChatState, account: int, room: str) -> bool:
    """Return whether `account` is a moderator of `room`, or an operator."""
    return rank_of(state, account, room) >= Rank.MODERATOR
