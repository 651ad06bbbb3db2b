"""Parses what people type into nc, telnet and a terminal into requests.

Source: docs/protocol.md, "Text dialect"; the commands are in `netchat.dialects.text.commands`.
"""

from __future__ import annotations

from netchat.dialects.text import telnet
from netchat.dialects.text.commands import find_command, unknown_command
from netchat.model.events import Refused
from netchat.model.lines import whole_lines
from netchat.model.requests import CURRENT_ROOM, Bye, Hello, Request, Say, SayLines
from netchat.model.sanitize import sanitize

_BLANK = " \u00a0\u200b\u2060\u3000\ufeff"


def parse_hello(line: bytes) -> Request | Refused:
    """Return the Hello in the first line, or Bye if the user leaves."""
    text = _decode(line, "That is not UTF-8; set your terminal to UTF-8.")
    if isinstance(text, Refused):
        return text
    name = text.strip(" ")
    return Bye() if name.lower() in ("exit", "/exit", "/quit") else Hello(name)


def parse_password(line: bytes) -> str:
    """Return the password in `line`, with its spaces, which may be part of it."""
    return telnet.strip_negotiation(line).decode(errors="replace")


def parse(line: bytes, *, in_client: bool = False) -> Request | Refused | None:
    """Return the request in `line` (without its end); None for a blank line.

    `in_client`: who has typed it can use the commands of the netchat client, too.
    """
    text = _decode(line, "That is not UTF-8, so nobody saw it; set your terminal to UTF-8.")
    if isinstance(text, Refused):
        return text
    # Detect commands before sanitizing, so that no invisible byte makes a command of a text. Spaces
    # before a command are a slip, and a private message must not go to the room because of one.
    typed = text.strip(" ")
    if typed.lower() == "exit":
        return Bye()
    if typed.startswith("//"):
        return Say(CURRENT_ROOM, sanitize(typed[1:]))
    if typed.startswith("/"):
        return _command(typed[1:], in_client=in_client)
    said = sanitize(text)
    return Say(CURRENT_ROOM, said) if said.strip(_BLANK) else None


def parse_plain(lines: bytes) -> SayLines | None:
    """Return the texts of whole `lines` if all are plain ASCII text without commands, else None.

    Lines that might be anything else are parsed one by one with `parse`.
    """
    if not lines.isascii():
        return None
    typed = "\n" + lines.decode()
    texts = tuple(whole_lines(typed)[1:])
    special = "\n/" in typed or "\n " in typed or "\n\n" in typed or "exit" in typed.lower()
    plain = texts and not special and "".join(texts).isprintable()
    return SayLines(CURRENT_ROOM, texts) if plain else None


def _decode(line: bytes, refusal: str) -> str | Refused:
    try:
        return telnet.strip_negotiation(line).decode()
    except UnicodeDecodeError:
        return Refused("bad-utf8", refusal)


def _command(text: str, *, in_client: bool) -> Request | Refused:
    word, rest = _command_and_arguments(text)
    command = find_command(word)
    if command is None:
        return Refused("unknown-type", unknown_command(word, in_client=in_client))
    return command.parse(rest)


def command_in(typed: str) -> str:
    """Return the first word of the command in `typed`, such as "/names"; "" if it is none."""
    typed = typed.strip(" ")
    if not typed.startswith("/") or typed.startswith("//"):
        return ""
    return f"/{_command_and_arguments(typed[1:])[0]}"


def may_be_private(typed: str) -> bool:
    """Return whether the line `typed` may be for fewer readers than the room.

    That is so for private lines, and for unknown commands, which may be private ones mistyped. A
    line that hidden characters keep from being a command counts as the command.
    """
    word = command_in(sanitize(typed).strip(_BLANK))
    command = find_command(word[1:])
    return bool(word) and (command is None or command.private)


def _command_and_arguments(text: str) -> tuple[str, str]:
    """Return the two parts of `text`, what follows the slash of a command."""
    word, _, rest = text.replace("\t", " ").partition(" ")
    return word, rest.strip(" ")
