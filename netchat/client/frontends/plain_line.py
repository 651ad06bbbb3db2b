"""A line that is written for a screen reader: what was written is not written again.

A screen reader says what is added to the terminal. So what was written stays, what is typed is
added to it, and only a line that is changed in its middle is written again, below.
"""

from __future__ import annotations

from netchat.client.frontends.cells import width_of

_MAX_TAKEN_BACK = 8
"""How many letters are deleted one by one; a line that has lost more is written again."""


def added(written: str, line: str, columns: int) -> str:
    """Return what turns the row `written` into `line`, on a terminal with so many `columns`."""
    kept = next(
        (place for place, letter in enumerate(written) if line[place : place + 1] != letter),
        len(written),
    )
    gone = written[kept:]
    in_one_row = width_of(written) < columns
    if not gone or (kept and in_one_row and gone.isascii() and len(gone) <= _MAX_TAKEN_BACK):
        return "\b \b" * len(gone) + line[kept:]
    return "\r\n" + line
