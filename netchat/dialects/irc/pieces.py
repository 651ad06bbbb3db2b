"""Splits a text that is too long for one line of a client.

Source: UAX #29 section 3.1 (extended grapheme clusters), without the rules for Hangul syllables
and for what stands before a letter.
"""

from __future__ import annotations

import unicodedata

_ZWNJ, _ZWJ = "\u200c", "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_REGIONAL = range(0x1F1E6, 0x1F200)
"""Two of these are one flag."""


def split_text(text: str, room_bytes: int) -> list[str]:
    """Return `text` in parts of at most `room_bytes` bytes of UTF-8, but of a character at least.

    A part ends behind a space if there is one in its last quarter, else between two characters as
    the reader sees them, else (where the whole part is one of these) between code points. The parts
    together are `text`. The time is proportional to the length of `text`.
    """
    data = text.encode()
    parts, start = [], 0
    while len(data) - start > room_bytes and start < len(data):
        end = _end_of_part(data, start, max(room_bytes, 1))
        parts.append(data[start:end].decode())
        start = end
    if start < len(data) or not parts:
        parts.append(data[start:].decode())
    return parts


def _end_of_part(data: bytes, start: int, room: int) -> int:
    limit = _begin_of_character(data, min(start + room, len(data)))
    if limit <= start:
        return _end_of_character(data, start)
    space = data.rfind(b" ", start + room - room // 4, limit) + 1
    if space and not _is_joined(data, start, space):
        return space
    end = limit
    while end > start and _is_joined(data, start, end):
        end = _begin_of_character(data, end - 1)
    return end if end > start else limit


def _is_joined(data: bytes, start: int, at: int) -> bool:
    """Return whether the code point at `at` is part of the character before it."""
    if at == len(data) or (data[at] < 0x80 and data[at - 1] < 0x80):
        return False
    after = data[at : _end_of_character(data, at)].decode()
    before = data[_begin_of_character(data, at - 1) : at].decode()
    if after in (_ZWNJ, _ZWJ) or before == _ZWJ or unicodedata.category(after)[0] == "M":
        return True
    code = ord(after)
    if code in _REGIONAL:
        return _regional_before(data, start, at) % 2 == 1
    return code in _SKIN_TONES or code in _TAGS


def _regional_before(data: bytes, start: int, at: int) -> int:
    """Return how many regional indicators, of 4 bytes each, stand before `at` in a row."""
    count = 0
    while at - 4 >= start and data[at - 4] == 0xF0 and ord(data[at - 4 : at].decode()) in _REGIONAL:
        count, at = count + 1, at - 4
    return count


def _begin_of_character(data: bytes, at: int) -> int:
    while at < len(data) and data[at] & 0xC0 == 0x80:
        at -= 1
    return at


def _end_of_character(data: bytes, at: int) -> int:
    at += 1
    while at < len(data) and data[at] & 0xC0 == 0x80:
        at += 1
    return at
