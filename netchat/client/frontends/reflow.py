"""What becomes of drawn rows in a terminal that wraps them anew when it becomes narrower.

Most do, and some cut them off instead (xterm, PuTTY, the Linux console). To take the one for the
other would erase what was said, so rows count as wrapped only where the environment names such a
terminal; over SSH, it is named by TERM alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from twisted.internet.interfaces import IDelayedCall, IReactorTime

SETTLED = 0.5
"""Seconds for which a width has to stay; tmux tells of several changes 0.25 seconds later."""
WRAPPED = ("[ZeroWidthEscape]", "\x1b[?7h")
"""Stands before what is wrapped by the terminal, too (DECAWM).

A terminal may be narrower than it has told yet: then it has as many rows of it as if it had become
narrower afterwards.
"""
CUT_OFF = ("[ZeroWidthEscape]", "\x1b[?7l")
"""Stands before what is cut off then, so that it takes one row."""
_TERMS = (
    "tmux",
    "xterm-kitty",
    "xterm-ghostty",
    "alacritty",
    "foot",
    "wezterm",
    "vte",
    "konsole",
)
_PROGRAMS = ("iTerm.app", "Apple_Terminal", "WezTerm", "ghostty", "vscode")
_VARIABLES = ("TMUX", "VTE_VERSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "ALACRITTY_WINDOW_ID")


def wraps_anew(environ: Mapping[str, str]) -> bool:
    """Return whether the terminal of `environ` wraps its rows anew when its width changes."""
    if "TMUX" in environ:
        return True
    if "STY" in environ:
        # Screen cuts rows off, whatever terminal it runs in.
        return False
    return (
        any(variable in environ for variable in _VARIABLES)
        or environ.get("TERM_PROGRAM") in _PROGRAMS
        or environ.get("TERM", "").startswith(_TERMS)
    )


def rows_above(rows: Sequence[Sequence[int]], cursor: int, columns: int) -> int:
    """Return how many rows there are above the cursor when `rows` are wrapped to `columns`.

    Each of `rows` has the width of its cells, and the cursor is at the cell `cursor` of the last
    one, or behind its end.
    """
    above = sum(_wrapped(row, columns) + 1 for row in rows[:-1])
    return above + _wrapped(rows[-1][: cursor + 1], columns)


def _wrapped(row: Sequence[int], columns: int) -> int:
    """Return in which of the rows that `row` becomes its last cell is, counted from 0."""
    number = used = 0
    for width in row:
        if used and used + width > columns:
            number, used = number + 1, 0
        used += width
    return number


class Settling:
    """Calls `then` when the width of the terminal has stayed the same for some time."""

    def __init__(self, clock: IReactorTime, then: Callable[[], None]) -> None:
        self._clock = clock
        self._then = then
        self._call: IDelayedCall | None = None

    @property
    def active(self) -> bool:
        """Whether the width may change again at once."""
        return self._call is not None

    def resized(self) -> None:
        """Record that the width has changed."""
        self.stop()
        self._call = self._clock.callLater(SETTLED, self._settled)

    def stop(self) -> None:
        """Wait no more."""
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _settled(self) -> None:
        self._call = None
        self._then()
