"""Lines that are deleted while somebody reads or searches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from netchat.journal.interface import Page, Reply, UnreadableError
from netchat.model.events import Gap, Said


class Deletions:
    """Keeps the texts of deleted lines out of answers that come after the deletion.

    An answer may have been read before a line was deleted, and given after it.
    """

    def __init__(self) -> None:
        self._asked = 0
        """How many questions are not answered yet."""
        self._deleted: dict[tuple[str, int], Said] = {}
        """The lines that were deleted since the first of these questions."""

    def note(self, lines: Iterable[Said]) -> None:
        """Remember `lines`, as they are after the deletion, for the questions that wait."""
        if self._asked:
            self._deleted.update(((line.room, line.id), line) for line in lines)

    def reading(self, found: Reply) -> Reply:
        """Return what is to be called with the page that is read now, instead of `found`."""
        return self._waiting(found, self._current)

    def searching(self, found: Reply) -> Reply:
        """Return what is to be called with the hits of a search, instead of `found`."""
        return self._waiting(found, lambda line: None if self._is_deleted(line) else line)

    def _waiting(self, found: Reply, current: Callable[[Said | Gap], Said | Gap | None]) -> Reply:
        self._asked += 1
        return partial(self._answer, found, current)

    def _answer(
        self,
        found: Reply,
        current: Callable[[Said | Gap], Said | Gap | None],
        answer: Page | UnreadableError,
    ) -> None:
        if self._deleted and isinstance(answer, Page):
            lines = map(current, answer.lines)
            answer = Page(tuple(line for line in lines if line is not None), answer.more)
        self._asked -= 1
        if not self._asked:
            self._deleted.clear()
        found(answer)

    def _current(self, line: Said | Gap) -> Said | Gap:
        return self._deleted.get((line.room, line.last), line) if isinstance(line, Said) else line

    def _is_deleted(self, line: Said | Gap) -> bool:
        return (line.room, line.last) in self._deleted
