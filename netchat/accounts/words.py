"""One-time words and invitations: secrets that the server makes, and that people can read aloud.

A word has 80 random bits in 16 characters of Crockford's base32, such as `7ZK2-9QF0-M4TD-XW3H`. It
cannot be guessed, so it is stored as a plain SHA-256. Source: https://www.crockford.com/base32.html
"""

from __future__ import annotations

import hmac
import re
import secrets
from hashlib import sha256

from netchat.state.records import Account, Proof

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 16
_GROUP = 4
_MISREAD = str.maketrans("OIL", "011")
_FORM = re.compile(rf"[{_DIGITS}]{{{_LENGTH}}}")


def make_word() -> str:
    """Return a new word."""
    digits = "".join(secrets.choice(_DIGITS) for _ in range(_LENGTH))
    return "-".join(digits[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def hash_word(text: str) -> str:
    """Return what is stored of the word `text`, however it is typed; "" if it is no word."""
    digits = _digits(text)
    return sha256(f"netchat word {digits}".encode()).hexdigest() if digits else ""


def is_word(text: str) -> bool:
    """Return whether `text` has the form of a word, which few passwords have."""
    # With its dashes: a password of 16 letters and digits must not be taken for a word.
    return text.strip().count("-") == _LENGTH // _GROUP - 1 and bool(_digits(text))


def find_word(account: Account | None, typed: str, now: float) -> Proof | None:
    """Return the one-time word of `account` that is `typed`, unless its time is over."""
    hashed = hash_word(typed)
    for proof in account.proofs if account else ():
        lasts = not proof.until or now < proof.until
        if proof.kind == "word" and lasts and hmac.compare_digest(proof.value, hashed):
            return proof
    return None


def _digits(text: str) -> str:
    if len(text) > 4 * _LENGTH or not text.isascii():
        return ""
    digits = text.upper().translate(_MISREAD).replace("-", "").replace(" ", "")
    return digits if _FORM.fullmatch(digits) else ""
