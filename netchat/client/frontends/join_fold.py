"""One line for those who joined and left, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from netchat.client.conversation.display_lines import JoinLine, LeaveLine
from netchat.client.frontends.cells import width_of

MAX_NAMES = 200
"""How many names one line is about."""
_NAMED = 3
"""How many people are named one by one; of more, the first ones are."""
_WORDS = {
    (True, True): "joined",
    (False, False): "left",
    (True, False): "joined and left",
    (False, True): "left and joined again",
}
"""What is told of those who joined (True) or left at first, and at last."""


class JoinFold:
    """Collects who joined and left, until it is cleared."""

    def __init__(self) -> None:
        self._moves: dict[str, tuple[bool, bool]] = {}

    @property
    def full(self) -> bool:
        """Whether it has so many names that another line should begin."""
        return len(self._moves) >= MAX_NAMES

    def text(self, columns: int) -> str:
        """Return the line, "" while there is nobody to tell of.

        In so many `columns` it takes one row, unless it is about one person: it has numbers only if
        there is no place for the names.
        """
        text = self._text(_people)
        return text if width_of(text) <= columns or len(self._moves) == 1 else self._text(_number)

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


def _people(names: Sequence[str]) -> str:
    if len(names) > _NAMED:
        return f"{', '.join(names[: _NAMED - 1])} and {len(names) - _NAMED + 1} others"
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _number(names: Sequence[str]) -> str:
    return str(len(names))
