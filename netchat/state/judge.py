"""How a change is settled when its place in the order has come: by the state before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from netchat.model.events import Refused, Said
from netchat.state import (
    account_rules,
    changes,
    moderation_rules,
    role_rules,
    site_changes,
    site_rules,
)
from netchat.state.changes import Change, Changed, DeleteLines, OwnName
from netchat.state.record import Update
from netchat.state.records import Counter, Restriction
from netchat.state.rights import RuleError
from netchat.state.state import ChatState

_OF_ROOMS = (
    changes.EmptyRoom,
    changes.FoundRoom,
    changes.Kick,
    changes.Lift,
    changes.Restrict,
    changes.SetRole,
    changes.SetRoom,
)
"""The changes of which the records of a room are made, or that are judged by them."""

FindLine = Callable[[str, int], Said | None]
"""Returns the stored line of a room with an id, or None."""

_RULES: dict[type[changes.What], Callable[[ChatState, Change, Any], Iterator[Update]]] = {
    changes.AddProof: account_rules.add_proof,
    changes.RemoveProof: account_rules.remove_proof,
    changes.Respell: account_rules.respell,
    changes.AddDevice: account_rules.add_device,
    changes.RemoveDevice: account_rules.remove_device,
    changes.Ignore: account_rules.ignore,
    changes.MarkRead: account_rules.mark_read,
    changes.Invite: account_rules.invite,
    changes.RevokeInvitation: account_rules.revoke_invitation,
    changes.Forget: account_rules.forget,
    changes.Kick: moderation_rules.kick,
    changes.Restrict: moderation_rules.restrict,
    changes.Lift: moderation_rules.lift,
    changes.SetRole: role_rules.set_role,
    changes.FoundRoom: role_rules.found_room,
    changes.SetRoom: moderation_rules.set_room,
    changes.EmptyRoom: moderation_rules.empty_room,
    changes.Announce: moderation_rules.announce,
    changes.SetLock: moderation_rules.set_lock,
    changes.Unlock: moderation_rules.unlock,
    changes.SetWebhook: moderation_rules.set_webhook,
    changes.RemoveWebhook: moderation_rules.remove_webhook,
    changes.WebhookSent: moderation_rules.webhook_sent,
    changes.Expire: moderation_rules.expire,
    site_changes.StartServer: site_rules.start_server,
    site_changes.Drain: site_rules.drain,
    site_changes.Bury: site_rules.bury,
    site_changes.Reach: site_rules.reach,
    site_changes.TakeDigest: site_rules.take_digest,
    site_changes.Arrive: site_rules.arrive,
    site_changes.Depart: site_rules.depart,
    site_changes.Enter: site_rules.enter,
    site_changes.Exit: site_rules.exit,
    site_changes.TakeName: site_rules.take_name,
    site_changes.SetAway: site_rules.set_away,
    site_changes.EndSession: site_rules.end_session,
}


def settle(state: ChatState, change: Change, find_line: FindLine) -> Changed | Refused:
    """Return the result of `change`, and apply it to `state`; a refused one changes nothing.

    But on a site a refused deletion of lines is counted: one server may have deleted lines because
    of their age that another still has, and the next change has one number on all of them.
    The deleted lines of the result are still to be deleted by the journal.
    """
    number = state.number + 1
    try:
        changed = _judge(state, change, number, find_line)
    except RuleError as error:
        if isinstance(change.what, DeleteLines) and state.site.servers:
            state.apply((Counter(number),))
        return error.refused(change.nonce)
    state.apply(changed.updates)
    return changed


def _judge(state: ChatState, change: Change, number: int, find_line: FindLine) -> Changed:
    change = _with_spelling(state, change)
    what = change.what
    lines: list[Said] = []
    if isinstance(what, OwnName):
        updates = [*account_rules.own_name(state, change, what, number)]
    elif isinstance(what, DeleteLines):
        found = (find_line(what.room, id) for id in dict.fromkeys(what.ids))
        lines = moderation_rules.deletable(state, change, what, [x for x in found if x is not None])
        updates = []
    else:
        updates = [*_RULES[type(what)](state, change, what)]
    if state.site.servers:
        updates += site_rules.presences_of(state, change.by, updates)
    # The length of a text is all that the audit may know of it.
    return Changed(
        change,
        number,
        (*updates, Counter(number)),
        tuple(replace(line, nonce="", client="") for line in lines if not line.deleted),
        _target(state, what, updates),
    )


def _with_spelling(state: ChatState, change: Change) -> Change:
    """Return `change` with the room written as in the records of it, if there are any.

    Whatever two have called it who have asked at the same time, it is one room. Lines and read
    marks are found by the name under which the lines are stored.
    """
    what = change.what
    if isinstance(what, _OF_ROOMS):
        spelling = state.spelling(what.room)
        if spelling != what.room:
            return replace(change, what=replace(what, room=spelling))
    return change


def _target(state: ChatState, what: changes.What, updates: list[Update]) -> str:
    for update in updates:
        if isinstance(update, Restriction):
            return update.shown
    if isinstance(what, changes.Expire):
        ended = state.get(what.kind, what.key)
        return str(getattr(ended, "shown", getattr(ended, "name", "")))
    if isinstance(what, changes.SetWebhook):
        return what.webhook.name
    account = state.account(getattr(what, "account", 0))
    if account is not None:
        return account.name
    return str(getattr(what, "name", getattr(what, "target", "")))
