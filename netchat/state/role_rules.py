"""The rules for roles: who gives and takes them, and how many rooms somebody moderates."""

from __future__ import annotations

from collections.abc import Iterator

from netchat.state.account_rules import numbered, own_account, owner_of, very_owner_of
from netchat.state.changes import Change, FoundRoom, SetRole
from netchat.state.record import Removed, Update
from netchat.state.records import Account, Role
from netchat.state.rights import (
    NOT_ALLOWED,
    Rank,
    RuleError,
    is_founder,
    rank_of_actor,
    require_moderator,
    require_power_over,
)
from netchat.state.state import ChatState

GUEST_GIVES_NONE = "Only who owns their name gives roles; own yours (/own) and make a room then."
MAX_MODERATED = 30
"""The most rooms that an account moderates, unless an operator gives it more.

With the limits of each room, and as no room that is remembered loses its last moderator, that
bounds what one account can have the server remember.
"""


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
    if is_founder(state, actor, room):
        raise RuleError(NOT_ALLOWED, GUEST_GIVES_NONE)
    before = state.role(account.number, room)
    same_origin = what.role is None or state.is_external(account.number, room) == what.external
    if before == what.role and same_origin:
        raise RuleError("bad-request", f"{account.name} is that already.")
    if actor.account != account.number:
        require_power_over(state, actor, account.number, room)
    rank = rank_of_actor(state, actor)
    if what.role == "moderator" and rank < Rank.OPERATOR and _has_enough(state, account.number):
        raise RuleError(
            "bad-request",
            f"{account.name} moderates {MAX_MODERATED} rooms already; ask an operator.",
        )
    if before == "moderator" and rank < Rank.OPERATOR:
        _require_another_moderator(state, account, what)
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
    """Make somebody the moderator of a room that is new, so that it has none.

    Unless they moderate MAX_MODERATED rooms: it stays without a moderator then.
    """
    if not what.account or state.knows_room(what.room):
        raise RuleError("", "")
    own_account(state, change.by, what.account)
    if rank_of_actor(state, change.by) < Rank.OPERATOR and _has_enough(state, what.account):
        raise RuleError("", "")
    yield Role(what.account, what.room, "moderator")


def _has_enough(state: ChatState, account: int) -> bool:
    roles = state.roles(account).values()
    return sum(role == "moderator" for role in roles) >= MAX_MODERATED


def _require_another_moderator(state: ChatState, account: Account, what: SetRole) -> None:
    """Raise RuleError if the room loses its only moderator, and yet is remembered after that."""
    room = what.room
    moderators = [number for number, role in state.members(room).items() if role == "moderator"]
    is_forgotten = what.role is None and state.has_only_moderator(room, account.number)
    if len(moderators) == 1 and not is_forgotten:
        raise RuleError(
            NOT_ALLOWED,
            f"{account.name} is the last moderator of {room}; make another one first.",
        )
