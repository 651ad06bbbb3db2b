"""The manual page and the completion for shells, made from the parsers: `make docs` writes them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import patch

import shtab
from argparse_manpage.manpage import Manpage

from netchat import __version__
from netchat.command import COMMANDS, make_client_parser, make_parser_of
from netchat.commandline.manual import FOLDER, MAN_PAGE, SHELLS, completion_file
from tests.support.checkout import CHECKOUT

PLACE = CHECKOUT / "netchat" / "commandline" / FOLDER
_ENVIRONMENT = {"COLUMNS": "80", "NETCHAT_DATA": "~/.local/state/netchat"}
"""What the help depends on; the directory is the default on Linux."""
_COMPLETED = {"FILE": shtab.FILE, "DIR": shtab.DIRECTORY}
"""What a value is completed to, by its placeholder."""


def contents() -> Mapping[Path, str]:
    """Return the text of each file."""
    with patch.dict(os.environ, _ENVIRONMENT):
        completion = {
            PLACE / completion_file(shell): shtab.complete(parser_of_all(), shell)
            for shell in SHELLS
        }
        return {PLACE / MAN_PAGE: _man_page(), **completion}


def parser_of_all() -> argparse.ArgumentParser:
    """Return a parser with the client's options, and with every command below it.

    It has no HOST: after that, neither library would take a command.
    """
    client = make_client_parser()
    client._actions = [action for action in client._actions if action.option_strings]
    client._positionals._group_actions.clear()
    parser = argparse.ArgumentParser(
        "netchat", description=client.description, parents=[client], add_help=False
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name in COMMANDS:
        made = make_parser_of(name)
        commands.add_parser(
            name, help=made.description, description="", parents=[made], add_help=False
        )
    for each in (parser, *commands.choices.values()):
        for action in each._actions:
            if action.metavar in _COMPLETED:
                action.complete = _COMPLETED[str(action.metavar)]  # type: ignore[attr-defined]
    return parser


def _man_page() -> str:
    data = {
        "project_name": "netchat",
        "version": __version__,
        "date": " ",
        "manual_title": "netchat",
        "description": "a chat for private networks",
    }
    page = Manpage(parser_of_all(), _data=data, format="single-commands-section")
    usages = [make_client_parser().format_usage().removeprefix("usage: "), "netchat COMMAND ..."]
    page.add_section("synopsis", "=", _verbatim("\n".join(usages)))
    endings = [make_client_parser().epilog, *(make_parser_of(name).epilog for name in COMMANDS)]
    page.add_section("examples", "=", _verbatim("\n".join(filter(None, endings))))
    page.add_section("see also", "=", "twistd(1), nc(1)")
    return str(page)


def _verbatim(text: str) -> str:
    """Return `text` as troff that keeps its lines."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    lines = ["\\&" + line if line.startswith(".") else line for line in escaped.split("\n")]
    return "\n".join([".nf", *lines, ".fi"])


if __name__ == "__main__":
    for path, text in contents().items():
        path.write_text(text, encoding="utf-8")
