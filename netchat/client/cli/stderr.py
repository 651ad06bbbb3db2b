"""What a person, or a script's owner, is told beside the talk."""

from __future__ import annotations

import sys


def print_error(line: str) -> None:
    """Write `line` to stderr, if there is anybody who reads it."""
    _write_stderr(f"{line}\n")


def prompt(question: str) -> None:
    """Write `question` to stderr; what is typed comes behind it."""
    _write_stderr(question)


def _write_stderr(text: str) -> None:
    try:
        # No stderr, no complaint; and a full one must not hold the talk up.
        if sys.stderr is not None:
            sys.stderr.write(text)
            sys.stderr.flush()
    except OSError:
        return
