"""The command lines of the operator's tools, and their error messages."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from netchat.model.state_directory import state_directory


class Parser(argparse.ArgumentParser):
    """A parser that reports an error in one sentence and exits with 2."""

    def error(self, message: str) -> NoReturn:
        """Print one sentence to stderr and exit with 2."""
        self.exit(2, f"netchat: {message}; {self.prog} --help lists the arguments.\n")


def parser_for(tool: str, purpose: str, codes: str) -> Parser:
    """Return a parser for `netchat TOOL` whose help explains the exit `codes`."""
    return Parser(
        prog=f"netchat {tool}",
        description=purpose,
        epilog=f"Exit code {codes}.",
        allow_abbrev=False,
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


def print_error(sentence: str) -> None:
    """Write `sentence` to stderr."""
    print(f"netchat: {sentence}", file=sys.stderr)


@contextmanager
def ignore_broken_pipe() -> Iterator[None]:
    """Stop without an error when the reader of stdout has closed it, as `head` does."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would otherwise fail again when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
