"""What is drawn below all lines: the line that is being typed, and the status below it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from netchat.client.frontends.cells import width_of
from netchat.client.frontends.status_line import Figures, status_line
from netchat.doors.ssh.terminal.colours import Painter
from netchat.doors.ssh.terminal.drawn_rows import DrawnRows
from netchat.doors.ssh.terminal.layout import lay_out

_SHARED = 256
"""How many drawings without a text are kept: most terminals show one of a few."""
Pieces = tuple[tuple[str, str], ...]


class Typed(NamedTuple):
    """The `prompt`, the `text` with the `cursor`, the `status`; a screen reader is told `line`."""

    prompt: Pieces
    text: str
    cursor: int
    status: Pieces
    line: str


def drawing(painter: Painter, typed: Typed, columns: int, max_rows: int) -> DrawnRows:
    """Return how `typed` is drawn by `painter`, in at most `max_rows` and the row of the status."""
    make = _make if typed.text else _make_shared
    return make(painter, typed, columns, max_rows)


def _make(painter: Painter, typed: Typed, columns: int, max_rows: int) -> DrawnRows:
    layout = lay_out(list(typed.prompt), typed.text, typed.cursor, columns, max_rows)
    rows = [row.pieces for row in layout.rows]
    if typed.status:
        rows.append(list(typed.status))
    return DrawnRows(
        tuple(painter.paint(row) for row in rows),
        tuple(width_of("".join(text for _, text in row)) for row in rows),
        (layout.row, layout.column),
        None if layout.is_steady else painter.paint(layout.before),
        columns,
    )


_make_shared = lru_cache(_SHARED)(_make)


@lru_cache(_SHARED)
def shared_status(figures: Figures, columns: int) -> Pieces:
    """Return the status line for `figures`, which many terminals have."""
    return tuple(status_line(figures, columns))
