"""Parse what is typed outside the conversation: names, the exit word, and literal lines."""

from __future__ import annotations

from netchat.dialects.text import dialect as text
from netchat.model.events import Refused
from netchat.model.requests import CURRENT_ROOM, Bye, Request, Say
from netchat.model.sanitize import sanitize


def name_problem(typed: str) -> str:
    """Return why `typed`, which is not a single word, cannot be a name, in the server's words."""
    # Imported here because it loads a large table, and most users type one word.
    from netchat.model.names import BadNameError, check_name

    asked = text.parse_hello(typed.encode(errors="surrogatepass"))
    if isinstance(asked, Refused):
        return asked.message
    try:
        check_name(typed)
    except BadNameError as error:
        return str(error)
    raise AssertionError("the server allows no name that is not a single word")


def is_exit_word(typed: str) -> bool:
    """Return whether `typed`, as the answer to the question for a name, means to leave."""
    return isinstance(text.parse_hello(typed.encode(errors="replace")), Bye)


def parse_literal(line: bytes) -> Request | Refused | None:
    """Return the request that says `line` without parsing commands; None if it is blank."""
    try:
        said = sanitize(line.decode())
    except UnicodeDecodeError:
        return Refused("bad-utf8", "That line is not UTF-8, so it was not sent; send UTF-8.")
    return Say(CURRENT_ROOM, said) if said.strip() else None
