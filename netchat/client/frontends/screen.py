"""The terminal as something to print on: lines appear above what is being typed.

What is printed is the terminal's own from then on, with its scrollback: only the line printed last
can be replaced, as long as nothing else has been drawn since.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import FormattedText, fragment_list_to_text
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.renderer import print_formatted_text

from netchat.client.frontends.cells import width_of
from netchat.client.frontends.styles import STYLES_ON, Fragments
from netchat.client.settings.values import Values

_MAX_HELD = 5000
"""How many lines are kept while another program has the terminal."""
_NO_MARKED_PASTE = "\x1b[?2004l"


class Screen:
    """The terminal that `output` writes to."""

    def __init__(self, output: Vt100_Output | None = None) -> None:
        self.output = output or _terminal()
        self.style = STYLES_ON["auto"]
        self.plain = False
        """Whether nothing that was written is written over, for a screen reader."""
        self._default_depth = self.output.default_color_depth
        self._app: Application[Any] | None = None
        self.is_printing = False
        """Whether lines are being printed above what is being typed."""
        self._pending: list[Fragments] = []
        self._can_replace = False
        """Whether the line printed last, or to be printed last, can be replaced."""
        self._printed_at = 0
        """How many columns there were when it was printed; 0 if it is not printed yet."""
        self.is_held = False
        """Whether another program has the terminal."""
        self.is_resizing = False
        """Whether the terminal's width may change again at once; nothing is printed until then."""
        self._left_out = 0
        """How many lines were left out meanwhile."""
        self._replaces_at = 0
        """How many columns there have to be for the row above the prompt to be replaced; or 0."""

    def attach(self, app: Application[Any]) -> None:
        """Print above `app` from now on, which reads a line."""
        self._app = app

    def erased(self) -> None:
        """Called when what is being typed is erased, by whatever it may be.

        A resize, a list of completions, and a stopped program move the lines above.
        """
        if not self.is_printing:
            self.keep_last()

    def apply(self, values: Values) -> None:
        """Use the colours that `values` want, and plain lines if they want them."""
        colours = None if values.colours == "off" else ColorDepth.from_env()
        plain = ColorDepth.DEPTH_1_BIT if values.colours == "off" else self._default_depth
        self.output.default_color_depth = colours or plain
        self.style = STYLES_ON[values.colours]
        if values.reader != self.plain and self._app is not None and self._app.is_running:
            self._app.renderer.erase()
        self.plain = values.reader
        self.refresh()

    @property
    def columns(self) -> int:
        """How many columns the terminal has."""
        return self.output.get_size().columns

    @property
    def max_rows(self) -> int:
        """How many rows may be taken by what is being typed; the others show what is said."""
        return max(1, self.output.get_size().rows // 2)

    def is_tall(self, text: str) -> bool:
        """Return whether `text` would take more rows than that."""
        return width_of(text) > self.max_rows * self.columns

    @property
    def can_replace(self) -> bool:
        """Whether the line printed last can be replaced."""
        here = self._printed_at in (0, self.columns)
        return here and self._can_replace and not self.plain

    def show(self, fragments: Fragments) -> None:
        """Print `fragments` and a line end, above the line that is being typed."""
        self.keep_last()
        self._add(fragments)

    def show_replaceable(self, fragments: Fragments) -> None:
        """Print `fragments` in the place of the line printed last, if it can be replaced.

        Otherwise it is a new line. It can be replaced until another one is shown, if it takes one
        row: a terminal wraps lines anew some time before it tells of another width, and what was
        said must not be erased meanwhile.
        """
        if self.can_replace and not self._printed_at:
            self._pending[-1] = [*fragments, ("", "\n")]
        else:
            self._replaces_at = self.columns if self.can_replace else 0
            self._add(fragments)
        text = fragment_list_to_text(FormattedText(fragments))
        self._can_replace, self._printed_at = width_of(text) <= self.columns, 0

    def keep_last(self) -> None:
        """Let the line printed last be as it is: it is not replaced any more."""
        self._can_replace, self._printed_at = False, 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep what is to be printed until the end: another program has the terminal.

        Of very many lines, the last ones are kept.
        """
        self.is_held = True
        try:
            yield
        finally:
            self.is_held = False
            if self._left_out:
                text = f"* {self._left_out} lines before these are left out; /history shows them."
                self._pending.insert(0, [("class:notice", text), ("", "\n")])
                self._left_out = 0
            self.flush()

    def flush(self) -> None:
        """Print what waits to be printed."""
        if self.is_held or self.is_resizing:
            return
        lines, self._pending = self._pending, []
        if lines:
            # A closed terminal cannot be written to; SIGHUP ends the program.
            with suppress(OSError):
                self._print(FormattedText([piece for line in lines for piece in line]))

    def refresh(self) -> None:
        """Draw what is being typed again, if it is."""
        if self._app is not None and self._app.is_running:
            self._app.invalidate()

    def clear(self) -> None:
        """Clear the terminal, unless a screen reader would lose its place; scrollback stays."""
        self.flush()
        self.keep_last()
        if self.plain:
            return
        if self._app is not None and self._app.is_running:
            self._app.renderer.clear()
            self.refresh()
        else:
            self.send("\x1b[2J\x1b[H")

    def give_back(self) -> None:
        """Leave the terminal to the next program, which may know no marks around a paste."""
        self.flush()
        self.send(_NO_MARKED_PASTE)

    def bell(self) -> None:
        """Ring the terminal's bell."""
        self.send("\a")

    def send(self, sequence: str) -> None:
        """Send the control `sequence`, which moves nothing on the terminal."""
        with suppress(OSError):
            self.output.write_raw(sequence)
            self.output.flush()

    def _add(self, fragments: Fragments) -> None:
        if not self._pending:
            # Lines that arrive in one turn are printed together, and the prompt is redrawn once.
            asyncio.get_running_loop().call_soon(self.flush)
        self._pending.append([*fragments, ("", "\n")])
        if self.is_held and len(self._pending) > _MAX_HELD:
            del self._pending[0]
            self._left_out += 1

    def _print(self, text: FormattedText) -> None:
        app, output = self._app, self.output
        if app is not None and app.is_running:
            # prompt_toolkit's run_in_terminal lets the terminal echo what is typed meanwhile, in
            # the middle of the output.
            self.is_printing = True
            app.renderer.erase()
            self.is_printing = False
        if self._replaces_at == self.columns:
            output.cursor_up(1)
            output.erase_down()
        self._replaces_at = 0
        print_formatted_text(output, text, self.style)
        output.flush()
        if self._can_replace:
            self._printed_at = self.columns
        self.refresh()


def _terminal() -> Vt100_Output:
    output = Vt100_Output.from_pty(
        sys.stdout, term=os.environ.get("TERM"), default_color_depth=ColorDepth.from_env()
    )
    # Do not ask for the cursor position: a terminal that does not answer delays everything.
    output.enable_cpr = False
    return output
