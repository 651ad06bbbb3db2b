"""One-time words, invitations and tokens of webhooks: how they are made and compared.

They are random, so that a plain hash is enough to keep them by: nobody can try 2**80 of them. They
have the letters of Crockford's base 32, which people can read to each other.
"""

from __future__ import annotations

import secrets
from hashlib import sha256

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_READ_AS = str.maketrans("oil", "011", "- ")
_GROUPS, _GROUP = 4, 4
_TOKEN = 32
"""The letters of a token that no person types."""


def new_word() -> str:
    """Return a word of 80 random bits that a person can type, such as 7kfd-m2xq-r4vb-n8tc."""
    return "-".join(_random(_GROUP) for _ in range(_GROUPS))


def new_token() -> str:
    """Return a token of 160 random bits, for programs."""
    return _random(_TOKEN)


def hash_token(typed: str) -> str:
    """Return the hash of a word or a token, in hexadecimal.

    Case, hyphens and blanks make no difference, nor does an O for a 0, or an I or L for a 1.
    """
    return sha256(typed.lower().translate(_READ_AS).encode()).hexdigest()


def _random(count: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(count))
