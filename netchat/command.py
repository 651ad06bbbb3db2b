"""The `netchat` command: the client, unless its first argument is one of the operator's tools."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

TOOLS = ("backup", "cert", "export", "verify")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in the arguments `argv` (None: the process's); return the exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    # Imported when needed, because they need different packages.
    if arguments and arguments[0] in TOOLS:
        tool = import_module(f"netchat.admin.{arguments[0]}")
        return int(tool.main(arguments[1:]))
    client = import_module("netchat.client.cli.command")
    return int(client.main(arguments))
