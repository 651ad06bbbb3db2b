"""What the environment of the SSH session tells of the user's terminal, and how it is coloured."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from io import StringIO
from types import MappingProxyType
from typing import Literal

from prompt_toolkit.data_structures import Size
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output

from netchat.client.frontends.styles import STYLES_ON, Fragments
from netchat.model.sanitize import sanitize

Colours = Literal["auto", "light", "dark", "off"]
VARIABLES = ("TERM", "COLORTERM", "NO_COLOR", "TERM_PROGRAM")
"""What is taken of the environment that the client of SSH sends; nothing else is believed."""
_MAX_VALUE = 64
_PLAIN_TERMS = ("", "dumb", "unknown")
_WITHOUT_COLOURS = ("vt", "ansi-m", "wy")
_WITH_FEW_COLOURS = ("linux", "eterm", "ansi", "cygwin", "pcansi")


def terminal_environment(given: Mapping[str, str], term: str) -> Mapping[str, str]:
    """Return the variables of `given` that tell of the terminal, which is called `term`."""
    found = {name: given[name][:_MAX_VALUE] for name in VARIABLES if given.get(name)}
    return _shared(tuple({**found, "TERM": term[:_MAX_VALUE]}.items()))


@lru_cache  # Most users have one of a few terminals.
def _shared(variables: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    return MappingProxyType(dict(variables))


def is_plain(environ: Mapping[str, str]) -> bool:
    """Return whether the terminal cannot move its cursor."""
    return environ.get("TERM", "") in _PLAIN_TERMS


def depth_of(environ: Mapping[str, str]) -> ColorDepth | None:
    """Return how many colours the terminal has, and its user wants (https://no-color.org).

    None: it has no styles either.
    """
    term = environ.get("TERM", "")
    if is_plain(environ):
        return None
    if environ.get("NO_COLOR") or term.startswith(_WITHOUT_COLOURS):
        return ColorDepth.DEPTH_1_BIT
    if environ.get("COLORTERM") in ("truecolor", "24bit"):
        return ColorDepth.DEPTH_24_BIT
    if term.startswith(_WITH_FEW_COLOURS):
        return ColorDepth.DEPTH_4_BIT
    return ColorDepth.DEPTH_8_BIT


class Painter:
    """Turns styled pieces into text with escape sequences; one serves all who see the same.

    No piece has a control character afterwards, whatever it had before.
    """

    def __init__(self, colours: Colours, depth: ColorDepth | None) -> None:
        self._style = STYLES_ON[colours]
        self._depth = depth
        self._codes: dict[str, str] = {}

    def paint(self, pieces: Fragments) -> str:
        """Return the `pieces`, each with what its style needs."""
        return "".join(self._painted(style, text) for style, text in pieces if text)

    def _painted(self, style: str, text: str) -> str:
        text = sanitize(text)
        code = self._codes.get(style)
        if code is None:
            code = self._codes[style] = self._code(style)
        return f"{code}{text}\x1b[0m" if code else text

    def _code(self, style: str) -> str:
        if self._depth is None:
            return ""
        written = StringIO()
        output = Vt100_Output(written, _no_size, enable_cpr=False)
        output.set_attributes(self._style.get_attrs_for_style_str(style), self._depth)
        output.flush()
        return "" if written.getvalue() == "\x1b[0m" else written.getvalue()


@cache
def painter(colours: Colours, depth: ColorDepth | None) -> Painter:
    """Return the painter for terminals with these `colours`, in this `depth`."""
    return Painter(colours, ColorDepth.DEPTH_1_BIT if depth and colours == "off" else depth)


def _no_size() -> Size:
    return Size(rows=24, columns=80)
