"""The line that the user types: its prompt, keys, completion and history."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText, fragment_list_to_text
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.styles import DynamicStyle
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from netchat.client.conversation.interfaces import ChatClient
from netchat.client.frontends.answers import answer_bindings
from netchat.client.frontends.completion import Completer
from netchat.client.frontends.composer import Composer
from netchat.client.frontends.drafts import Drafts
from netchat.client.frontends.external_editor import EditorError, ExternalEditor
from netchat.client.frontends.line_keys import line_bindings
from netchat.client.frontends.message import problem_of
from netchat.client.frontends.prompt_renderer import PromptRenderer
from netchat.client.frontends.reflow import CUT_OFF, WRAPPED, Settling, wraps_anew
from netchat.client.frontends.screen import Screen
from netchat.client.frontends.status_window import show_below
from netchat.client.frontends.styles import Fragments
from netchat.client.frontends.tab_completion import TabCompletion
from netchat.model.lines import lines_of
from netchat.model.sanitize import sanitize

_MAX_LISTED = 12
"""How many completions are told to a screen reader."""


class LineEditor:
    """The user types in the last line of `screen`, and everything else is printed above it.

    `prompt` returns the text before the line, which may be another one when it is typed (True),
    `badge` the text before the prompt until then, and `status` the row below it in so many columns.
    `client` returns the client, None before there is one. `say` takes the lines of a message that
    has several; `tell` shows a sentence, `key_pressed` is called for each key, and `environ` names
    the terminal and the user's editor.
    """

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        screen: Screen,
        *,
        prompt: Callable[[bool], str],
        badge: Callable[[], str],
        status: Callable[[int], Fragments],
        client: Callable[[], ChatClient | None],
        history: History,
        say: Callable[[list[str]], None],
        tell: Callable[[str], None],
        key_pressed: Callable[[], None],
        environ: Mapping[str, str],
        clock: IReactorTime,
    ) -> None:
        self._screen = screen
        self._wraps_anew = wraps_anew(environ)
        self._settling = Settling(clock, self._settled)
        self._prompt = prompt
        self._badge = badge
        self._status = status
        self._client = client
        self._tell = tell
        self._draft = Document()
        self._cancelled = False
        """Whether the line is to be interrupted once the user's own editor has ended."""
        self._ended = False
        self._external = ExternalEditor(screen, environ)
        self._tab = TabCompletion(Completer(client), self._list_completions)
        self._session: PromptSession[str] = PromptSession(
            self._prompt_text,
            enable_suspend=True,
            history=history,
            interrupt_exception=EOFError,
            output=screen.output,
            prompt_continuation=lambda width, _line, _wraps: " " * width,
            style=DynamicStyle(lambda: screen.style),
        )
        self._buffer = self._session.default_buffer
        self._composer = Composer(
            self._buffer, say=say, problem=self._problem, tell=tell, is_tall=screen.is_tall
        )
        self._drafts = Drafts(self._buffer)
        self._session.key_bindings = line_bindings(
            self._composer,
            self._drafts,
            client,
            complete=lambda by: self._tab.step(self._buffer, by),
            editor=self._external,
            edit=self._open_editor,
        )
        renderer = self._draw(self._session, self._plain_line, self._shown)
        show_below(self._session, renderer, self._row_below, lambda: screen.max_rows)
        self._session.app.key_processor.before_key_press += lambda _: key_pressed()
        self._active: PromptSession[str] = self._session

    async def ask(self, question: str, *, hidden: bool = False, suggestion: str = "") -> str | None:
        """Return the answer to `question`, or None for Ctrl-C and Ctrl-D.

        It is not added to the history; with `hidden`, it is not shown either. While nothing is
        typed, the `suggestion` is shown, Enter takes it, and Tab takes it to change it.
        """
        self._active = PromptSession(
            question,
            enable_suspend=True,
            interrupt_exception=EOFError,
            is_password=hidden,
            key_bindings=answer_bindings(suggestion, hidden=hidden),
            output=self._screen.output,
            placeholder=FormattedText([("dim", suggestion)]) if suggestion else None,
        )
        buffer = self._active.default_buffer
        self._draw(
            self._active,
            lambda: question + ("" if hidden else buffer.text),
            lambda: question + (buffer.text or suggestion),
        )
        return await self._read()

    async def read_line(self) -> str | None:
        """Return the next line typed, or None for Ctrl-C, Ctrl-D and a closed terminal.

        It begins with the text of a line that `cancel` interrupted, or that was begun in this room.
        """
        self._active = self._session
        self._session.app.erase_when_done = False
        draft, self._draft = self._draft, Document()
        if not draft.text:
            draft = self._drafts.take(self._client())
        return await self._read(draft)

    def cancel(self) -> None:
        """Interrupt the line that is being typed, as if the user had pressed Ctrl-D.

        What they write in an editor is interrupted once that has ended.
        """
        app = self._active.app
        self._cancelled = self._external.running
        if app.is_running and not (app.is_done or self._cancelled):
            if self._active is self._session:
                self._composer.resume()
                self._draft = self._buffer.document
            app.erase_when_done = True
            app.exit(exception=EOFError())

    def end(self, *, at_once: bool = False) -> None:
        """Interrupt the line for good: the conversation is over.

        What the user is writing in an editor is shown once that has ended; `at_once` ends it.
        """
        self._ended = True
        if self._settling.active:
            self._settling.stop()
            self._settled()
        if at_once:
            self._external.stop()
        self.cancel()

    async def _read(self, draft: Document | str = "") -> str | None:
        self._screen.attach(self._active.app)
        typing = asyncio.ensure_future(self._active.prompt_async(default=draft))
        try:
            return await Deferred.fromFuture(typing)
        except (EOFError, OSError):
            return None

    def _draw(
        self,
        session: PromptSession[str],
        plain_line: Callable[[], str],
        shown: Callable[[], str],
    ) -> PromptRenderer:
        """Have `session` drawn as the screen needs it.

        `shown` is the text with what stands before it, and `plain_line` is it for a screen reader.
        """
        screen = self._screen
        if self._wraps_anew:
            session.app._on_resize = self._resized  # type: ignore[method-assign]
        return PromptRenderer(
            session,
            plain=lambda: screen.plain,
            line=plain_line,
            shown=shown,
            erased=screen.erased,
            paused=lambda: screen.is_held,
            printing=lambda: screen.is_printing,
            resizing=lambda: screen.is_resizing,
            wraps_anew=self._wraps_anew,
        )

    def _resized(self) -> None:
        """Draw nothing until the size stays the same.

        What is drawn for another width than the terminal has at that moment cannot be found again.
        """
        self._screen.is_resizing = True
        self._settling.resized()

    def _settled(self) -> None:
        self._screen.is_resizing = False
        if self._active.app.is_running:
            Application._on_resize(self._active.app)
        self._screen.flush()

    def _shown(self) -> str:
        return fragment_list_to_text(self._prompt_text()) + self._buffer.text

    def _plain_line(self) -> str:
        typed = self._buffer.text.replace("\n", " / ")
        if not self._composer.question and not typed:
            return ""
        return fragment_list_to_text(self._prompt_text(badge=False)) + typed

    def _prompt_text(self, *, badge: bool = True) -> FormattedText:
        if self._composer.question:
            return FormattedText([("class:warning", self._composer.question)])
        is_done = self._session.app.is_done
        before = "" if is_done or not badge else self._badge()
        wrapped = [WRAPPED] if self._wraps_anew else []
        return FormattedText([*wrapped, ("class:warning", before), ("", self._prompt(is_done))])

    def _row_below(self, columns: int) -> Fragments:
        row = self._tab.row(self._buffer.document, columns) or self._status(columns)
        return [CUT_OFF, *row] if row and self._wraps_anew else row

    def _list_completions(self, shown: list[str]) -> None:
        """Tell a screen reader what there is; others see it below the line."""
        if self._screen.plain:
            more = f" and {len(shown) - _MAX_LISTED} more" if len(shown) > _MAX_LISTED else ""
            self._tell(f"* {', '.join(shown[:_MAX_LISTED])}{more}")

    def _problem(self, lines: list[str]) -> str:
        client = self._client()
        return problem_of(lines, client.line_limit if client is not None else 0)

    def _open_editor(self, event: KeyPressEvent) -> None:
        event.app.create_background_task(self._edit())

    async def _edit(self) -> None:
        """Have the user edit the message in their own editor."""
        before = self._buffer.text
        try:
            text = await self._external.edit(before)
        except EditorError as error:
            text = before
            self._tell(f"! {error}")
        if text != before:
            self._buffer.document = Document(text)
            if self._ended:
                self._tell("! This was not sent:")
                for line in lines_of(text):
                    self._screen.show([("", sanitize(line))])
        if self._cancelled:
            self.cancel()
