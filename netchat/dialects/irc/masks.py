"""Parts of a source (`nick!user@host`), masks with `*` and `?`, and hostnames.

Source: modern.ircdocs.horse, "Wildcard Expressions"; RFC 1123 section 2.1 (hostnames).
"""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

MAX_HOSTNAME = 253
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOSTNAME = re.compile(rf"{_LABEL}\.(?:{_LABEL}\.)*(?:{_LABEL})?")
_PART = re.compile(r"\\[*?\\]|.", re.DOTALL)


class Source(Struct, frozen=True):
    """Who a message comes from; what is not said is ""."""

    nick: str
    user: str = ""
    host: str = ""


def split_source(source: str) -> Source:
    """Return the parts of `source`, of which user and host may be missing."""
    rest, _, host = source.partition("@")
    nick, _, user = rest.partition("!")
    return Source(nick, user, host)


def is_match(mask: str, text: str) -> bool:
    r"""Return whether `mask` matches the whole of `text`; the case of ASCII letters is ignored.

    `*` is any text, `?` one character, and a `\` before these takes their meaning away. The time is
    at most proportional to the length of `mask` times that of `text`.
    """
    return _compiled(mask).fullmatch(text) is not None


def is_hostname(text: str) -> bool:
    """Return whether `text` is a hostname of at least one label and a dot."""
    return len(text) <= MAX_HOSTNAME and _HOSTNAME.fullmatch(text) is not None


@lru_cache(maxsize=256)
def _compiled(mask: str) -> re.Pattern[str]:
    pieces = [""]
    for part in _PART.findall(mask):
        if part == "*":
            pieces.append("")
        else:
            pieces[-1] += "." if part == "?" else re.escape(part[-1])
    first, *inner = pieces
    if not inner:
        return re.compile(first, re.IGNORECASE | re.ASCII | re.DOTALL)
    last = inner.pop()
    # The leftmost place of each piece is as good as any, so none is tried again (atomic groups).
    pattern = first + "".join(f"(?>.*?{piece})" for piece in inner if piece) + f".*{last}"
    return re.compile(pattern, re.IGNORECASE | re.ASCII | re.DOTALL)
