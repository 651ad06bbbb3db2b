"""What a word is, to whoever searches: the same in every journal."""

from __future__ import annotations

import re
import unicodedata
from itertools import filterfalse

_WORD = re.compile(r"[^\W_]+")


def find_words(text: str) -> list[str]:
    """Return the words of `text`: its runs of letters and digits, without case and diacritics."""
    return words_of(fold(text))


def fold(text: str) -> str:
    """Return `text` without case and diacritics."""
    if text.isascii():
        return text.lower()
    # Not a generator, which takes half as long again.
    bare = filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", text))
    return "".join(bare).casefold()


def words_of(folded: str) -> list[str]:
    """Return the words of a text that is folded."""
    return _WORD.findall(folded)
