"""Which names are valid, and when two names are equivalent.

A name has 1-32 characters after NFC (a room's 1-50): letters, marks and decimal digits of any
script, and `_ . -`. It does not begin with a mark, and has no more marks in a row than other texts
may have (`netchat.model.sanitize`).

Two names are equivalent if they are equal after case folding and width mapping, or look alike.
Looking alike is not transitive ("Ian" looks like "lan", and "ian" is "Ian" in another case, yet
"ian" does not look like "lan"), so a name has several keys, and two names are equivalent if they
share one.

Source: UAX #15 (NFC, NFKC), UTS #39 section 4 (confusable detection; its table comes from the
confusable-homoglyphs library) and section 5.4 (invisible marks).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from confusable_homoglyphs import confusables

from netchat.model.folding import fold
from netchat.model.sanitize import MAX_MARKS, sanitize

MAX_NAME = 32
MAX_ROOM = 50
TALK = "@"
"""In place of a room in a read mark, with the number of an account: the talk with its owner."""
_PUNCTUATION = "_.-"
# Letters and marks without a glyph, which are as bad as whitespace in a name (Unicode:
# Default_Ignorable, and two marks that only change how others are drawn).
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0\U00016fe4\U0001bc9d"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
_DOT = "\u0307"
_DOTLESS_J = "\u0237"
# Letters whose dot is replaced by a combining dot (Unicode: Soft_Dotted). All others of them look
# like one of these, or are folded into one.
_DOTTED = frozenset("ij\u029d\u1d96\U0001df1a")
_ABOVE = 230
"""The combining class of marks above a letter, which replace the letter's own dot."""
# Up to two, because one typed mark may be two when it is decomposed.
_REPEATED = re.compile(r"([^\w\x00-\x7f]{1,2}?)\1+")
# The protocol's five, and `you`, by which the server and the client address the reader.
_RESERVED = ("server", "admin", "root", "system", "netchat", "you", "nickserv")


class BadNameError(ValueError):
    """The text is not a valid name; the message is one sentence for the user."""


def check_name(text: str) -> str:
    """Return `text` in NFC if it is a valid participant's name, or raise BadNameError."""
    return _check(text, "name", MAX_NAME)


def check_room(text: str) -> str:
    """Return `text` in NFC if it is a valid room name, or raise BadNameError."""
    return _check(text, "room", MAX_ROOM)


@lru_cache(maxsize=1024)
def match_keys(name: str) -> tuple[str, ...]:
    """Return the keys of `name`; two names are equivalent if and only if they share a key.

    The first key is the case-folded name; then come the skeletons of the name as written, in lower
    case and in upper case.
    """
    folded = fold(name)
    looks = (_skeleton(name), _skeleton(folded), _skeleton(folded.upper()))
    return tuple(dict.fromkeys((folded, *looks, fold(looks[0]), fold(looks[1]))))


def equivalent(one: str, other: str) -> bool:
    """Return whether the two names are equivalent."""
    return not frozenset(match_keys(one)).isdisjoint(match_keys(other))


def is_same(one: str, other: str) -> bool:
    """Return whether the two are one name but for case; one that only looks alike is another."""
    return match_keys(one)[0] == match_keys(other)[0]


def is_name_character(char: str) -> bool:
    """Return whether a name may have `char` in it; a mark not at its beginning."""
    if char.isascii():
        return char.isalnum() or char in _PUNCTUATION
    category = unicodedata.category(char)
    return (category[0] in "LM" or category == "Nd") and char not in _INVISIBLE


def _check(text: str, what: str, longest: int) -> str:
    # Do not normalize a text that is far too long: a client may send thousands of characters.
    name = unicodedata.normalize("NFC", text) if len(text) <= 3 * longest else text
    if not 1 <= len(name) <= longest:
        raise BadNameError(f"A {what} has 1 to {longest} characters; choose another one.")
    if not all(map(is_name_character, name)):
        raise BadNameError(
            f"A {what} has letters, digits and {' '.join(_PUNCTUATION)} only; choose another one."
        )
    if unicodedata.category(name[0])[0] == "M":
        raise BadNameError(f"A {what} does not begin with a mark; choose another one.")
    if sanitize(name) != name:
        raise BadNameError(
            f"A {what} has at most {MAX_MARKS} marks on a letter; choose another one."
        )
    if not _reserved().isdisjoint(match_keys(name)):
        raise BadNameError(f"{name} is reserved; choose another {what}.")
    return name


def _skeleton(text: str) -> str:
    """Return the UTS #39 skeleton of `text`: look-alike characters replaced by their prototype."""
    decomposed = unicodedata.normalize("NFD", text)
    drawn = unicodedata.normalize("NFD", decomposed.translate(_prototypes()))
    return _reuse(text, drawn if drawn.isascii() else _without_invisible(drawn))


def _without_invisible(text: str) -> str:
    """Return `text`, in NFD, without marks that do not change its look.

    These are repeated marks, and a dot over a letter that has one. A dot over `l`, a prototype
    without one, makes it look like `i`.
    """
    once = _REPEATED.sub(_drawn_once, text)
    return _with_one_dot(once) if _DOT in once else once


def _drawn_once(repeated: re.Match[str]) -> str:
    # Spacing marks (Mc) are drawn side by side, so a repeated one is visible.
    beside = "Mc" in map(unicodedata.category, repeated[1])
    return repeated[0] if beside else repeated[1]


def _with_one_dot(text: str) -> str:
    kept: list[str] = []
    letter = -1  # the index of the letter under a dot; -1 if another mark lies between
    for char in text:
        place = unicodedata.combining(char)
        if char == _DOT and letter >= 0 and (kept[letter] in _DOTTED or kept[letter] == "l"):
            kept[letter] = "i" if kept[letter] == "l" else kept[letter]
            continue
        if place in (0, _ABOVE):
            letter = -1 if place else len(kept)
        kept.append(char)
    return "".join(kept)


def _reuse(text: str, derived: str) -> str:
    """Return `derived`, or `text` itself if they are equal, to keep only one copy in memory."""
    return text if derived == text else derived


@cache
def _prototypes() -> dict[int, str]:
    """Return the prototype of each confusable character.

    The library lists, for each character, the characters that it can be confused with: a prototype
    lists all of its look-alikes, a look-alike only its prototype. Of two that list only each other,
    the lower code point is the prototype. (The library adds U+200E to right-to-left characters; it
    is removed.) It lists the dotless i with i, but not the dotless j with j.
    """
    looks_like = {
        _bare(char): [_bare(other["c"]) for other in others]
        for char, others in confusables.confusables_data.items()
    }
    return {
        ord(char): others[0].replace(_DOTLESS_J, "j")
        for char, others in looks_like.items()
        if len(char) == len(others) == 1
        and not (looks_like[others[0]] == [char] and char < others[0])
    } | {ord(_DOTLESS_J): "j"}


def _bare(text: str) -> str:
    return text.replace("\u200e", "")


@cache
def _reserved() -> frozenset[str]:
    return frozenset().union(*map(match_keys, _RESERVED))
