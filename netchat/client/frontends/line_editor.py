"""The line that the user types: its prompt, completion, history and pasted lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import FormattedText, fragment_list_to_text
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import DynamicStyle
from twisted.internet.defer import Deferred

from netchat.client.frontends.prompt_renderer import PromptRenderer
from netchat.client.frontends.screen import Screen
from netchat.client.frontends.status_window import show_below
from netchat.client.frontends.styles import Fragments
from netchat.model.folding import fold
from netchat.model.lines import lines_of

MAX_UNCONFIRMED_PASTE = 5
"""How many pasted lines are sent without a question."""


class ChatCompleter(Completer):
    """Completes names, rooms and commands; names and rooms are looked up for each completion."""

    def __init__(
        self,
        participants: Callable[[], Collection[str]],
        rooms: Callable[[], Collection[str]],
        commands: Collection[str],
    ) -> None:
        self._participants = participants
        self._rooms = rooms
        self._commands = commands

    def get_completions(self, document: Document, _: CompleteEvent) -> Iterator[Completion]:
        """Yield the completions of the word before the cursor, with the text that follows it."""
        before = document.text_before_cursor
        rest, _space, word = before.rpartition(" ")
        for found in self._candidates(rest, word):
            if fold(found).startswith(fold(word)):
                yield Completion(found, start_position=-len(word), display=found.rstrip(": "))

    def _candidates(self, rest: str, word: str) -> Iterable[str]:
        if not rest and word.startswith("/"):
            return [f"/{command} " for command in self._commands]
        if rest.lower() == "/join":
            return sorted(self._rooms(), key=fold)
        end = " " if rest else ": "
        return [name + end for name in sorted(self._participants(), key=fold)]


class LineEditor:
    """The user types in the last line of `screen`, and everything else is printed above it.

    `prompt` returns the text before the line, which may be another one when it is typed (True),
    `badge` the text before the prompt until then, and `status` the row below it in so many columns.
    `say` takes pasted lines; `key_pressed` is called for each key.
    """

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        screen: Screen,
        *,
        prompt: Callable[[bool], str],
        badge: Callable[[], str],
        status: Callable[[int], Fragments],
        completer: Completer,
        history: History,
        say: Callable[[list[str]], None],
        key_pressed: Callable[[], None],
    ) -> None:
        self._screen = screen
        self._prompt = prompt
        self._badge = badge
        self._say = say
        self._pasted: list[str] | None = None
        self._draft = Document()
        self._session: PromptSession[str] = PromptSession(
            self._prompt_text,
            completer=completer,
            complete_style=CompleteStyle.READLINE_LIKE,
            enable_suspend=True,
            history=history,
            interrupt_exception=EOFError,
            key_bindings=self._bindings(),
            output=screen.output,
            style=DynamicStyle(lambda: screen.style),
        )
        show_below(self._session, self._draw(self._session, self._plain_line), status)
        self._session.app.key_processor.before_key_press += lambda _: key_pressed()
        self._active: PromptSession[str] = self._session

    async def ask(self, question: str, *, hidden: bool = False, suggestion: str = "") -> str | None:
        """Return the answer to `question`, or None for Ctrl-C and Ctrl-D.

        It is not added to the history; with `hidden`, it is not shown either. While nothing is
        typed, the `suggestion` is shown, Enter takes it, and Tab takes it to change it.
        """
        self._active = PromptSession(
            question,
            interrupt_exception=EOFError,
            is_password=hidden,
            key_bindings=_answer_bindings(suggestion),
            output=self._screen.output,
            placeholder=FormattedText([("dim", suggestion)]) if suggestion else None,
        )
        buffer = self._active.default_buffer
        self._draw(self._active, lambda: question + ("" if hidden else buffer.text))
        return await self._read()

    async def read_line(self) -> str | None:
        """Return the next line typed, or None for Ctrl-C, Ctrl-D and a closed terminal.

        It begins with the text of a line that `cancel` interrupted.
        """
        self._active = self._session
        self._session.app.erase_when_done = False
        draft, self._draft = self._draft, Document()
        return await self._read(draft)

    def cancel(self) -> None:
        """Interrupt the line that is being typed, as if the user had pressed Ctrl-D."""
        app = self._active.app
        if app.is_running and not app.is_done:
            if self._active is self._session:
                self._draft = self._session.default_buffer.document
            app.erase_when_done = True
            app.exit(exception=EOFError())

    async def _read(self, draft: Document | str = "") -> str | None:
        self._screen.attach(self._active.app)
        typing = asyncio.ensure_future(self._active.prompt_async(default=draft))
        try:
            return await Deferred.fromFuture(typing)
        except (EOFError, OSError):
            return None

    def _draw(self, session: PromptSession[str], plain_line: Callable[[], str]) -> PromptRenderer:
        """Have `session` drawn as the screen needs it; `plain_line` is it for a screen reader."""
        screen = self._screen
        return PromptRenderer(
            session,
            plain=lambda: screen.plain,
            line=plain_line,
            erased=screen.erased,
        )

    def _plain_line(self) -> str:
        typed = self._session.default_buffer.text
        if self._pasted is None and not typed:
            return ""
        prompt = fragment_list_to_text(self._prompt_text(badge=False))
        return prompt + (typed if self._pasted is None else "")

    def _prompt_text(self, *, badge: bool = True) -> FormattedText:
        if self._pasted is None:
            is_done = self._session.app.is_done
            before = "" if is_done or not badge else self._badge()
            return FormattedText([("class:warning", before), ("", self._prompt(is_done))])
        return FormattedText([("class:warning", f"Send {len(self._pasted)} lines? (y/n) ")])

    def _bindings(self) -> KeyBindings:
        bindings = KeyBindings()
        asked = Condition(lambda: self._pasted is not None)
        bindings.add(Keys.BracketedPaste)(self._paste)
        for key in ("y", "Y"):
            bindings.add(key, filter=asked)(self._agree)
        for key in ("n", "N", "c-c", "c-d", "c-g", "enter"):
            bindings.add(key, filter=asked)(self._decline)
        bindings.add(Keys.Any, filter=asked)(lambda _: None)
        return bindings

    def _paste(self, event: KeyPressEvent) -> None:
        if self._pasted is not None:
            return
        pasted, buffer = lines_of(event.data), event.current_buffer
        while pasted and not pasted[-1]:
            pasted.pop()
        if len(pasted) <= 1:
            buffer.insert_text("".join(pasted))
            return
        before, after = buffer.document.text_before_cursor, buffer.document.text_after_cursor
        lines = lines_of(f"{before}{event.data}{after}")
        self._pasted = [line for line in lines if line.strip()]
        if len(self._pasted) <= MAX_UNCONFIRMED_PASTE:
            self._agree(event)

    def _agree(self, event: KeyPressEvent) -> None:
        lines, self._pasted = self._pasted or [], None
        event.current_buffer.reset()
        self._say(lines)

    def _decline(self, _: KeyPressEvent) -> None:
        self._pasted = None


def _answer_bindings(suggestion: str) -> KeyBindings:
    """Return the bindings for an answer, which is one line: a paste loses its line ends.

    A `suggestion` is taken where nothing is typed.
    """
    bindings = KeyBindings()
    suggested = Condition(lambda: bool(suggestion) and not get_app().current_buffer.text)

    @bindings.add("enter", filter=suggested)
    def accept(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text(suggestion)
        event.current_buffer.validate_and_handle()

    @bindings.add("tab", filter=suggested)
    def take(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text(suggestion)

    def paste(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text(" ".join(lines_of(event.data)))

    bindings.add(Keys.BracketedPaste)(paste)
    return bindings
