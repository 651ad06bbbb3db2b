"""What a name may be, and when two names are the same.

A name is 1-32 characters after NFC (a room's 1-50): letters, marks and decimal digits of any
script, and `_ . -`. Its marks have something to stand on, and there are no more of them in a row
than a text that is relayed has (`netchat.model.sanitize`).

Two names are the same if they are equal after case folding and width mapping, or look alike.
Looking alike is not transitive ("Ian" looks like "lan", and "ian" is "Ian" in another case, yet
nobody takes "ian" for "lan"), so a name has several keys, and two names are the same when they
share one.

Source: UAX #15 (NFC, NFKC), UTS #39 section 4 (confusable detection; its table comes from the
confusable-homoglyphs library) and section 5.4 (marks that nobody sees).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from confusable_homoglyphs import confusables

from netchat.model.sanitize import MAX_MARKS, sanitize

MAX_NAME = 32
MAX_ROOM = 50
_PUNCTUATION = "_.-"
# Letters and marks that draw nothing: as good as whitespace in a name (Unicode: Default_Ignorable,
# and two marks that only tell how others are drawn).
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0\U00016fe4\U0001bc9d"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
_DOT = "\u0307"
_DOTLESS_J = "\u0237"
# Letters drawn with a dot, which one more replaces (Unicode: Soft_Dotted). All others of them look
# like one of these, or are folded into one.
_DOTTED = frozenset("ij\u029d\u1d96\U0001df1a")
_ABOVE = 230
"""The combining class of what stands over a letter: whatever does replaces the letter's own dot."""
# Two, because what is one mark to whoever types it may be two when it is decomposed.
_REPEATED = re.compile(r"([^\w\x00-\x7f]{1,2}?)\1+")
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
def match_keys(name: str) -> tuple[str, ...]:
    """Return the keys of `name`; two names are the same if and only if they share a key.

    The first is the name in small letters; then come its looks, as it is written, in small letters
    and in capitals.
    """
    folded = _fold(name)
    looks = (_skeleton(name), _skeleton(folded), _skeleton(folded.upper()))
    return tuple(dict.fromkeys((folded, *looks, _fold(looks[0]), _fold(looks[1]))))


def equivalent(one: str, other: str) -> bool:
    """Return whether these are the same name."""
    return not frozenset(match_keys(one)).isdisjoint(match_keys(other))


def _check(text: str, what: str, longest: int) -> str:
    # NFC never makes a text more than three times as long; beyond that it is not worth normalizing.
    name = unicodedata.normalize("NFC", text) if len(text) <= 3 * longest else text
    if not 1 <= len(name) <= longest:
        raise BadNameError(f"A {what} has 1 to {longest} characters; choose another one.")
    if not all(map(_allowed, name)):
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
    drawn = unicodedata.normalize("NFD", decomposed.translate(_prototypes()))
    return _same(text, drawn if drawn.isascii() else _without_unseen(drawn))


def _without_unseen(text: str) -> str:
    """Return `text`, in NFD, without marks that are drawn where the same is drawn already.

    These are a mark behind itself, and a dot over a letter that has one. Over a prototype without
    one, `l`, it makes what looks like an `i`.
    """
    once = _REPEATED.sub(_drawn_once, text)
    return _with_one_dot(once) if _DOT in once else once


def _drawn_once(repeated: re.Match[str]) -> str:
    # Marks with a place of their own stand beside each other.
    beside = "Mc" in map(unicodedata.category, repeated[1])
    return repeated[0] if beside else repeated[1]


def _with_one_dot(text: str) -> str:
    kept: list[str] = []
    letter = -1  # where the letter is that a dot would fall on; -1 if something lies between
    for char in text:
        place = unicodedata.combining(char)
        if char == _DOT and letter >= 0 and (kept[letter] in _DOTTED or kept[letter] == "l"):
            kept[letter] = "i" if kept[letter] == "l" else kept[letter]
            continue
        if place in (0, _ABOVE):
            letter = -1 if place else len(kept)
        kept.append(char)
    return "".join(kept)


def _same(text: str, made_of_it: str) -> str:
    """Return `made_of_it`, but `text` itself if they are equal: there may be many that are kept."""
    return text if made_of_it == text else made_of_it


@cache
def _prototypes() -> dict[int, str]:
    """Return each confusable character's prototype.

    The library lists, for each character, what it can be confused with: a prototype lists all of
    its look-alikes, a look-alike its prototype only. Of two that list only each other, the lower
    code point is the prototype. (It marks right-to-left characters with U+200E, which are no part.)
    It lists the dotless i beside i, but not the dotless j beside j.
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
