"""What becomes of what is typed and pasted: it is edited, asked about, and sent."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.clipboard import ClipboardData
from prompt_toolkit.document import Document
from prompt_toolkit.key_binding import KeyPressEvent

from netchat.client.frontends.message import MAX_ANSWER, agrees, lines_in, needs_question, question
from netchat.model.lines import lines_of


class Composer:
    """Edits the message in `buffer`.

    `say` takes the lines of a message that has several, or of one that is too tall to be drawn as a
    whole; any other single line is accepted in the buffer. `problem` returns why lines cannot be
    sent, in a sentence, "" if they can; `tell` shows a sentence.
    """

    def __init__(
        self,
        buffer: Buffer,
        *,
        say: Callable[[list[str]], None],
        problem: Callable[[list[str]], str],
        tell: Callable[[str], None],
        is_tall: Callable[[str], bool],
    ) -> None:
        self._buffer = buffer
        self._say = say
        self._problem = problem
        self._tell = tell
        self._is_tall = is_tall
        self._asked: Document | None = None
        """The message that the user is asked about; the buffer is empty meanwhile."""
        self._answer = ""
        """What the user has typed as the answer."""
        self._leaving = False
        """Whether the last key was a Ctrl-C that would have left."""

    @property
    def question(self) -> str:
        """What the user is asked about a message of many lines, "" if they are not."""
        if self._asked is None:
            return ""
        return question(self._asked.text, self._answer)

    @property
    def document(self) -> Document:
        """The message, whether it is being edited or the user is asked about it."""
        return self._asked or self._buffer.document

    def send(self, _: KeyPressEvent | None = None) -> None:
        """Send the message, or ask the user first, or tell them why it cannot be sent."""
        lines = lines_in(self._buffer.text)
        if problem := self._problem(lines):
            self._tell(f"! {problem}")
        elif needs_question(lines):
            self._asked, self._answer = self._buffer.document, ""
            self._buffer.reset()
        else:
            self._send(lines)

    def paste(self, event: KeyPressEvent) -> None:
        """Insert what is pasted; if it has several lines, send the message."""
        pasted = lines_of(event.data)
        while pasted and not pasted[-1]:
            pasted.pop()
        self._buffer.save_to_undo_stack()
        self._buffer.insert_text("\n".join(pasted))
        if len(pasted) > 1:
            self.send()

    def new_line(self, _: KeyPressEvent) -> None:
        """Begin a new line in the message."""
        self._buffer.insert_text("\n")

    def interrupt(self, event: KeyPressEvent) -> None:
        """Clear the message; where there is none, leave at the second time."""
        again = self._leaving and event.is_repeat
        self._leaving = False
        if self._buffer.text:
            # Ctrl-Y brings it back.
            event.app.clipboard.set_data(ClipboardData(self._buffer.text))
            self._buffer.reset()
        elif again:
            event.app.exit(exception=EOFError())
        else:
            self._leaving = True
            self._tell("* Press Ctrl-C again to leave.")

    def add_to_answer(self, event: KeyPressEvent) -> None:
        """Add a letter that the user types to their answer."""
        if event.data.isalpha() and len(self._answer) < MAX_ANSWER:
            self._answer += event.data

    def shorten_answer(self, _: KeyPressEvent) -> None:
        """Take the last letter off the answer."""
        self._answer = self._answer[:-1]

    def answer(self, _: KeyPressEvent) -> None:
        """Send the message that the user is asked about for "y" or "yes"; otherwise edit it."""
        agreed = agrees(self._answer)
        self.resume()
        if agreed:
            self._send(lines_in(self._buffer.text))

    def decline(self, _: KeyPressEvent) -> None:
        """Let the user edit the message that they are asked about."""
        self.resume()

    def resume(self) -> None:
        """Put the message that the user is asked about back into the buffer."""
        if self._asked is not None:
            self._buffer.document, self._asked = self._asked, None

    def _send(self, lines: list[str]) -> None:
        if len(lines) > 1 or any(map(self._is_tall, lines)):
            self._buffer.append_to_history()
            self._buffer.reset()
            self._say(lines)
        else:
            if "\n" in self._buffer.text:
                self._buffer.document = Document("".join(lines))
            self._buffer.validate_and_handle()
