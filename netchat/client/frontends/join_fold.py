"""One line for those who joined and left, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from netchat.client.conversation.display_lines import JoinLine, LeaveLine
from netchat.client.frontends.cells import cut, width_of

MAX_NAMES = 200
"""How many names one line is about."""
_NAMED = 3
"""How many people are named one by one; of more, the first ones are."""
_MIN_NAME = 4
"""Columns of a name that was cut, at least."""
_MAX_NAME = 20
"""Columns of a name that was cut, at most."""
_WORDS = {
    (True, True): "joined",
    (False, False): "left",
    (True, False): "joined and left",
    (False, True): "left and joined again",
}
"""What is told of those who joined (True) or left at first, and at last."""


class JoinFold:
    """Collects who joined and left, until it is cleared."""

    __slots__ = ("_moves",)

    def __init__(self) -> None:
        self._moves: dict[str, tuple[bool, bool]] = {}

    @property
    def full(self) -> bool:
        """Whether it has so many names that another line should begin."""
        return len(self._moves) >= MAX_NAMES

    def text(self, columns: int) -> str:
        """Return the line, "" while there is nobody to tell of.

        In so many `columns` it takes one row: fewer people are named, and their names are cut, and
        only if there is no place for any name are there numbers alone.
        """
        texts = (self._text(people) for people in _wordings())
        shortest = ""
        for shortest in texts:
            if width_of(shortest) <= columns:
                break
        return cut(shortest, columns)

    def add(self, line: JoinLine | LeaveLine) -> None:
        """Add those who joined, or left."""
        joined = isinstance(line, JoinLine)
        for name in line.names:
            first, _ = self._moves.get(name, (joined, joined))
            self._moves[name] = (first, joined)

    def _text(self, people: Callable[[Sequence[str]], str]) -> str:
        parts = []
        for moves, words in _WORDS.items():
            names = [name for name, of_name in self._moves.items() if of_name == moves]
            if names:
                parts.append(f"{people(names)} {words}")
        return f"* {'; '.join(parts)}" if parts else ""

    def clear(self) -> None:
        """Begin another line."""
        self._moves.clear()


def _wordings() -> Iterator[Callable[[Sequence[str]], str]]:
    """Yield what can stand for some people, the longest words first."""
    yield _named
    yield _first_named
    for columns in range(_MAX_NAME, _MIN_NAME - 1, -1):
        yield partial(_first_cut, columns)
    yield _number


def _named(names: Sequence[str]) -> str:
    if len(names) > _NAMED:
        return f"{', '.join(names[: _NAMED - 1])} and {len(names) - _NAMED + 1} others"
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _first_named(names: Sequence[str]) -> str:
    others = len(names) - 1
    return _named(names) if others < 1 else f"{names[0]} and {others} other{'s' * (others > 1)}"


def _first_cut(columns: int, names: Sequence[str]) -> str:
    others = f" +{len(names) - 1}" if len(names) > 1 else ""
    return cut(names[0], columns) + others


def _number(names: Sequence[str]) -> str:
    return str(len(names))
