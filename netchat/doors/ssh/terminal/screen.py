"""The user's terminal at the other end of the channel: lines, and below them what is being typed.

Everything that changes in one turn of the reactor is written at once. What was printed is the
terminal's own from then on, with its scrollback; only the rows below, and the line printed last,
are written over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netchat.client.frontends.cells import width_of
from netchat.client.frontends.plain_line import added
from netchat.client.frontends.reflow import wraps_anew
from netchat.client.frontends.styles import Fragments
from netchat.client.settings.values import DEFAULTS, Values
from netchat.doors.ssh.terminal.colours import Painter, depth_of, is_plain, painter
from netchat.doors.ssh.terminal.drawing import Typed, drawing
from netchat.doors.ssh.terminal.drawn_rows import DrawnRows, change

MAX_COLUMNS, MAX_ROWS = 500, 200
"""Larger terminals are taken to be that large; what is drawn for one must be little."""
_MIN_COLUMNS = 4
_UNKNOWN = (80, 24)
"""Columns and rows of a terminal that tells none."""
_MIN_ROWS_WITH_STATUS = 4
_BEGIN_PASTES, _END_PASTES = "\x1b[?2004h", "\x1b[?2004l"


class ChannelScreen:
    """A terminal of `columns` and `rows`, which `environ` describes.

    `changed` is called when there is something to be written; `draw` returns it.
    """

    __slots__ = (
        "_can_replace",
        "_changed",
        "_depth",
        "_drawn",
        "_lines",
        "_painter",
        "_printed_at",
        "_replaces",
        "_signals",
        "_terminal_is_plain",
        "_written",
        "columns",
        "plain",
        "rows",
        "wraps_anew",
    )

    def __init__(
        self, columns: int, rows: int, environ: Mapping[str, str], changed: Callable[[], None]
    ) -> None:
        self._changed = changed
        self._terminal_is_plain = self.plain = is_plain(environ)
        self.wraps_anew = wraps_anew(environ)
        """Whether the terminal wraps its rows anew when its width changes."""
        self._depth = depth_of(environ)
        self._painter: Painter = painter(DEFAULTS.colours, self._depth)
        self.columns, self.rows = _size(columns, rows)
        self._lines: list[str] = []
        """What waits to be printed above what is being typed."""
        self._signals = "" if self.plain else _BEGIN_PASTES
        """What waits to be sent, and moves nothing."""
        self._drawn: DrawnRows | None = None
        self._written = ""
        """What is in the last row of a plain terminal."""
        self._can_replace = self._replaces = False
        self._printed_at = 0
        """How many columns there were when the line was printed that can be replaced; or 0."""

    def resize(self, columns: int, rows: int) -> None:
        """Draw for another size from now on."""
        self.columns, self.rows = _size(columns, rows)
        self._changed()

    def apply(self, values: Values) -> None:
        """Use the colours that `values` want, and plain lines if they want them."""
        self._painter = painter(values.colours, self._depth)
        self.plain = values.reader or self._terminal_is_plain
        self._changed()

    @property
    def has_status(self) -> bool:
        """Whether there is room for a status below what is being typed."""
        return self.rows >= _MIN_ROWS_WITH_STATUS

    @property
    def waiting(self) -> int:
        """How many lines wait to be printed."""
        return len(self._lines)

    @property
    def can_replace(self) -> bool:
        """Whether the line printed last can be replaced."""
        here = self._printed_at in (0, self.columns)
        return here and self._can_replace and not self.plain

    def show(self, fragments: Fragments) -> None:
        """Print `fragments` and a line end, above the line that is being typed."""
        self.keep_last()
        self._lines.append(f"{self._painter.paint(fragments)}\r\n")
        self._changed()

    def show_replaceable(self, fragments: Fragments) -> None:
        """Print `fragments` in the place of the line printed last, if it can be replaced.

        It can be replaced until another one is shown, if it takes one row.
        """
        line = f"{self._painter.paint(fragments)}\r\n"
        if self.can_replace and not self._printed_at:
            self._lines[-1] = line
        else:
            self._replaces = self.can_replace
            self._lines.append(line)
        text = "".join(text for _, text in fragments)
        self._can_replace, self._printed_at = width_of(text) <= self.columns, 0
        self._changed()

    def show_typed(self, line: str) -> None:
        """Print the `line` that was typed, which a plain terminal shows already."""
        if self.plain and self._written and not self._lines:
            self._lines.append(added(self._written, line, self.columns) + "\r\n")
            self._written = ""
        else:
            self.show([("", line)])

    def keep_last(self) -> None:
        """Let the line printed last be as it is: it is not replaced any more."""
        self._can_replace, self._printed_at = False, 0

    def refresh(self) -> None:
        """Draw what is being typed again."""
        self._changed()

    def clear(self) -> None:
        """Clear the terminal, unless a screen reader would lose its place; scrollback stays."""
        self.keep_last()
        if not self.plain:
            self._drawn = None
            self._lines.append("\x1b[2J\x1b[H")
        self._changed()

    def bell(self) -> None:
        """Ring the terminal's bell."""
        self.send("\a")

    def send(self, sequence: str) -> None:
        """Send the control `sequence`, which moves nothing on the terminal."""
        self._signals += sequence
        self._changed()

    def give_back(self) -> None:
        """Leave the terminal to the next program, which may know no marks around a paste."""
        if not self._terminal_is_plain:
            self.send(_END_PASTES)

    def draw(self, typed: Typed | None) -> str:
        """Return what shows everything that has changed; nothing is `typed` at the end."""
        signals, self._signals = self._signals, ""
        lines, self._lines = self._lines, []
        above = ""
        of_other_kind = self._drawn is not None if self.plain else bool(self._written)
        if lines or typed is None or of_other_kind:
            above = self._erase() + ("\x1b[A\x1b[K" if self._replaces else "") + "".join(lines)
            self._replaces = False
            if self._can_replace:
                self._printed_at = self.columns
        return signals + above + ("" if typed is None else self._draw(typed))

    def _draw(self, typed: Typed) -> str:
        if self.plain:
            written, self._written = self._written, typed.line
            return added(written, typed.line, self.columns) if written != typed.line else ""
        # What is left of a drawing for another width must not be taken for the rows of now.
        is_other = self._drawn is not None and self._drawn.columns != self.columns
        erased = self._erase() if is_other else ""
        drawn = self._drawn
        self._drawn = drawing(self._painter, typed, self.columns, max(1, self.rows // 2))
        return erased + change(drawn, self._drawn)

    def _erase(self) -> str:
        """Return what goes to the start of a row that is empty, below all lines."""
        (written, self._written), (drawn, self._drawn) = (self._written, ""), (self._drawn, None)
        if drawn is not None:
            return drawn.erase(self.columns, wraps_anew=self.wraps_anew)
        return "\r\n" if written else ""


def _size(columns: int, rows: int) -> tuple[int, int]:
    columns, rows = columns or _UNKNOWN[0], rows or _UNKNOWN[1]
    return min(max(columns, _MIN_COLUMNS), MAX_COLUMNS), min(max(rows, 1), MAX_ROWS)
