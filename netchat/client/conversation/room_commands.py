"""The commands that only the client knows: they move the user between rooms and lines."""

from __future__ import annotations

from netchat.dialects.text.requests import command_in
from netchat.model.events import Refused

ROOM_COMMANDS = {
    "go": ("/go NAME", "show another open room, or a private talk"),
    "leave": ("/leave [ROOM]", "leave a room, or close a talk"),
    "context": ("/context NUMBER", "show the lines around one that was found"),
}
"""How each command is typed, and what it does."""
_ALIASES = {"part": "leave", "close": "leave"}
_MAX_ID = 2**53 - 1


def parse_room_command(typed: str) -> tuple[str, str] | Refused | None:
    """Return the command in `typed` and its argument; None if it is none of these commands."""
    word = command_in(typed)[1:].lower()
    name = _ALIASES.get(word, word)
    if name not in ROOM_COMMANDS:
        return None
    argument = typed.strip(" ").replace("\t", " ").partition(" ")[2].strip(" ")
    wanted = name != "leave"
    number = argument.removeprefix("#")
    if name == "context":
        if number.isascii() and number.isdecimal() and 0 < int(number[:17]) <= _MAX_ID:
            return name, number[:17]
    elif argument or not wanted:
        return name, argument
    usage, what = ROOM_COMMANDS[name]
    return Refused("bad-request", f"Type it as {usage}: {what}.")
