"""What becomes of what is typed and pasted: it is edited, asked about, and sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from netchat.client.conversation.interfaces import ChatClient
from netchat.client.frontends.completion import Completer
from netchat.client.frontends.drafts import Drafts
from netchat.client.frontends.message import (
    MAX_ANSWER,
    agrees,
    lines_in,
    needs_question,
    problem_of,
    question,
)
from netchat.client.frontends.styles import Fragments
from netchat.client.frontends.tab_completion import TabCompletion
from netchat.doors.ssh.terminal.edited_text import MAX_TEXT, EditedText
from netchat.doors.ssh.terminal.paste import Paste
from netchat.doors.ssh.terminal.typed_history import TypedHistory
from netchat.model.lines import lines_of
from netchat.model.sanitize import sanitize

_FULL = f"A message has at most {MAX_TEXT} characters while it is being typed."


class Owner(Protocol):
    """The frontend that the message is typed for."""

    @property
    def client(self) -> ChatClient | None:
        """What says it."""

    def typed(self, line: str) -> None:
        """Called with a `line` that is to be said."""

    def typed_lines(self, lines: list[str]) -> None:
        """Called with the lines of a message that has several."""

    def tell(self, text: str) -> None:
        """Show a sentence."""

    def completed(self, shown: list[str]) -> None:
        """Called with the completions that there are."""

    def leave(self) -> None:
        """Leave the chat."""


class Composer:
    """Edits the message of `owner`."""

    __slots__ = ("_answer", "_asked", "_cut", "_drafts", "_history", "_owner", "_tab", "edited")

    def __init__(self, owner: Owner) -> None:
        self.edited = EditedText()
        self._owner = owner
        self._history = TypedHistory()
        self._tab: TabCompletion | None = None
        self._drafts: Drafts | None = None
        self._cut = ""
        """What Ctrl-Y brings back."""
        self._asked: tuple[str, int] | None = None
        """The message that the user is asked about, and the cursor in it."""
        self._answer = ""

    @property
    def question(self) -> str:
        """What the user is asked about a message of many lines, "" if they are not."""
        return "" if self._asked is None else question(self._asked[0], self._answer)

    @property
    def tab(self) -> TabCompletion:
        """What completes words."""
        if self._tab is None:
            self._tab = TabCompletion(Completer(self._client), self._owner.completed)
        return self._tab

    def insert(self, text: str) -> None:
        """Insert what was typed, or add it to the answer."""
        if self._asked is not None:
            letters = "".join(filter(str.isalpha, text))
            self._answer = (self._answer + letters)[:MAX_ANSWER]
        else:
            self._insert(sanitize(text))

    def paste(self, paste: Paste) -> None:
        """Insert what is pasted; if it has several lines, send the message."""
        if self._asked is not None:
            return  # A paste is no answer.
        pasted = [sanitize(line) for line in lines_of(paste.text)]
        while pasted and not pasted[-1]:
            pasted.pop()
        self._insert("\n".join(pasted))
        if paste.problem:
            # What is not whole is not sent by itself.
            self._owner.tell(f"! {paste.problem}")
        elif len(pasted) > 1:
            self.send()

    def send(self) -> None:
        """Send the message, or ask the user first, or tell them why it cannot be sent."""
        edited, client = self.edited, self._owner.client
        lines = lines_in(edited.text)
        problem = problem_of(lines, client.line_limit if client is not None else 0)
        if problem:
            self._owner.tell(f"! {problem}")
        elif needs_question(lines):
            self._asked, self._answer = (edited.text, edited.cursor), ""
            edited.set("")
        else:
            self._send(lines)

    def answer(self) -> None:
        """Send the message that the user is asked about for "y" or "yes"; otherwise edit it."""
        agreed = agrees(self._answer)
        self.decline()
        if agreed:
            self._send(lines_in(self.edited.text))

    def decline(self) -> None:
        """Let the user edit the message that they are asked about."""
        if self._asked is not None:
            self.edited.set(*self._asked)
            self._asked = None

    def shorten_answer(self) -> None:
        """Take the last letter off the answer."""
        self._answer = self._answer[:-1]

    def clear(self) -> bool:
        """Clear the message, which Ctrl-Y brings back; return whether there was one."""
        if not self.edited.text:
            return False
        self._cut = self.edited.text
        self.edited.set("")
        self._history.leave()
        return True

    def cut_to(self, place: int) -> None:
        """Delete what is between the cursor and `place`; Ctrl-Y brings it back."""
        self._cut = self.edited.delete_to(place) or self._cut

    def bring_back(self) -> None:
        """Insert what was cut last."""
        self._insert(self._cut)

    def new_line(self) -> None:
        """Begin a new line in the message."""
        self._insert("\n")

    def complete(self, by: int) -> None:
        """Insert the next completion of the word before the cursor, or the one before (-1)."""
        self.tab.step(self.edited, by)

    def row_below(self, columns: int) -> Fragments:
        """Return the completions in one row, empty if there are none just now."""
        return [] if self._tab is None else self._tab.row(self.edited.document, columns)

    def up(self) -> None:
        """Go to the line above, or to what was typed before."""
        edited, start = self.edited, self.edited.line_start
        if start:
            column, edited.cursor = edited.cursor - start, start - 1
            edited.cursor = min(edited.line_start + column, edited.cursor)
        elif (text := self._history.older(edited.text)) is not None:
            edited.set(text)

    def down(self) -> None:
        """Go to the line below, or to what was typed afterwards."""
        edited, end = self.edited, self.edited.line_end
        if end < len(edited.text):
            column = edited.cursor - edited.line_start
            edited.cursor = end + 1
            edited.cursor = min(edited.cursor + column, edited.line_end)
        elif (text := self._history.newer()) is not None:
            edited.set(text)

    def moving(self, move: Callable[[ChatClient], None]) -> None:
        """Call `move` with the client; what is typed stays in the room where it was typed."""
        client = self._owner.client
        if client is not None and not client.leaving:
            self._drafts = self._drafts or Drafts(self.edited)
            with self._drafts.moving(client):
                move(client)

    def _client(self) -> ChatClient | None:
        return self._owner.client

    def _insert(self, text: str) -> None:
        if not self.edited.insert(text):
            self._owner.tell(f"! {_FULL}")

    def _send(self, lines: list[str]) -> None:
        if self.edited.text.strip():
            self._history.add(self.edited.text)
        self._history.leave()
        self.edited.set("")
        if len(lines) > 1:
            self._owner.typed_lines(lines)
        else:
            self._owner.typed("".join(lines))
