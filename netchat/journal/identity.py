"""The identifier of a journal, and its secret."""

from __future__ import annotations

import secrets

from netchat.state.records import SaltSecret

_BYTES = 8
_SECRET_BYTES = 32


def new_journal_id() -> str:
    """Return a random identifier for a new journal: 16 hexadecimal digits."""
    return secrets.token_hex(_BYTES)


def new_salt_secret() -> SaltSecret:
    """Return the random record with which the chat's state of a new journal begins."""
    return SaltSecret(secrets.token_hex(_SECRET_BYTES))
