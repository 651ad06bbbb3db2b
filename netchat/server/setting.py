"""What is known of an option of the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netchat.model.text_file import MAX_BYTES, TextFile, TextFileReader
from netchat.server.options_file import Kind

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Setting:
    """One option of the server.

    - `unit` is the placeholder of its value in documents;
    - `read` parses its text, each text if it is a LIST, and raises ValueError;
    - `read_file`, if its text is the path of a text file, parses that file instead, which may have
      `max_bytes`;
    - `default` is a text or a value;
    - `at_zero` says what 0 means, and is empty if the value is not a number;
    - `at_start`: a change takes effect only when the server is restarted.
    """

    purpose: str
    unit: str
    read: Callable[[str], Any]
    default: Any
    kind: Kind = Kind.TEXT
    at_zero: str = ""
    at_start: bool = False
    read_file: Callable[[TextFile], Any] | None = None
    max_bytes: int = MAX_BYTES

    def value_of(self, text: str, files: TextFileReader) -> Any:
        """Return the value that `text` gives; ValueError, which says what is wrong, if none."""
        if self.read_file is None:
            return self.read(text)
        return self.read_file(files.read(text, self.max_bytes))

    @property
    def help(self) -> str:
        """The purpose, followed by the meaning of 0 or by the note that it may be repeated."""
        if self.kind is Kind.LIST:
            return f"{self.purpose} May be given several times."
        return f"{self.purpose} 0: {self.at_zero}." if self.at_zero else self.purpose
