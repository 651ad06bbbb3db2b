"""`netchat` on a terminal: the user types in the last line, the room's lines appear above."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from netchat.client.conversation.interfaces import ChatClient, Connect, SecretKind
from netchat.client.frontends.chat_display import LEAVE_TIMEOUT, ChatDisplay
from netchat.client.frontends.line_editor import LineEditor
from netchat.client.frontends.questions import Questions
from netchat.client.frontends.screen import Screen
from netchat.client.frontends.sign_in import SignIn
from netchat.client.frontends.typed_history import open_history
from netchat.client.settings.settings import Settings


class TerminalFrontend(ChatDisplay):
    """A `Frontend` on the terminal of this process.

    `connect` opens the client under a name. For an empty `name`, the user is asked, who sees the
    question already; `suggestion` is suggested. `history` is the file that keeps what is typed. The
    others are those of ChatDisplay.
    """

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        name: str,
        connect: Connect,
        *,
        clock: IReactorTime,
        history: Path,
        settings: Settings,
        now: Callable[[], float],
        environ: Mapping[str, str],
        timestamps: bool = False,
        suggestion: str = "",
        screen: Screen | None = None,
        remember: Callable[[ChatClient | None], None] = lambda _: None,
        read: Callable[[], None] = lambda: None,
    ) -> None:
        self.problem = ""
        """Why the conversation did not end well, in one sentence; "" if it did."""
        self._connect = connect
        self._closed: Deferred[str] = Deferred()
        self._screen = screen or Screen()
        super().__init__(
            self._screen,
            clock=clock,
            settings=settings,
            now=now,
            environ=environ,
            timestamps=timestamps,
            remember=remember,
            read=read,
        )
        self._editor = LineEditor(
            self._screen,
            prompt=self._prompt,
            badge=self._badge,
            status=self._status,
            client=self._get_client,
            history=open_history(history),
            say=self._say_lines,
            tell=self._tell,
            key_pressed=self._attention.key_pressed,
            environ=environ,
            clock=clock,
        )
        self._sign_in = SignIn(
            name,
            self._open,
            Questions(self._editor, self._warn, suggestion),
            interrupt=self._editor.cancel,
            warn=self._warn,
        )

    async def run(self) -> int:
        """Run the conversation to its end; return the exit code."""
        client = await self._sign_in.run()
        if client is not None:
            await self._type(client)
            self.problem = await self._closed
        if not self.problem:
            self._screen.show([("", "DISCONNECTED!!")])
        self._screen.give_back()
        return 1 if self.problem else 0

    def interrupt(self) -> None:
        """Leave within a short time: the system shuts down, or the user pressed Ctrl-C."""
        self._editor.end(at_once=True)
        if self._client is not None:
            self._client.leave(LEAVE_TIMEOUT)

    def entered(self, *, again: bool) -> None:
        """Let the user type; after a reconnect, report it."""
        self._unstored.online = True
        if again:
            self._notify("* Connected again.", "class:notice")
        self._sign_in.finished()
        self._screen.refresh()

    def name_refused(self, reason: str) -> None:
        """Ask the user for another name."""
        self._known.client = None
        self._sign_in.name_refused(reason)

    def secret_required(self, reason: str, unstored: int, kind: SecretKind) -> None:
        """Ask the user for the secret."""
        self._sign_in.secret_required(reason, kind)

    def new_password_required(self) -> None:
        """Ask the user for a new password."""
        self._sign_in.new_password_required()

    def reconnecting(self, reason: str) -> None:
        """Report that the connection is lost."""
        self._unstored.online = False
        self._warn(f"! {reason.partition(';')[0]}; coming back by itself.")
        self._screen.refresh()

    def closed(self, problem: str, unstored: int) -> None:
        """End the conversation."""
        self._unstored.stop()
        self._attention.stop()
        self._tell_unstored(unstored)
        self._editor.end()
        self._closed.callback(problem)
        self._sign_in.finished()

    def _open(self, name: str, secrets: Mapping[SecretKind, str]) -> ChatClient:
        self._known.client = client = self._connect(name, self, secrets)
        client.watch(self._settings.current.highlight)
        return client

    async def _type(self, client: ChatClient) -> None:
        while not self._closed.called:
            if not await self._sign_in.answer(client):
                client.leave(0)
                return
            typed = await self._editor.read_line()
            if typed is None and not self._sign_in.has_questions:
                self._leave(client)
                return
            if typed is not None:
                self._say_typed(client, typed)
            if client.leaving:
                return
