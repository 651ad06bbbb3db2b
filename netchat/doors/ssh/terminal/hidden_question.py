"""A question whose answer is not shown."""

from __future__ import annotations

from collections.abc import Callable

from netchat.doors.ssh.terminal.input_decoder import Input, Key, Text
from netchat.doors.ssh.terminal.paste import Paste
from netchat.model.lines import lines_of

MAX_ANSWER = 1024
"""How many characters an answer has at most."""


class HiddenQuestion:
    """Asks for `question`; `then` is called with the answer, or None if there is none."""

    __slots__ = ("_answer", "_then", "question")

    def __init__(self, question: str, then: Callable[[str | None], None]) -> None:
        self.question = question
        self._then = then
        self._answer = ""

    def handle(self, one: Input) -> None:
        """Handle what the user types."""
        match one:
            case Text():
                self._add(one.text)
            case Paste():
                self._add(" ".join(lines_of(one.text)))
            case Key(name="c-h"):
                self._answer = self._answer[:-1]
            case Key(name="c-u"):
                self._answer = ""
            case Key(name="c-m" | "c-j"):
                self._then(self._answer)
            case Key(name="c-c" | "c-d"):
                self._then(None)

    def _add(self, text: str) -> None:
        self._answer = (self._answer + text)[:MAX_ANSWER]
