"""The commands that only the netchat client can execute; a server says so when it is sent one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from netchat.dialects.text.command import Command
from netchat.model.requests import ClientCommand, Request
from netchat.model.sanitize import sanitize


def _typed(word: str) -> Callable[[str], Request | None]:
    """Return a function that makes the ClientCommand `word` of its arguments."""
    return lambda text: ClientCommand(word, sanitize(text).strip())


def _named(word: str) -> Callable[[str], Request | None]:
    """Return the same, for a command that needs an argument."""
    return lambda text: ClientCommand(word, typed) if (typed := sanitize(text).strip()) else None


def _line_number(text: str) -> Request | None:
    number = text.removeprefix("#")
    is_one = number.isascii() and number.isdecimal() and 0 < int(number[:17]) < 2**53
    return ClientCommand("context", number[:17]) if is_one else None


CLIENT_COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "go": Command(
            "/go NAME",
            "show an open room, or the private talk with somebody",
            _named("go"),
            details=("The first letters of the name are enough if only one name has them.",),
        ),
        "older": Command("/older", "show the lines before the first one shown", _typed("older")),
        "context": Command(
            "/context NUMBER",
            "show the lines around one that /search has found",
            _line_number,
            details=("The number stands behind the line: (#1234).",),
        ),
        "set": Command(
            "/set [NAME [VALUE]]", "show or change the settings of this client", _typed("set")
        ),
        "keys": Command("/keys", "which keys do what", _typed("keys")),
        "clear": Command("/clear", "clear the screen", _typed("clear")),
    }
)
"""The commands by their words."""
INSTEAD: Mapping[str, str] = MappingProxyType(
    {
        "go": "type /join ROOM for a room and /msg NAME TEXT for a person",
        "older": "type /history more",
        "context": "type /history more",
    }
)
"""What somebody without the client does, if they can do something like it."""


def not_here(word: str) -> str:
    """Return the sentence for somebody who has typed the command `word` without the client."""
    instead = f"; here, {INSTEAD[word]}" if word in INSTEAD else ""
    return f"Only the netchat client has /{word}{instead}."
