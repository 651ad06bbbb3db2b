"""The commands that a client can give: `say` and `tail`, as of the netchat client.

A command line is split as a shell does it; nothing of it is ever executed.
"""

from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass
from typing import NoReturn

from netchat.model.requests import MAX_HISTORY

HELP = "This server is a chat: give no command, or say TEXT, or tail [--json] [--follow]."
NO_SUBSYSTEM = "This server is a chat, and has no files."
_MAX_ID = 2**53


class CommandError(Exception):
    """The command cannot be carried out: a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Say:
    """Say `text` in `room` ("": the lobby), or what is read if that is None."""

    room: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Tail:
    """Print the `last` lines of `room`, or those `after` an id; with `follow`, also what comes."""

    room: str
    last: int
    after: int | None
    follow: bool
    json: bool


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{self.prog}: {message}")


def parse_command(line: str) -> Say | Tail:
    """Return what `line` asks for; CommandError if it is no command of this server."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise CommandError(f"That cannot be read: {error}.") from None
    match words:
        case ["say", *rest]:
            return _say(rest)
        case ["tail", *rest]:
            return _tail(rest)
    raise CommandError(HELP)


def _say(words: list[str]) -> Say:
    parser = _Parser("say", add_help=False, allow_abbrev=False)
    parser.add_argument("--room", default="")
    parser.add_argument("text", nargs="*")
    given = parser.parse_intermixed_args(words)
    text = None if given.text in ([], ["-"]) else " ".join(given.text)
    if text is not None and not text.strip():
        raise CommandError("say: there is nothing to say")
    return Say(given.room, text)


def _tail(words: list[str]) -> Tail:
    parser = _Parser("tail", add_help=False, allow_abbrev=False)
    parser.add_argument("--room", default="")
    parser.add_argument("--last", "-n", type=int, default=10)
    parser.add_argument("--after", type=int)
    parser.add_argument("--follow", "-f", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(words)
    if not 0 <= given.last <= MAX_HISTORY:
        raise CommandError(f"tail: --last takes 0 to {MAX_HISTORY}; --after gives more lines")
    if given.after is not None and not 0 <= given.after < _MAX_ID:
        raise CommandError("tail: --after takes the id of a line, or 0 for all lines")
    return Tail(given.room, given.last, given.after, given.follow, given.json)
