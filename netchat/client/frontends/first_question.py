"""The question for a name, as it is painted before the program that reads the answer is loaded.

The line editor paints the same over it. What is typed meanwhile stays in the terminal's queue, and
the editor reads it from there.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

HEADING = " CREATING NEW ID:"
QUESTION = " Enter username: "
_BRACKETED_PASTE = "\x1b[?2004h"
"""Has the terminal mark what is pasted, so that a line end in it is not Enter."""
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"


def paint_question(suggestion: str) -> None:
    """Paint the question, with a name that Enter takes (`suggestion`, "" for none)."""
    hint = ""
    if suggestion and suggestion.isascii() and len(QUESTION + suggestion) < _columns():
        hint = f"{_DIM}{suggestion}{_PLAIN}\r{QUESTION}"
    _write(f"{HEADING}\n{_BRACKETED_PASTE}{QUESTION}{hint}")


def hand_over() -> None:
    """Put the cursor where the line editor begins: at the start of the question."""
    _write("\r")


def _write(text: str) -> None:
    # A closed terminal cannot be written to; SIGHUP ends the program.
    with suppress(OSError):
        sys.stdout.write(text)
        sys.stdout.flush()


def _columns() -> int:
    try:
        return os.get_terminal_size(1).columns
    except OSError:
        return 0
