"""What a name may be, and when two names are the same.

A name is 1-32 characters after NFC (a room's 1-50): letters, marks and decimal digits of any
script, and `_ . -`. Two names are the same if they are equal after case folding and width
mapping, or look alike. Looking alike is not transitive ("Ian" looks like "lan", and "ian" is "Ian"
in another case, yet nobody takes "ian" for "lan"), so a name has several keys, and two names are
the same when they share one.

Source: UAX #15 (NFC, NFKC), UTS #39 section 4 (confusable detection; its table comes from the
confusable-homoglyphs library).
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache

from confusable_homoglyphs import confusables

MAX_NAME = 32
MAX_ROOM = 50
_PUNCTUATION = "_.-"
# Letters and marks that draw nothing: as good as whitespace in a name (Unicode: Default_Ignorable).
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
# The protocol's five, and `you`, which is what both the server and the client call the reader.
_RESERVED = ("server", "admin", "root", "system", "netchat", "you")


class BadNameError(ValueError):
    """The text is no name; its message is one sentence for the guest."""


def check_name(text: str) -> str:
    """Return `text` in NFC if it can be a guest's name, or raise BadNameError."""
    return _check(text, "name", MAX_NAME)


def check_room(text: str) -> str:
    """Return `text` in NFC if it can be a room's name, or raise BadNameError."""
    return _check(text, "room", MAX_ROOM)


@lru_cache(maxsize=1024)
def keys(name: str) -> tuple[str, ...]:
    """Return the keys of `name`; two names are the same if and only if they share a key.

    The first is the name in small letters; then come its looks, as it is written, in small letters
    and in capitals.
    """
    folded = _fold(name)
    looks = (_skeleton(name), _skeleton(folded), _skeleton(folded.upper()))
    return tuple(dict.fromkeys((folded, *looks, _fold(looks[0]), _fold(looks[1]))))


def _check(text: str, what: str, longest: int) -> str:
    # NFC never makes a text more than three times as long; beyond that it is not worth normalizing.
    name = unicodedata.normalize("NFC", text) if len(text) <= 3 * longest else text
    if not 1 <= len(name) <= longest:
        raise BadNameError(f"A {what} has 1 to {longest} characters; choose another one.")
    if not all(map(_allowed, name)):
        raise BadNameError(
            f"A {what} has letters, digits and {' '.join(_PUNCTUATION)} only; choose another one."
        )
    if not _reserved().isdisjoint(keys(name)):
        raise BadNameError(f"{name} is not to be had as a {what}; choose another one.")
    return name


def _allowed(char: str) -> bool:
    if char.isascii():
        return char.isalnum() or char in _PUNCTUATION
    category = unicodedata.category(char)
    return (category[0] in "LM" or category == "Nd") and char not in _INVISIBLE


def _fold(text: str) -> str:
    if text.isascii():
        return _same(text, text.lower())
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _skeleton(text: str) -> str:
    """Return the UTS #39 skeleton of `text`: what is left when look-alikes are drawn the same."""
    decomposed = unicodedata.normalize("NFD", text)
    return _same(text, unicodedata.normalize("NFD", decomposed.translate(_prototypes())))


def _same(text: str, made_of_it: str) -> str:
    """Return `made_of_it`, but `text` itself if they are equal: there may be many that are kept."""
    return text if made_of_it == text else made_of_it


@cache
def _prototypes() -> dict[int, str]:
    """Return each confusable character's prototype.

    The library lists, for each character, what it can be confused with: a prototype lists all of
    its look-alikes, a look-alike its prototype only. Of two that list only each other, the lower
    code point is the prototype. (It marks right-to-left characters with U+200E, which are no part.)
    """
    looks_like = {
        _bare(char): [_bare(other["c"]) for other in others]
        for char, others in confusables.confusables_data.items()
    }
    return {
        ord(char): others[0]
        for char, others in looks_like.items()
        if len(char) == len(others) == 1
        and not (looks_like[others[0]] == [char] and char < others[0])
    }


def _bare(text: str) -> str:
    return text.replace("\u200e", "")


@cache
def _reserved() -> frozenset[str]:
    return frozenset().union(*map(keys, _RESERVED))
