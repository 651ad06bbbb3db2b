"""Where on the terminal the line is drawn that is being typed: its rows, and the cursor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from prompt_toolkit.utils import get_cwidth
from wcwidth import iter_graphemes

from netchat.client.frontends.cells import CUT, steady, width_of
from netchat.client.frontends.styles import Fragments
from netchat.model.lines import whole_lines

MAX_DRAWN = 4096
"""How many characters around the cursor are drawn of a long message."""
_MAX_LETTER = 16
"""Columns of a letter that is kept in one row."""


@dataclass(slots=True)
class Row:
    """One row: its pieces, and how many columns they take."""

    pieces: Fragments = field(default_factory=list)
    width: int = 0

    def add(self, style: str, text: str, width: int) -> None:
        """Add `text`, which takes so many columns."""
        if self.pieces and self.pieces[-1][0] == style:
            self.pieces[-1] = (style, self.pieces[-1][1] + text)
        else:
            self.pieces.append((style, text))
        self.width += width

    @property
    def text(self) -> str:
        """The text of all pieces."""
        return "".join(text for _, text in self.pieces)


@dataclass(slots=True)
class Layout:
    """The rows, and the cursor: in which row it is, in which column, and what is `before` it."""

    rows: list[Row]
    row: int
    column: int
    before: Fragments

    @property
    def is_steady(self) -> bool:
        """Whether terminals agree on the column of the cursor."""
        return all(steady(text) == text for _, text in self.before)


class _Writer:
    """Writes letters into rows of so many `columns`, and finds where the cursor is."""

    def __init__(self, columns: int) -> None:
        self.rows = [Row()]
        self.cursor: Layout | None = None
        self._columns = columns

    @property
    def width(self) -> int:
        """How many columns all rows take."""
        return sum(row.width for row in self.rows)

    def write(self, style: str, text: str, cursor: int = -1) -> None:
        """Write `text`; the cursor is before its character `cursor`, or at its end."""
        place = 0
        for letter, width in _letters(text):
            if self.rows[-1].width + width > self._columns and self.rows[-1].width:
                self.rows.append(Row())
            place += len(letter)
            if self.cursor is None and 0 <= cursor < place:
                self._mark()
            self.rows[-1].add(style, letter, width)
        if self.cursor is None and cursor == len(text):
            if self.rows[-1].width >= self._columns:
                self.rows.append(Row())
            self._mark()

    def next_line(self, indent: int) -> None:
        """Go to the next row, and there behind so many blanks."""
        self.rows.append(Row([("", " " * indent)], indent))

    def _mark(self) -> None:
        row = self.rows[-1]
        self.cursor = Layout(self.rows, len(self.rows) - 1, row.width, list(row.pieces))


def lay_out(prompt: Fragments, text: str, cursor: int, columns: int, max_rows: int) -> Layout:
    """Return how `prompt` and `text` are drawn with so many `columns`, and at most `max_rows`.

    The row with the cursor is among them. Of a very long text, the part around the cursor is drawn.
    A letter takes the columns of all its characters, which is the most that any terminal takes.
    """
    text, cursor = _part(text, cursor)
    writer = _Writer(columns)
    for style, piece in prompt:
        writer.write(style, piece)
    indent = min(writer.width, columns // 2)
    for number, line in enumerate(whole_lines(f"{text}\n")):
        if number:
            writer.next_line(indent)
        writer.write("", line, cursor)
        cursor -= len(line) + 1
    found = writer.cursor
    assert found is not None, "the cursor is within the text"
    rows, row = writer.rows, found.row
    first = max(0, min(row - max_rows // 2, len(rows) - max_rows))
    return Layout(rows[first : first + max_rows], row - first, found.column, found.before)


def _part(text: str, cursor: int) -> tuple[str, int]:
    if len(text) <= MAX_DRAWN:
        return text, cursor
    start = max(0, min(cursor - MAX_DRAWN // 2, len(text) - MAX_DRAWN))
    part = text[start : start + MAX_DRAWN]
    before = CUT if start else ""
    after = CUT if start + MAX_DRAWN < len(text) else ""
    return before + part + after, cursor - start + len(before)


def _letters(text: str) -> Iterator[tuple[str, int]]:
    """Yield each letter of `text` with its columns."""
    if text.isascii():
        for char in text:
            yield char, 1
        return
    for letter in iter_graphemes(text):
        width = width_of(letter)
        if width <= _MAX_LETTER:
            yield letter, width
        else:
            for char in letter:
                yield char, get_cwidth(char)
