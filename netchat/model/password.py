"""One shared word at the door: how it is kept in a file, and how a guest's is compared with it.

It is compared after NFC, because the same letters are typed in more than one way; everything else
counts, also a blank. Source: RFC 8265 section 4.2 (OpaqueString).
"""

from __future__ import annotations

import hmac
import stat
import unicodedata
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from netchat.model.sanitize import sanitize

MAX_PASSWORD = 128
"""Bytes; with it, what a program says first still has its 512."""


@dataclass(frozen=True, slots=True)
class Password:
    """The word that a guest has to know; it cannot be read out of this.

    `exposed` tells that others on this machine can read the file that it comes from.
    """

    _digest: bytes = field(repr=False)
    exposed: bool = False

    def matches(self, word: str) -> bool:
        """Return whether `word` is the password; this takes as long if it is nearly right."""
        return hmac.compare_digest(_digest(word), self._digest)


def load_password(path: str) -> Password:
    """Return the password in the file `path`; ValueError, with what it wants, if there is none."""
    word = read_password(path)
    return Password(_digest(word), exposed=bool(Path(path).stat().st_mode & _OTHERS))


def read_password(path: str) -> str:
    """Return the first line of the file `path`, without its end; ValueError as above."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            line = file.readline(MAX_PASSWORD + 2)
    except UnicodeError:
        raise ValueError(f"wants a text file in UTF-8; {path} is none") from None
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    word = unicodedata.normalize("NFC", line.removesuffix("\n").removesuffix("\r"))
    if not word:
        raise ValueError(f"wants a password in the first line of {path}, which is empty")
    if word != sanitize(word):
        raise ValueError(f"wants a password without control characters in {path}")
    if len(word.encode()) > MAX_PASSWORD:
        raise ValueError(f"wants a password of at most {MAX_PASSWORD} bytes in {path}")
    return word


_OTHERS = stat.S_IRGRP | stat.S_IROTH


def _digest(word: str) -> bytes:
    return sha256(unicodedata.normalize("NFC", word).encode()).digest()
