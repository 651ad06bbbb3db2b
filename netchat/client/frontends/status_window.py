"""Shows a row below the line that is being typed, and nowhere else: it is erased with that line."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.filters import Condition, to_filter
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.layout import (
    ConditionalContainer,
    Dimension,
    FormattedTextControl,
    HSplit,
    Window,
)

from netchat.client.frontends.prompt_renderer import PromptRenderer
from netchat.client.frontends.styles import Fragments

_MIN_ROWS = 4
"""How many rows a terminal has at least in which the row is shown."""


def show_below(
    session: PromptSession[str],
    renderer: PromptRenderer,
    row: Callable[[int], Fragments],
    max_rows: Callable[[], int],
) -> None:
    """Show `row` of so many columns below the line that `session` reads, unless it is empty.

    The `renderer` draws it only as long as the line is being typed. Meanwhile that has at most
    `max_rows`, and is scrolled if it needs more.

    The toolbar of prompt_toolkit is shown only if the terminal tells where its cursor is.
    """

    def text() -> FormattedText:
        return FormattedText(row(get_app().output.get_size().columns))

    window = Window(FormattedTextControl(text), height=1, dont_extend_height=True)
    has_room = Condition(lambda: get_app().output.get_size().rows >= _MIN_ROWS)
    wanted = Condition(lambda: not renderer.finishing and bool(text()))
    line = session.layout.current_window
    # Otherwise its first rows would leave the screen, with what is printed above it.
    line.height = lambda: Dimension(max=None if renderer.finishing else max_rows())
    # Otherwise a line that has become shorter leaves blank rows above this one.
    line.dont_extend_height = to_filter(True)
    session.layout.container = HSplit(
        [session.layout.container, ConditionalContainer(window, has_room & wanted)]
    )
