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
    """What was drawn: the `rows` with their `widths`, the `cursor` (row, column), the `columns`."""

    __slots__ = ("columns", "cursor", "rows", "widths")

    def __init__(
        self,
        rows: Sequence[str],
        widths: Sequence[int],
        cursor: tuple[int, int],
        columns: int,
    ) -> None:
        self.rows = tuple(rows)
        self.widths = tuple(widths)
        self.cursor = cursor
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
        at_end = column == width and new.cursor == (row, new.widths[row])
        return (
            at_end and new.widths[row] < self.columns and new.rows[row].startswith(self.rows[row])
        )

    def go_from(self, row: int, before: str | None) -> str:
        """Return what goes from `row` to the cursor; `before` is written again on the way."""
        at, column = self.cursor
        down = "\r" + "\n" * (at - row) if at > row else _go_up(row - at)
        if before is not None:
            return down + before
        return f"{down}\x1b[{column}C" if column else down


def draw(  # noqa: PLR0913, PLR0917 - they are what is drawn
    drawn: DrawnRows | None,
    rows: Sequence[str],
    widths: Sequence[int],
    cursor: tuple[int, int],
    before: str | None,
    columns: int,
) -> tuple[str, DrawnRows]:
    """Return what turns `drawn` into `rows` with the `cursor`, and what is drawn afterwards.

    `before` is the part of the row before the cursor if terminals do not agree how wide that is: it
    is written again, so that the cursor is where the terminal takes it to be.
    """
    new = DrawnRows(rows, widths, cursor, columns)
    if drawn is None:
        return "\r\n".join(rows) + new.go_from(len(rows) - 1, before), new
    if len(drawn.rows) > len(rows):
        text = drawn.erase(columns, wraps_anew=False) + "\r\n".join(rows)
        return text + new.go_from(len(rows) - 1, before), new
    changed = [n for n, row in enumerate(rows) if n >= len(drawn.rows) or row != drawn.rows[n]]
    if not changed:
        at = drawn.cursor[0]
        return ("" if drawn.cursor == cursor else new.go_from(at, before)), new
    if changed == [cursor[0]] and before is None and drawn.is_continued_by(new):
        return new.rows[cursor[0]][len(drawn.rows[cursor[0]]) :], new
    parts = [_go_up(drawn.cursor[0])]
    for number, row in enumerate(rows[: changed[-1] + 1]):
        if number:
            parts.append("\r\n")
        if number in changed:
            full = widths[number] >= columns or number >= len(drawn.rows)
            parts.append(row if full else f"{row}{_ERASE_ROW}")
    return "".join(parts) + new.go_from(changed[-1], before), new


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
