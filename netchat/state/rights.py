"""Who may do what: the ranks of accounts, and the refusals of those who may not."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

from netchat.model.events import Refused
from netchat.state.changes import Actor
from netchat.state.records import Restriction, RoomSettings
from netchat.state.state import ChatState


class Rank(IntEnum):
    """How far the rights of somebody in a room go; each has those of the ranks below it."""

    GUEST = 0
    MEMBER = 1
    MODERATOR = 2
    OPERATOR = 3
    CONSOLE = 4


_RANKS = {"member": Rank.MEMBER, "moderator": Rank.MODERATOR, "operator": Rank.OPERATOR}
NOT_ALLOWED = "not-allowed"
OPERATORS_ONLY = "Only an operator of the server may do that; ask one."
MODERATORS_ONLY = "Only a moderator of {} or an operator may do that; ask one."


class RuleError(Exception):
    """A change that the rules refuse; `code` and `message` as in Refused."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def refused(self, nonce: str = "") -> Refused:
        """Return the refusal of the change with this `nonce`."""
        return Refused(self.code, self.message, nonce)


def account_gone() -> RuleError:
    """Return the refusal of what somebody says whose account was forgotten meanwhile."""
    return RuleError(
        NOT_ALLOWED, "Your account was removed, so nobody saw that; connect with another name."
    )


def rank_of(state: ChatState, account: int, room: str = "") -> Rank:
    """Return the rank of `account` (0: a guest) in `room`, or ("") on the server."""
    if not account:
        return Rank.GUEST
    if state.role(account) == "operator":
        return Rank.OPERATOR
    role = state.role(account, room) if room else None
    return _RANKS[role] if role else Rank.GUEST


def rank_of_actor(state: ChatState, actor: Actor, room: str = "") -> Rank:
    """Return the rank of `actor` in `room`, or ("") on the server."""
    if actor.console:
        return Rank.CONSOLE
    return Rank.MODERATOR if is_founder(state, actor, room) else rank_of(state, actor.account, room)


def is_founder(state: ChatState, actor: Actor, room: str) -> bool:
    """Return whether `actor` moderates `room` for nothing but that they have made it as a guest."""
    if not (room and actor.founded and state.spelling(actor.founded) == state.spelling(room)):
        return False
    return rank_of(state, actor.account, room) < Rank.MODERATOR


def require_operator(state: ChatState, actor: Actor) -> None:
    """Raise RuleError unless `actor` is an operator."""
    if rank_of_actor(state, actor) < Rank.OPERATOR:
        raise RuleError(NOT_ALLOWED, OPERATORS_ONLY)


def require_moderator(state: ChatState, actor: Actor, room: str) -> None:
    """Raise RuleError unless `actor` is a moderator of `room`, or ("") an operator."""
    if not room:
        require_operator(state, actor)
    elif rank_of_actor(state, actor, room) < Rank.MODERATOR:
        raise RuleError(NOT_ALLOWED, MODERATORS_ONLY.format(room))


def require_power_over(state: ChatState, actor: Actor, account: int, room: str) -> None:
    """Raise RuleError unless `actor` may moderate `account` (0: a guest) in `room`.

    Operators may moderate everybody; moderators whoever is none in that room, and no operator.
    """
    if rank_of_actor(state, actor, room) >= Rank.OPERATOR:
        return
    if rank_of(state, account, room) >= Rank.MODERATOR:
        raise RuleError(NOT_ALLOWED, "They are a moderator or an operator; only an operator can.")


def may_speak(state: ChatState, account: int, room: str) -> bool:
    """Return whether the settings of `room` let `account` (0: a guest) say something there."""
    settings, rank = state.room(room), rank_of(state, account, room)
    if settings.readonly:
        return rank >= Rank.MODERATOR
    return rank >= Rank.MEMBER or not settings.moderated


def may_enter(state: ChatState, account: int, room: str) -> bool:
    """Return whether `account` (0: a guest) may know of `room` and enter it."""
    return not state.room(room).private or rank_of(state, account, room) >= Rank.MEMBER


def of_guest(state: ChatState, room: str) -> Iterator[RoomSettings | Restriction]:
    """Yield what a guest has set in `room` who has made it."""
    settings = state.settings(room)
    if settings is not None and settings.of_guest:
        yield settings
    _, restrictions = state.restrictions.of_room(state.spelling(room))
    yield from (some for some in restrictions if some.of_guest)
