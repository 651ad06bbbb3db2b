"""Tokens and secrets of webhooks: random, and long, because no person types them.

A token has 160 random bits. It cannot be guessed, so it is stored as a plain SHA-256.
"""

from __future__ import annotations

import secrets
from hashlib import sha256

_BYTES = 20


def make_token() -> str:
    """Return a new token, in hexadecimal digits."""
    return secrets.token_hex(_BYTES)


def hash_token(token: str) -> str:
    """Return what is stored of `token`."""
    return sha256(token.encode()).hexdigest()
