"""The command lines of the operator's tools, and how they print_error."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from platformdirs import user_state_path


class Parser(argparse.ArgumentParser):
    """A parser that says in one sentence what is wrong, and exits with 2."""

    def error(self, message: str) -> NoReturn:
        """Exit with one sentence."""
        self.exit(2, f"netchat: {message}; {self.prog} --help shows what can be given.\n")


def parser_for(tool: str, purpose: str, codes: str) -> Parser:
    """Return a parser for `netchat TOOL`, with what its exit codes mean."""
    return Parser(
        prog=f"netchat {tool}",
        description=purpose,
        epilog=f"Exit code {codes}.",
        allow_abbrev=False,
    )


def add_directory(parser: Parser) -> None:
    """Let `parser` take the server's data directory, or none for the usual one."""
    parser.add_argument(
        "directory",
        metavar="DIR",
        nargs="?",
        type=Path,
        default=default_directory(),
        help="the server's data directory (default: %(default)s)",
    )


def default_directory(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where a server of this user and environment keeps its journal."""
    return Path(environment.get("NETCHAT_DATA") or user_state_path("netchat"))


def print_error(sentence: str) -> None:
    """Write `sentence` to stderr."""
    print(f"netchat: {sentence}", file=sys.stderr)


@contextmanager
def ignore_broken_pipe() -> Iterator[None]:
    """Stop quietly when nobody reads stdout any more: `head` has seen enough."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Or Python would find out once more, when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
