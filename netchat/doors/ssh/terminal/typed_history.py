"""What the user has typed in this session."""

from __future__ import annotations

MAX_LINES = 50
"""How many messages are kept."""
MAX_CHARACTERS = 8 * 1024
"""How many characters they have together; a session must need little memory."""


class TypedHistory:
    """The messages that were typed, and the one that is shown of them."""

    __slots__ = ("_begun", "_place", "_texts")

    def __init__(self) -> None:
        self._texts: tuple[str, ...] = ()
        self._place = 0
        """How far back the user has gone."""
        self._begun = ""
        """What they had begun before."""

    def add(self, text: str) -> None:
        """Keep `text`, unless it is the last one already."""
        if self._texts[-1:] == (text,):
            return
        texts = [*self._texts, text][-MAX_LINES:]
        while texts and sum(map(len, texts)) > MAX_CHARACTERS:
            del texts[0]
        self._texts = tuple(texts)

    def leave(self) -> None:
        """Begin at the end again."""
        self._place, self._begun = 0, ""

    def older(self, typed: str) -> str | None:
        """Return the message before, None if there is none; `typed` is what is shown."""
        if self._place >= len(self._texts):
            return None
        if not self._place:
            self._begun = typed
        self._place += 1
        return self._texts[-self._place]

    def newer(self) -> str | None:
        """Return the message after, at last what was begun; None if that is shown."""
        if not self._place:
            return None
        self._place -= 1
        return self._texts[-self._place] if self._place else self._begun
