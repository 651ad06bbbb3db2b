"""Messages on stderr, beside the output or the conversation."""

from __future__ import annotations

import sys


def print_error(line: str) -> None:
    """Write `line` to stderr, if it is open."""
    _write_stderr(f"{line}\n")


def prompt(question: str) -> None:
    """Write `question` to stderr; the answer is typed after it."""
    _write_stderr(question)


def _write_stderr(text: str) -> None:
    try:
        # A closed or full stderr must not stop the command.
        if sys.stderr is not None:
            sys.stderr.write(text)
            sys.stderr.flush()
    except OSError:
        return
