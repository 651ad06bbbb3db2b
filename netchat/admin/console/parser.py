"""The command lines of `netchat admin` and `netchat invite`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from netchat.admin.arguments import add_directory, default_directory, parser_for
from netchat.admin.console.arguments import add_invite_arguments
from netchat.admin.console.commands import COMMANDS
from netchat.commandline.parser import Parser

CODES = "0: it is done; 1: it was refused; 2: the server or its journal cannot be reached"
LOST = 3
"""The exit code if what is printed cannot be written."""
_PURPOSE = "Do what an operator can do, beside the running server or before its first start."
_EXAMPLES = """
examples:
  netchat admin DIR operator add Alice     (prints a one-time word for the first login)
  netchat admin DIR mute Carol --for 10m --reason spam
  netchat admin DIR audit --limit 20 --json
"""
OTHERS = {
    "export": "print all that an account has said, as JSON lines",
    "forget": "delete what an account has said, and the account",
    "doctor": "check configuration, clock, disk and certificates of the server",
}
"""The commands that are not one request, and what they are for."""


class _CommandParser(Parser):
    """The parser of one command, as argparse makes it."""

    def __init__(self, *, prog: str, description: str, **more: Any) -> None:
        super().__init__(prog, description, "", code_if_lost=LOST, **more)


def make_parser() -> Parser:
    """Return the parser of `netchat admin`."""
    parser = parser_for("admin", _PURPOSE, CODES, code_if_lost=LOST)
    parser.epilog = f"{parser.epilog}\n{_EXAMPLES}"
    parser.add_argument(
        "directory", metavar="DIR", type=Path, help="the server's data directory (may be left out)"
    )
    commands = parser.add_subparsers(
        title="commands",
        metavar="COMMAND",
        dest="command",
        required=True,
        parser_class=_CommandParser,
    )
    for name, command in COMMANDS.items():
        each = commands.add_parser(name, help=command.purpose, description=command.purpose)
        command.add(each)
        _add_json(each)
    for name, purpose in OTHERS.items():
        each = commands.add_parser(name, help=purpose, description=purpose)
        if name != "doctor":
            each.add_argument("name", metavar="NAME", help="the name of the account")
        if name == "forget":
            each.add_argument(
                "--now", action="store_true", help="free the name at once, not after 30 days"
            )
        _add_json(each)
    return parser


def make_invite_parser() -> Parser:
    """Return the parser of `netchat invite`."""
    parser = parser_for(
        "invite",
        "Make an invitation: a word, and a link for those who use the page.",
        CODES,
        code_if_lost=LOST,
    )
    add_directory(parser)
    add_invite_arguments(parser)
    _add_json(parser)
    return parser


def with_directory(arguments: Sequence[str]) -> Sequence[str]:
    """Return `arguments` with the default directory before a command that comes first."""
    first = arguments[0] if arguments else ""
    directory = default_directory()
    if directory is not None and (first in COMMANDS or first in OTHERS):
        return [str(directory), *arguments]
    return arguments


def _add_json(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON lines, for scripts")
