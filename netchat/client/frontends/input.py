"""What is typed: names, rooms, the word that leaves, and lines that are no commands."""

from __future__ import annotations

import unicodedata

from netchat.dialects.text import dialect as text
from netchat.model.events import Refused
from netchat.model.requests import CURRENT_ROOM, Bye, Request, Say
from netchat.model.sanitize import sanitize


def is_single_word(typed: str) -> bool:
    """Return whether `typed` can be asked for as a name, of a guest or a room: one word.

    Whether it is a good name is for the server to say.
    """
    word = unicodedata.normalize("NFC", typed)
    return len(word.split()) == 1 and word == sanitize(word).strip() and _is_utf8(word)


def name_problem(typed: str) -> str:
    """Return why `typed`, which is no word, cannot be had as a name: what the server would say."""
    # Here, not above: it reads a large table, and most people type a word.
    from netchat.model.names import BadNameError, check_name

    asked = text.parse_hello(typed.encode(errors="surrogatepass"))
    if isinstance(asked, Refused):
        return asked.message
    try:
        check_name(typed)
    except BadNameError as error:
        return str(error)
    raise AssertionError("what is no word is no name")


def is_exit_word(typed: str) -> bool:
    """Return whether somebody leaves who types this when he is asked for his name."""
    return isinstance(text.parse_hello(typed.encode(errors="replace")), Bye)


def parse_literal(line: bytes) -> Request | Refused | None:
    """Return what is meant by `line` where there are no commands: to say it."""
    try:
        said = sanitize(line.decode())
    except UnicodeDecodeError:
        return Refused("bad-utf8", "That is not UTF-8, so it was not said; send UTF-8.")
    return Say(CURRENT_ROOM, said) if said.strip() else None


def _is_utf8(typed: str) -> bool:
    try:
        typed.encode()
    except UnicodeEncodeError:
        return False
    return True
