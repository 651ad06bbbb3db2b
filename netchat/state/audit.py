"""What the audit remembers of each change: who did what to whom, where, when and why."""

from __future__ import annotations

from msgspec.structs import replace

from netchat.state.audit_entry import AuditEntry
from netchat.state.changes import (
    AddDevice,
    AddProof,
    Changed,
    DeleteLines,
    Expire,
    Ignore,
    Lift,
    MarkRead,
    Restrict,
    SetRole,
    SetRoom,
    SetWebhook,
    WebhookSent,
    What,
)
from netchat.state.site_changes import Arrive, Depart, Enter, Exit, Reach, SetAway, TakeName

_UNNOTED = (
    AddDevice, Ignore, MarkRead, WebhookSent,
    Arrive, Depart, Enter, Exit, TakeName, SetAway, Reach,
)  # fmt: skip
"""What somebody does for themselves alone, or the server for its own bookkeeping."""


def entry_of(changed: Changed) -> AuditEntry | None:
    """Return what the audit remembers of `changed`; None: nothing. Its lines still have texts."""
    change, what = changed.change, changed.change.what
    if isinstance(what, _UNNOTED):
        return None
    return AuditEntry(
        changed.number,
        change.time,
        change.by.name,
        str(what.__struct_config__.tag),
        changed.target,
        _room_of(what),
        getattr(what, "reason", ""),
        getattr(what, "until", 0),
        _details_of(changed, what),
    )


def without_texts(changed: Changed) -> Changed:
    """Return `changed` with its lines as they are from now on: deleted."""
    lines = tuple(line.without_text() for line in changed.lines)
    return replace(changed, lines=lines) if lines else changed


def _room_of(what: What) -> str:
    match what:
        case SetWebhook():
            return what.webhook.room
    return getattr(what, "room", "")


def _details_of(changed: Changed, what: What) -> str:
    details = ""
    match what:
        case DeleteLines():
            # No hash: whoever guesses a text could compare it.
            details = "; ".join(
                f"{line.id} of {line.name}, {len(line.text)} characters" for line in changed.lines
            )
        case Restrict() | Lift():
            details = what.what
        case AddProof():
            details = what.proof.kind
        case Expire():
            details = what.kind
        case SetRole():
            details = what.role or "none"
        case SetRoom():
            details = ", ".join(f"{name}={value:g}" for name, value in what.given.items())
    return details
