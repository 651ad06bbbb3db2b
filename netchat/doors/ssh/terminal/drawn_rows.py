"""The rows that are drawn below all lines, and how they become others with few bytes.

Sources: ECMA-48 8.3 (CUU, CUD, CUF, EL), and xterm's ctlseqs for a full row, whose last column must
not be erased while the cursor still stands there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from prompt_toolkit.utils import get_cwidth

from netchat.client.frontends.reflow import rows_above

_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_ERASE_ROW = "\x1b[K"


class DrawnRows:
    """Painted `rows` with their `widths`, the `cursor` (row, column), and the terminal's `columns`.

    `before` is the part of the row before the cursor if terminals do not agree how wide that is: it
    is written again, so that the cursor is where the terminal takes it to be.
    """

    __slots__ = ("before", "columns", "cursor", "rows", "widths")

    def __init__(
        self,
        rows: tuple[str, ...],
        widths: tuple[int, ...],
        cursor: tuple[int, int],
        before: str | None,
        columns: int,
    ) -> None:
        self.rows = rows
        self.widths = widths
        self.cursor = cursor
        self.before = before
        self.columns = columns

    def erase(self, columns: int, *, wraps_anew: bool) -> str:
        """Return what erases the rows, now that there are so many `columns`, and goes to the first.

        A terminal that has become narrower has wrapped them anew, or has cut them off.
        """
        row, column = self.cursor
        above, last = row, len(self.rows) - 1
        if wraps_anew and columns < self.columns:
            cells = [_cells(row) for row in self.rows]
            above = rows_above(cells[: row + 1], _cell_at(cells[row], column), columns)
            last = rows_above(cells, self.columns, columns)
        # Row by row: tmux keeps a copy of all that is erased below the first row of the screen.
        return _go_up(above) + _ERASE_ROW + f"\x1b[B{_ERASE_ROW}" * last + _go_up(last)

    def is_continued_by(self, new: DrawnRows) -> bool:
        """Return whether `new` only adds to the end of the row with the cursor."""
        (row, column), width = self.cursor, self.widths[self.cursor[0]]
        at_end = column == width and new.cursor == (row, new.widths[row]) and new.before is None
        has_room = new.widths[row] < self.columns
        return at_end and has_room and new.rows[row].startswith(self.rows[row])

    def go_from(self, row: int) -> str:
        """Return what goes from `row` to the cursor."""
        at, column = self.cursor
        down = "\r" + "\n" * (at - row) if at > row else _go_up(row - at)
        if self.before is not None:
            return down + self.before
        return f"{down}\x1b[{column}C" if column else down

    @property
    def whole(self) -> str:
        """What draws all of it, from the start of an empty row."""
        return "\r\n".join(self.rows) + self.go_from(len(self.rows) - 1)


def change(drawn: DrawnRows | None, new: DrawnRows) -> str:
    """Return what turns `drawn` into `new`, for as many columns."""
    if drawn is None:
        return new.whole
    rows = new.rows
    if len(drawn.rows) > len(rows):
        return drawn.erase(new.columns, wraps_anew=False) + new.whole
    changed = [n for n, row in enumerate(rows) if n >= len(drawn.rows) or row != drawn.rows[n]]
    if not changed:
        return "" if drawn.cursor == new.cursor else new.go_from(drawn.cursor[0])
    at = new.cursor[0]
    if changed == [at] and drawn.is_continued_by(new):
        return rows[at][len(drawn.rows[at]) :]
    parts = [_go_up(drawn.cursor[0])]
    for number, row in enumerate(rows[: changed[-1] + 1]):
        if number:
            parts.append("\r\n")
        if number in changed:
            full = new.widths[number] >= new.columns or number >= len(drawn.rows)
            parts.append(row if full else f"{row}{_ERASE_ROW}")
    return "".join(parts) + new.go_from(changed[-1])


def _cell_at(cells: Sequence[int], column: int) -> int:
    """Return which of the `cells` of a row is at the `column`."""
    used = 0
    for number, width in enumerate(cells):
        used += width
        if used > column:
            return number
    return len(cells)


def _cells(row: str) -> list[int]:
    """Return how many columns each letter of a painted `row` takes."""
    widths = map(get_cwidth, _STYLE.sub("", row))
    return [width for width in widths if width]


def _go_up(rows: int) -> str:
    """Return what goes to the first column, so many rows above."""
    return f"\r\x1b[{rows}A" if rows else "\r"
