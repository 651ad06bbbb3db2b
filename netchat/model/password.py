"""The shared password of a server: how it is read from a file, and how a client's is verified.

Passwords are compared after NFC, because the same letters can be typed in several ways; every other
character counts, spaces included. Source: RFC 8265 section 4.2 (OpaqueString).
"""

from __future__ import annotations

import hmac
import unicodedata
from dataclasses import dataclass, field
from hashlib import sha256

from netchat.model.sanitize import sanitize
from netchat.model.text_file import TextFile, read_text_file

MAX_PASSWORD = 128
"""In bytes: a hello with a password still fits into a login line of 512 bytes."""


@dataclass(frozen=True, slots=True)
class Password:
    """The password of a server, as a digest from which it cannot be recovered.

    `exposed` tells whether other users of this machine can read the password's file.
    """

    _digest: bytes = field(repr=False)
    exposed: bool = False

    def matches(self, word: str) -> bool:
        """Return whether `word` is the password, in constant time."""
        return hmac.compare_digest(_digest(word), self._digest)


def load_password(path: str) -> Password:
    """Return the password in the file `path`; ValueError, which says what is wrong, if none."""
    return password_in(read_text_file(path))


def password_in(file: TextFile) -> Password:
    """Return the password in `file`; ValueError as above."""
    return Password(_digest(_word_in(file)), exposed=file.exposed)


def read_password(path: str) -> str:
    """Return the first line of the file `path`, without its end; ValueError as above."""
    return _word_in(read_text_file(path))


def _word_in(file: TextFile) -> str:
    line, path = file.beginning.partition("\n")[0], file.path
    word = unicodedata.normalize("NFC", line)
    if not word.strip():
        raise ValueError(f"wants a password in the first line of {path}, which is empty")
    if word != sanitize(word):
        raise ValueError(f"wants a password without control characters in {path}")
    if len(word.encode()) > MAX_PASSWORD:
        raise ValueError(f"wants a password of at most {MAX_PASSWORD} bytes in {path}")
    return word


def _digest(word: str) -> bytes:
    return sha256(unicodedata.normalize("NFC", word).encode()).digest()
