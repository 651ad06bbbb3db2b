"""Draws the line that is being typed; for a screen reader, without ever going back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.data_structures import Point
from prompt_toolkit.layout import Layout
from prompt_toolkit.layout.screen import Char
from prompt_toolkit.renderer import Renderer

from netchat.client.frontends.plain_line import added
from netchat.client.frontends.reflow import rows_above


class PromptRenderer(Renderer):
    """Draws what `session` reads, which is the text `shown`; if `plain`, `line`, and never again.

    `erased` is called before what was drawn is erased, or drawn for the last time: afterwards, the
    rows above may be others. While it is `paused`, nothing is erased: another program has the
    terminal, and a resize is no business of this one. While `resizing`, nothing is drawn. The
    terminal `wraps_anew` what is drawn, or else cuts it off, when it becomes narrower.

    The terminal marks what is pasted until it is given to another program: a paste that arrives
    while lines are `printing` above, or between two lines, is still known as one.
    """

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        session: PromptSession[str],
        *,
        plain: Callable[[], bool],
        line: Callable[[], str],
        shown: Callable[[], str],
        erased: Callable[[], None],
        paused: Callable[[], bool],
        printing: Callable[[], bool],
        resizing: Callable[[], bool],
        wraps_anew: bool,
    ) -> None:
        self._printing = printing
        self._gives_away = False
        self._paused = paused
        self._resizing = resizing
        self._wraps_anew = wraps_anew
        self._plain = plain
        self._line = line
        self._shown = shown
        self._drawn = ""
        """What was drawn last, if it was not plain."""
        self._erased = erased
        self.finishing = False
        """Whether the line is being drawn as it stays on the terminal."""
        self._written = ""
        """The text in the last row, if it is plain."""
        self._bracketed_paste_enabled = False
        super().__init__(session.app.renderer.style, session.app.output)
        session.app.renderer = self

    def render(self, app: Application[Any], layout: Layout, is_done: bool = False) -> None:
        """Draw the line; if it `is_done`, for the last time."""
        if self._resizing() and not is_done:
            return
        if is_done:
            self._erased()
        if not self._plain():
            self.finishing = is_done
            self._render(app, layout, is_done)
            self.finishing = False
            return
        if not self._bracketed_paste_enabled:
            self.output.enable_bracketed_paste()
            self._bracketed_paste_enabled = True
        self._write(self._line())
        if is_done:
            self._end_row()
            self.reset()
        self.output.flush()

    def erase(self, leave_alternate_screen: bool = True) -> None:
        """Go to the start of a row that is empty."""
        if self._paused():
            return
        self._erased()
        self._gives_away = not self._printing()
        if self._plain():
            self._end_row()
            self.output.flush()
            self.reset(leave_alternate_screen=leave_alternate_screen)
        else:
            self._find_start()
            super().erase(leave_alternate_screen)
        self._gives_away = False

    def reset(self, _scroll: bool = False, leave_alternate_screen: bool = True) -> None:
        """Forget what was drawn."""
        marks = self._bracketed_paste_enabled and not self._gives_away
        if marks:
            self._bracketed_paste_enabled = False
        super().reset(_scroll, leave_alternate_screen)
        self._bracketed_paste_enabled = marks

    def _render(self, app: Application[Any], layout: Layout, is_done: bool) -> None:
        self._find_start()
        before, self._drawn = self._drawn, self._shown()
        if self._wraps_anew and not self._drawn.startswith(before):
            # tmux wraps the cells that were erased at the end of a row as if they were written, so
            # all of it is drawn again.
            self._last_screen = None
        super().render(app, layout, is_done)

    def _find_start(self) -> None:
        """Find the start of what is drawn again, if the terminal has become narrower since."""
        size, drawn = self.output.get_size(), self._last_size
        rows = self._drawn_rows()
        if drawn is not None and rows and size.columns < drawn.columns:
            x, y = self._cursor_pos
            self._cursor_pos = Point(drawn.columns, rows_above(rows[: y + 1], x, size.columns))

    def _drawn_rows(self) -> list[list[int]]:
        """Return the widths of the cells in each row that was drawn, down to the last visible one.

        There is none if the terminal does not wrap them anew.
        """
        screen, size = self._last_screen, self._last_size
        if not self._wraps_anew or screen is None or size is None:
            return []
        rows = [screen.data_buffer[y] for y in range(min(screen.height, size.rows))]
        return [[row[x].width for x in range(self._used(row))] for row in rows]

    def _used(self, row: Mapping[int, Char]) -> int:
        """Return how many cells of `row` were written; blanks at its end are not."""
        styled = self._style_string_has_style
        written = (
            x for x, cell in row.items() if cell.char != " " or (styled and styled[cell.style])
        )
        return max(written, default=-1) + 1

    def _write(self, line: str) -> None:
        columns = self.output.get_size().columns
        self.output.write(added(self._written, line, columns))
        self._written = line

    def _end_row(self) -> None:
        if self._written:
            self.output.write_raw("\r\n")
        self._written = ""
