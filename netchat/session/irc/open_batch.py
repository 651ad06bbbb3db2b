"""A message of several lines that a client is about to send, and its limits.

Source: https://ircv3.net/specs/extensions/multiline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.model.lines import LINE_BREAK

if TYPE_CHECKING:
    from netchat.model.limits import Limits

MAX_LINES = 32
JOIN = f" {LINE_BREAK} "
_UNLIMITED = 16_384
"""How many bytes a message may have where a line has no limit."""


class OpenBatch:
    """The lines of a message that is not complete yet."""

    __slots__ = ("command", "failed", "label", "lines", "reference", "size", "target")

    def __init__(self, reference: str, target: str, label: str) -> None:
        self.reference = reference
        self.target = target
        self.label = label
        self.command = ""
        self.lines: list[str] = []
        self.size = 0
        self.failed = False
        """Whether it was refused already; what follows of it is dropped."""


def multiline_limits(limits: Limits) -> tuple[int, int]:
    """Return the most bytes and lines of a message, so that it can be said as one line."""
    longest = limits.connection.max_line
    surplus = MAX_LINES * (len(JOIN.encode()) - 1)
    return (longest - surplus if longest > 2 * surplus else longest or _UNLIMITED), MAX_LINES
