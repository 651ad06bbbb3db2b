"""Which lines are addressed to the user, or have a word that they watch."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TypeVar

from netchat.client.conversation.display_lines import DisplayLine, SaidLine
from netchat.client.conversation.roster import Roster
from netchat.dialects.jsonl import events as wire
from netchat.model.folding import contains_name

_Line = TypeVar("_Line", bound=DisplayLine)


class Mentions:
    """Finds the names of the user of `roster`, and the words that they watch, as whole words."""

    __slots__ = ("_roster", "_words")

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._words: tuple[str, ...] = ()

    def watch(self, words: Collection[str]) -> None:
        """Take lines with one of these `words` for mentions, from now on."""
        self._words = tuple(words)

    def has_one(self, line: wire.Said) -> bool:
        """Return whether `line` is of somebody else and mentions the user, or everybody."""
        if line.name in self._roster.own_names:
            return False
        if any(contains_name(line.text, word) for word in (self._roster.name, *self._words)):
            return True
        return line.everybody is True

    def marked(self, shown: _Line, line: wire.Said | wire.Told) -> _Line:
        """Return `shown`, which is how `line` reads, with the mark of a mention if it has one."""
        if isinstance(shown, SaidLine) and isinstance(line, wire.Said) and self.has_one(line):
            return replace(shown, mentions=True)
        return shown
