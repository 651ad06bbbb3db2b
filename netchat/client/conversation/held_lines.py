"""Lines that are held back until the history of the room, which goes before them, has arrived."""

from __future__ import annotations

import msgspec

from netchat.client.conversation import wording
from netchat.client.conversation.display_lines import DisplayLine, SaidLine
from netchat.dialects.jsonl import events as wire

_MAX_HELD = 10_000


class HeldLines:
    """The lines held back, in their order; none are unless a history is awaited."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines: list[DisplayLine] | None = None

    @property
    def awaiting(self) -> bool:
        """Whether a history is awaited."""
        return self._lines is not None

    @property
    def full(self) -> bool:
        """Whether so many lines are held back that the history is not awaited any longer."""
        return self._lines is not None and len(self._lines) >= _MAX_HELD

    def begin(self) -> None:
        """Hold lines back from now on."""
        self._lines = []

    def hold(self, line: DisplayLine) -> bool:
        """Hold `line` back; return False if it is to be shown."""
        if self._lines is None:
            return False
        self._lines.append(line)
        return True

    def delete(self, id: int) -> None:
        """Remove the text of the line `id`, of the room whose history is awaited."""
        if self._lines is not None:
            self._lines = [
                without_text(line) if isinstance(line, SaidLine) and line.id == id else line
                for line in self._lines
            ]

    def release(self) -> list[DisplayLine]:
        """Return the lines held back, and hold none from now on."""
        lines, self._lines = self._lines, None
        return lines or []


def without_text(line: SaidLine) -> SaidLine:
    """Return `line` as it reads when its text was deleted."""
    said = msgspec.json.decode(line.raw, type=wire.Said)
    deleted = msgspec.structs.replace(said, text="", deleted=True)
    return wording.said_line(deleted, msgspec.json.encode(deleted), None)
