"""The `netchat` command: the client, unless its first word is one of the operator's tools."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

TOOLS = ("backup", "cert", "export", "verify")


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the arguments `argv` name (None: the command line's); return the exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    # Imported when it is wanted: none of these needs what the others do.
    if arguments and arguments[0] in TOOLS:
        tool = import_module(f"netchat.admin.{arguments[0]}")
        return int(tool.main(arguments[1:]))
    client = import_module("netchat.client.cli.command")
    return int(client.main(arguments))
