"""The text that a user is typing, with a cursor that moves over whole letters."""

from __future__ import annotations

from prompt_toolkit.document import Document
from wcwidth import grapheme_boundary_before, iter_graphemes

MAX_TEXT = 64 * 1024
"""How many characters a message may have while it is being typed."""
_MAX_LETTER = 64
"""Among how many characters the end of a letter is searched."""


class EditedText:
    """A text and the place of the cursor in it, counted in characters.

    A letter is what the user sees as one: an extended grapheme cluster (UAX #29).
    """

    __slots__ = ("cursor", "text")

    def __init__(self) -> None:
        self.text = ""
        self.cursor = 0

    @property
    def document(self) -> Document:
        """The text and the cursor, as prompt_toolkit has them."""
        return Document(self.text, self.cursor)

    @document.setter
    def document(self, document: Document) -> None:
        self.set(document.text, document.cursor_position)

    def reset(self, document: Document | None = None) -> None:
        """Begin with `document`, or with nothing."""
        self.document = document or Document()

    def save_to_undo_stack(self) -> None:
        """Do nothing: there is no undo here, so that a session needs little memory."""

    def set(self, text: str, cursor: int | None = None) -> None:
        """Replace the text; the cursor is at its end, or at `cursor`."""
        self.text = text[:MAX_TEXT]
        self.cursor = len(self.text) if cursor is None else min(cursor, len(self.text))

    def insert(self, text: str) -> bool:
        """Insert `text` at the cursor; return False if not all of it has room."""
        fits = text[: max(0, MAX_TEXT - len(self.text))]
        self.text = self.text[: self.cursor] + fits + self.text[self.cursor :]
        self.cursor += len(fits)
        return len(fits) == len(text)

    def delete_to(self, place: int) -> str:
        """Delete what is between the cursor and `place`; return it."""
        first, last = sorted((self.cursor, place))
        gone = self.text[first:last]
        self.text, self.cursor = self.text[:first] + self.text[last:], first
        return gone

    @property
    def letter_before(self) -> int:
        """Where the letter before the cursor begins."""
        start = max(0, self.cursor - _MAX_LETTER)
        before = self.text[start : self.cursor]
        return start + grapheme_boundary_before(before, len(before)) if before else 0

    @property
    def letter_after(self) -> int:
        """Where the letter after the cursor ends."""
        after = self.text[self.cursor : self.cursor + _MAX_LETTER]
        return self.cursor + len(next(iter_graphemes(after), ""))

    @property
    def line_start(self) -> int:
        """Where the line with the cursor begins."""
        return self.text.rfind("\n", 0, self.cursor) + 1

    @property
    def line_end(self) -> int:
        """Where the line with the cursor ends."""
        end = self.text.find("\n", self.cursor)
        return len(self.text) if end < 0 else end

    def word_before(self, *, to_blank: bool = False) -> int:
        """Return where the word before the cursor begins; `to_blank`: behind the last blank."""
        place = self.cursor
        while place and not _in_word(self.text[place - 1], to_blank):
            place -= 1
        while place and _in_word(self.text[place - 1], to_blank):
            place -= 1
        return place

    @property
    def word_after(self) -> int:
        """Where the word after the cursor ends."""
        place, end = self.cursor, len(self.text)
        while place < end and not _in_word(self.text[place], False):
            place += 1
        while place < end and _in_word(self.text[place], False):
            place += 1
        return place


def _in_word(char: str, to_blank: bool) -> bool:
    return not char.isspace() if to_blank else char.isalnum() or ord(char) > 0x7F
