"""Tab: the first completion is inserted at once, and the next ones take its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from prompt_toolkit.document import Document

from netchat.client.frontends.cells import cut, steady, width_of
from netchat.client.frontends.completion import Candidate, Completer
from netchat.client.frontends.styles import Fragments
from netchat.model.sanitize import sanitize

_BETWEEN = "  "
_MAX_SHOWN = 30
"""Columns of one completion in the row of them."""


class EditedText(Protocol):
    """What holds the line that is being typed."""

    document: Document
    """The text, and the place of the cursor in it."""

    def save_to_undo_stack(self) -> None:
        """Let the user undo what follows."""


class TabCompletion:
    """Inserts what `completer` finds; `found_several` is called with all, as they are shown."""

    __slots__ = ("_completer", "_found", "_found_several", "_index", "_inserted", "_word")

    def __init__(self, completer: Completer, found_several: Callable[[list[str]], None]) -> None:
        self._completer = completer
        self._found_several = found_several
        self._found: list[Candidate] = []
        self._index = 0
        self._word = ""
        self._inserted = Document()
        """The document after the completion; any other one begins a new completion."""

    def step(self, buffer: EditedText, by: int = 1) -> None:
        """Complete the word before the cursor, or replace the completion by the next one.

        For a negative `by`, that is the one before.
        """
        document = buffer.document
        is_new = not self._is_current(document)
        if is_new:
            self._word, self._found = self._completer.complete(document.current_line_before_cursor)
            if not self._found:
                return
            self._index = 0 if by > 0 else len(self._found) - 1
            replaced = len(self._word)
        else:
            replaced = len(self._text(document))
            self._index = (self._index + by) % len(self._found)
        before = document.text_before_cursor[: document.cursor_position - replaced]
        text = before + self._text(document)
        buffer.save_to_undo_stack()
        buffer.document = self._inserted = Document(text + document.text_after_cursor, len(text))
        if is_new and len(self._found) > 1:
            self._found_several([sanitize(one.shown) for one in self._found])

    def row(self, document: Document, columns: int) -> Fragments:
        """Return the completions in one row, empty if `document` has none just now, or only one.

        Those before and after the one that was inserted are shown as far as they fit.
        """
        if not self._is_current(document) or len(self._found) < 2:
            return []
        shown = [cut(steady(sanitize(one.shown)), _MAX_SHOWN) for one in self._found]
        first = self._index
        last = first + 1
        left = columns - 2 - width_of(shown[first]) - len(f"{_BETWEEN}+{len(shown)}")
        while last < len(shown) and width_of(shown[last]) + len(_BETWEEN) <= left:
            left -= width_of(shown[last]) + len(_BETWEEN)
            last += 1
        while first and width_of(shown[first - 1]) + len(_BETWEEN) <= left:
            first -= 1
            left -= width_of(shown[first]) + len(_BETWEEN)
        pieces: Fragments = [("class:status", " ")]
        for index in range(first, last):
            pieces.append(
                ("class:current" if index == self._index else "class:status", shown[index])
            )
            pieces.append(("class:status", _BETWEEN))
        hidden = len(shown) - (last - first)
        return [*pieces, ("class:status", f"+{hidden}")] if hidden else pieces[:-1]

    def _is_current(self, document: Document) -> bool:
        return bool(self._found) and document == self._inserted

    def _text(self, document: Document) -> str:
        text = self._found[self._index].text
        return text.removesuffix(" ") if document.text_after_cursor.startswith(" ") else text
