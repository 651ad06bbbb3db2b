"""What is typed: names, rooms, the word that leaves, and lines that are no commands."""

from __future__ import annotations

from netchat.dialects import text
from netchat.events import Refused
from netchat.printable import printable
from netchat.requests import HERE, Bye, Request, Say


def is_word(typed: str) -> bool:
    """Return whether `typed` can be asked for as a name, of a guest or a room: one word.

    Whether it is a good name is for the server to say.
    """
    return len(typed.split()) == 1 and typed == printable(typed).strip() and _is_utf8(typed)


def is_leaving(typed: str) -> bool:
    """Return whether somebody leaves who types this when he is asked for his name."""
    return isinstance(text.parse_hello(typed.encode(errors="replace")), Bye)


def as_it_is(line: bytes) -> Request | Refused | None:
    """Return what is meant by `line` where there are no commands: to say it."""
    try:
        said = printable(line.decode())
    except UnicodeDecodeError:
        return Refused("bad-utf8", "That is not UTF-8, so it was not said; send UTF-8.")
    return Say(HERE, said) if said.strip() else None


def _is_utf8(typed: str) -> bool:
    try:
        typed.encode()
    except UnicodeEncodeError:
        return False
    return True
