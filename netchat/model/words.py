"""Whether a text is one word, as the names of guests and rooms are."""

from __future__ import annotations

import unicodedata

from netchat.model.sanitize import sanitize


def is_single_word(typed: str) -> bool:
    """Return whether `typed` is one word, and so can be sent as the name of a guest or a room.

    The server decides whether the name is allowed.
    """
    word = unicodedata.normalize("NFC", typed)
    return len(word.split()) == 1 and word == sanitize(word).strip() and _is_utf8(word)


def _is_utf8(typed: str) -> bool:
    try:
        typed.encode()
    except UnicodeEncodeError:
        return False
    return True
