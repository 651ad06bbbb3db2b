"""The identifier of a journal."""

from __future__ import annotations

import secrets

_BYTES = 8


def new_journal_id() -> str:
    """Return a random identifier for a new journal: 16 hexadecimal digits."""
    return secrets.token_hex(_BYTES)
