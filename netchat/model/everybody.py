"""The word by which a moderator mentions everybody in a room."""

from __future__ import annotations

import re

EVERYBODY = "@all"
_WORD = re.compile(rf"(?<![\w.@/+-]){EVERYBODY}(?![\w@/+-]|\.\w)", re.IGNORECASE)


def mentions_everybody(text: str) -> bool:
    """Return whether `text` has EVERYBODY in any case as a word, not as part of an address."""
    return "@" in text and _WORD.search(text) is not None
