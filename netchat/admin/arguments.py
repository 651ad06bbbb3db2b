"""The command lines of the operator's tools."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Mapping
from pathlib import Path

from netchat.commandline.output import LOST
from netchat.commandline.parser import Parser
from netchat.commandline.stderr import print_error
from netchat.model.state_directory import state_directory

REPORT_LOST = 3
"""The exit code for a lost report, where 1 is a result of the tool."""


def parser_for(tool: str, purpose: str, codes: str, *, code_if_lost: int = LOST) -> Parser:
    """Return a parser for `netchat TOOL` whose help explains the exit `codes`.

    The exit code is `code_if_lost` if what the tool prints cannot be written.
    """
    return Parser(
        f"netchat {tool}",
        purpose,
        textwrap.fill(f"Exit code {codes}; {code_if_lost}: the output cannot be written.", 80),
        code_if_lost=code_if_lost,
    )


def add_directory(parser: Parser) -> None:
    """Add the server's data directory as an optional argument of `parser`."""
    parser.add_argument(
        "directory",
        metavar="DIR",
        nargs="?" if default_directory() else None,
        type=Path,
        default=default_directory(),
        help="the server's data directory (default: %(default)s)",
    )


def default_directory(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the data directory of a server with this user and `environment`; None: it has none."""
    given = environment.get("NETCHAT_DATA")
    return Path(given) if given else state_directory()


def report_error(sentence: str) -> None:
    """Write `sentence` to stderr."""
    print_error(f"netchat: {sentence}")
