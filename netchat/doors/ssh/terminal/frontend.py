"""The conversation on a terminal behind SSH: what is shown, and what the keys do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twisted.internet.interfaces import IReactorTime

from netchat.client.conversation.interfaces import ChatClient, SecretKind
from netchat.client.frontends import new_password
from netchat.client.frontends.chat_display import LEAVE_TIMEOUT, ChatDisplay
from netchat.client.settings.settings import Settings
from netchat.doors.ssh.terminal.composer import Composer
from netchat.doors.ssh.terminal.drawing import Pieces, Typed, shared_status
from netchat.doors.ssh.terminal.hidden_question import HiddenQuestion
from netchat.doors.ssh.terminal.input_decoder import Input, Key, Text
from netchat.doors.ssh.terminal.line_keys import ANSWERING, WRITING
from netchat.doors.ssh.terminal.paste import Paste
from netchat.doors.ssh.terminal.screen import ChannelScreen
from netchat.doors.ssh.terminal.session_settings import SessionSettings
from netchat.model.sanitize import sanitize

_LOCAL_SETTINGS = ("name", "rooms")
"""What has no meaning where there is no next run."""
MAX_LISTED = 12
"""How many completions are told to a screen reader."""


class ChannelFrontend(ChatDisplay):
    """A `Frontend` on `screen`; `ended` is called with the exit code at the end."""

    def __init__(
        self,
        screen: ChannelScreen,
        ended: Callable[[int], None],
        *,
        clock: IReactorTime,
        now: Callable[[], float],
        environ: Mapping[str, str],
    ) -> None:
        super().__init__(
            screen,
            clock=clock,
            settings=Settings(SessionSettings(), without=_LOCAL_SETTINGS),
            now=now,
            environ=environ,
            remote=True,
        )
        self._screen = screen
        self._ended = ended
        self._has_entered = self._is_over = False
        self._composer = Composer(self)
        self._hidden: HiddenQuestion | None = None
        self._new_password = ""
        self._was_interrupted = False
        """Whether the last key was a Ctrl-C that would have left."""

    @property
    def client(self) -> ChatClient | None:
        """What says what is typed."""
        return self._client

    def begin(self, client: ChatClient) -> None:
        """Let the user talk by `client`."""
        self._known.client = client

    @property
    def takes_input(self) -> bool:
        """Whether more of what is typed can be handled: few enough lines wait to be stored."""
        return self._client is not None and self._client.can_send

    @property
    def cost(self) -> int:
        """How much work a key is, at least 1: a long message is copied for each."""
        return 1 + len(self._composer.edited.text) // 128

    @property
    def shown(self) -> Typed | None:
        """What is drawn below the lines, None if nothing can be typed."""
        if not self._has_entered or self._is_over:
            return None
        question = self._hidden.question if self._hidden is not None else self._composer.question
        status = self._row_below(self._screen.columns) if self._screen.has_status else ()
        if question:
            return Typed((("class:warning", question),), "", 0, status, question)
        prompt, edited = self._prompt(is_done=False), self._composer.edited
        pieces = (("class:warning", self._badge()), ("", prompt))
        line = f"{prompt}{edited.text.replace(chr(10), ' / ')}" if edited.text else ""
        return Typed(pieces, edited.text, edited.cursor, status, line)

    def handle(self, one: Input) -> None:
        """Handle what the user types."""
        self._attention.key_pressed()
        was_interrupted, self._was_interrupted = self._was_interrupted, False
        if not self._has_entered or self._is_over:
            if one == Key("c-c"):
                self.leave()
        elif self._hidden is not None:
            self._hidden.handle(one)
        elif isinstance(one, Text):
            self._composer.insert(one.text)
        elif isinstance(one, Paste):
            self._composer.paste(one)
        else:
            self._press(one.name, again=was_interrupted)
        self._screen.refresh()

    def entered(self, *, again: bool) -> None:
        """Let the user type."""
        self._has_entered = True
        self._screen.refresh()

    def name_refused(self, reason: str) -> None:
        """Do nothing: the link ends the conversation."""

    def secret_required(self, reason: str, unstored: int, kind: SecretKind) -> None:
        """Do nothing: the link ends the conversation."""

    def reconnecting(self, reason: str) -> None:
        """Do nothing: there is one connection."""

    def new_password_required(self) -> None:
        """Ask the user for a new password, twice."""
        self._hidden = HiddenQuestion(new_password.FIRST, self._first_password)

    def closed(self, problem: str, unstored: int) -> None:
        """End the conversation."""
        if self._is_over:
            return
        self.stop()
        self._tell_unstored(unstored)
        if problem:
            self._warn(f"! {problem}")
        self._notify("DISCONNECTED!!", "")
        self._screen.give_back()
        self._ended(1 if problem else 0)

    def stop(self) -> None:
        """Stop all timers: nobody sees the terminal any more."""
        self._is_over = True
        self._unstored.stop()
        self._attention.stop()

    def typed(self, line: str) -> None:
        """Say the `line`, or do what it means; an empty one does nothing."""
        if line.strip():
            self._screen.show_typed(f"{self._prompt(is_done=True)}{sanitize(line)}")
        if self._client is not None:
            self._say_typed(self._client, line)

    def typed_lines(self, lines: list[str]) -> None:
        """Say the `lines` of a message."""
        self._say_lines(lines)

    def tell(self, text: str) -> None:
        """Show a sentence."""
        self._tell(text)

    def completed(self, shown: list[str]) -> None:
        """Tell a screen reader what there is; others see it below the line."""
        if self._screen.plain:
            more = f" and {len(shown) - MAX_LISTED} more" if len(shown) > MAX_LISTED else ""
            self._tell(f"* {', '.join(shown[:MAX_LISTED])}{more}")

    def leave(self) -> None:
        """Leave within a short time."""
        if self._client is not None:
            if self._unstored.lines:
                self._notify("* Waiting until all is stored.", "class:notice")
            self._client.leave(LEAVE_TIMEOUT)

    def _press(self, name: str, *, again: bool) -> None:
        composer = self._composer
        if composer.question:
            if act := ANSWERING.get(name):
                act(composer)
        elif name == "c-c":
            if not composer.clear():
                self._interrupt(again=again)
        elif name == "c-d":
            if composer.edited.text:
                WRITING["delete"](composer)
            else:
                self.leave()
        elif name == "c-l":
            self._screen.clear()
        elif act := WRITING.get(name):
            act(composer)

    def _interrupt(self, *, again: bool) -> None:
        if again:
            self.leave()
        else:
            self._was_interrupted = True
            self._tell("* Press Ctrl-C again to leave.")

    def _row_below(self, columns: int) -> Pieces:
        if completions := self._composer.row_below(columns):
            return tuple(completions)
        return shared_status(self._known.figures, columns) if self._values().status else ()

    def _first_password(self, password: str | None) -> None:
        self._new_password = password or ""
        self._hidden = None
        if password:
            self._hidden = HiddenQuestion(new_password.AGAIN, self._second_password)
        else:
            self._warn(new_password.NOTHING_GIVEN)

    def _second_password(self, password: str | None) -> None:
        first, self._new_password, self._hidden = self._new_password, "", None
        if password != first:
            self._warn(new_password.DIFFERENT)
        elif self._client is not None:
            self._client.own_with_password(first)
