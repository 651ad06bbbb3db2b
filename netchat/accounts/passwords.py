"""Passwords of accounts: what is stored of one, and how one is verified.

What is stored is a verifier: argon2id with 19 MiB, two passes and one lane, after NFC, as for the
server's own password (`netchat.model.password`). Making and verifying take about 20 ms and 19 MiB,
so both run in a pool of threads (`netchat.accounts.pool`). Source: RFC 9106; OWASP Password Storage
Cheat Sheet; RFC 8265 section 4.2 (OpaqueString).
"""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from netchat.model.password import MAX_PASSWORD
from netchat.model.sanitize import sanitize

MIN_PASSWORD = 8
"""In characters. Source: NIST SP 800-63B section 5.1.1.1."""
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


def check_password(password: str) -> str:
    """Return `password` in NFC; ValueError, which is a sentence for the user, if it is none."""
    # Do not normalize a text that is far too long.
    text = unicodedata.normalize("NFC", password) if len(password) <= MAX_PASSWORD else password
    if len(text) < MIN_PASSWORD or text.isspace():
        raise ValueError(f"A password has at least {MIN_PASSWORD} characters; choose a longer one.")
    if len(text.encode(errors="surrogatepass")) > MAX_PASSWORD:
        raise ValueError(f"A password has at most {MAX_PASSWORD} bytes; choose a shorter one.")
    if text != sanitize(text):
        raise ValueError("A password has no control characters; choose another one.")
    return text


def make_verifier(password: str) -> str:
    """Return the verifier of `password`, which `check_password` has returned."""
    return _HASHER.hash(password)


def verify(verifier: str, password: str) -> bool:
    """Return whether `password` is the one of `verifier`.

    Without a verifier ("") the answer is False, after the same work.
    """
    try:
        text = unicodedata.normalize("NFC", password)
        _HASHER.verify(verifier or _dummy(), text.encode(errors="surrogatepass"))
    except (InvalidHashError, VerificationError):
        return False
    return bool(verifier)


@cache
def _dummy() -> str:
    """Return the verifier of a password that nobody knows; a right one costs the same work."""
    return _HASHER.hash("the password of nobody")
