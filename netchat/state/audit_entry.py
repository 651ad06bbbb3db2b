"""An entry of the audit."""

from __future__ import annotations

from msgspec import Struct


class AuditEntry(Struct, frozen=True, omit_defaults=True):
    """What the audit remembers of a change: who did what to whom, where, when and why.

    Of a deleted line it has room, id, author and length, and nothing from which the text could be
    guessed.
    """

    number: int
    time: float
    by: str
    action: str
    target: str = ""
    room: str = ""
    reason: str = ""
    until: float = 0
    details: str = ""
