"""Whom a request of a moderator means: a name, an account, or an address."""

from __future__ import annotations

from collections.abc import Iterable

from netchat.chat.chat import Chat
from netchat.chat.refusal import RefusedError
from netchat.model.limits import Network
from netchat.model.names import BadNameError, check_name
from netchat.state.changes import Lift
from netchat.state.moderation_rules import find_target
from netchat.state.protection import why_not_ban
from netchat.state.records import Restriction, TargetKind, restriction_key
from netchat.state.restrictions import parse_network
from netchat.state.rights import RuleError
from netchat.state.state import ChatState


def read_target(who: str, trusted: Iterable[Network]) -> tuple[TargetKind, str]:
    """Return what `who` is, and how it is written: an address or network, or else a name.

    RefusedError if it is no name, or if `why_not_ban` has an answer; it has `trusted`.
    """
    network = parse_network(who)
    if network is None:
        try:
            return "name", check_name(who)
        except BadNameError as error:
            raise RefusedError("bad-name", str(error)) from None
    refusal = why_not_ban(str(network), trusted)
    if refusal:
        raise RefusedError("not-allowed", refusal)
    return "address", str(network)


def is_somebody(chat: Chat, name: str) -> bool:
    """Return whether somebody who is here has `name`, or somebody owns it."""
    return chat.participants.find(name) is not None or any(chat.state.owners.holders(name))


def is_restricted(state: ChatState, lift: Lift) -> bool:
    """Return whether there is what `lift` ends."""
    try:
        kind, target, shown = find_target(state, lift)
    except RuleError:
        return False
    keys = [(kind, target), ("name", shown)]
    return any(state.find(Restriction, restriction_key(lift.what, *key, lift.room)) for key in keys)
