"""`netchat` on a terminal: the user types in the last line, the room's lines appear above."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from netchat.client.conversation.display_lines import DayLine, DisplayLine, SaidLine, no_room
from netchat.client.conversation.interfaces import ChatClient, Connect, OpenRoom, SecretKind
from netchat.client.frontends.bell import Bell
from netchat.client.frontends.line_editor import ChatCompleter, LineEditor
from netchat.client.frontends.questions import Questions
from netchat.client.frontends.styles import mentions, styled
from netchat.client.frontends.typed_history import open_history
from netchat.client.settings.settings import Settings
from netchat.dialects.text.commands import COMMANDS
from netchat.model.sanitize import sanitize

_LEAVE_TIMEOUT = 3.0
_UNSTORED_DELAY = 0.5
"""How many seconds a line may be unstored before the prompt shows it."""


class TerminalFrontend:
    """A `Frontend` on a terminal.

    `connect` opens the client under a name. For an empty `name`, the user is asked, who sees the
    question already; `suggestion` is suggested. `history` is the file that keeps what is typed,
    `timestamp` returns the text before a live line, `remember` is called when rooms have changed.
    """

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        name: str,
        connect: Connect,
        *,
        clock: IReactorTime,
        history: Path,
        timestamp: Callable[[], str],
        settings: Settings,
        suggestion: str = "",
        remember: Callable[[ChatClient | None], None] = lambda _: None,
    ) -> None:
        self.problem = ""
        """Why the conversation did not end well, in one sentence; "" if it did."""
        self._name = name
        self._connect = connect
        self._clock = clock
        self._timestamp = timestamp
        self._settings = settings
        self._remember = remember
        self._client: ChatClient | None = None
        self._secrets: dict[SecretKind, str] = {}
        self._logged_in: Deferred[str] = Deferred()
        self._secret_problem = ""
        self._wanted: SecretKind = "password"
        self._wants_new_password = False
        self._closed: Deferred[str] = Deferred()
        self._reconnecting = False
        self._unstored = 0
        self._unstored_shown = False
        self._unstored_timer: IDelayedCall | None = None
        self._editor = LineEditor(
            prompt=lambda: f"{timestamp()}You: ",
            badge=self._unstored_badge,
            completer=ChatCompleter(self._participants, self._rooms, [*COMMANDS, "set"]),
            history=open_history(history),
            say=self._say_pasted,
        )
        self._bell = Bell(self._editor.bell, clock, lambda: settings.current.bell)
        self._questions = Questions(self._editor, self._warn, suggestion)

    async def run(self) -> int:
        """Run the conversation to its end; return the exit code."""
        if await self._log_in():
            await self._type()
            self.problem = await self._closed
        if not self.problem:
            self._editor.show([("", "DISCONNECTED!!")])
        self._editor.flush()
        return 1 if self.problem else 0

    def interrupt(self) -> None:
        """Leave within a short time: the system shuts down, or the user pressed Ctrl-C."""
        self._editor.cancel()
        if self._client is not None:
            self._client.leave(_LEAVE_TIMEOUT)

    def entered(self, *, again: bool) -> None:
        """Let the user type; after a reconnect, report it."""
        self._reconnecting = False
        if again:
            self._notify("* Connected again.", "class:notice")
        if not self._logged_in.called:
            self._logged_in.callback("")
        self._editor.refresh()

    def show(self, line: DisplayLine) -> None:
        """Show `line`, and ring the bell if it is addressed to the user."""
        dated = isinstance(line, DayLine) or (isinstance(line, SaidLine) and line.when)
        timestamp = "" if dated else self._timestamp()
        self._print(line, timestamp)
        if self._client and mentions(line, self._client.name):
            self._bell.ring()

    def show_on_entry(self, line: DisplayLine) -> None:
        """Show what comes with entering a room."""
        self._print(line, "")

    def caught_up(self) -> None:
        """Do nothing: the user sees the lines."""

    def unstored_changed(self, lines: int) -> None:
        """Show the number of unstored lines in the prompt, unless they are stored soon."""
        if lines < self._unstored:
            self._show_unstored(False)
        self._unstored = lines
        if lines and not self._unstored_shown and self._unstored_timer is None:
            self._unstored_timer = self._clock.callLater(_UNSTORED_DELAY, self._show_unstored, True)

    def removed(self, room: str) -> None:
        """Tell the user, who may join another room."""
        self.show(no_room(room))

    def room_shown(self, room: OpenRoom) -> None:
        """Do nothing: the lines that follow say which room it is."""

    def rooms_changed(self) -> None:
        """Paint the prompt again."""
        self._remember(self._client)
        self._editor.refresh()

    def mentioned(self, room: OpenRoom, line: SaidLine) -> None:
        """Ring the bell."""
        self._bell.ring()

    def name_refused(self, reason: str) -> None:
        """Ask the user for another name."""
        self._logged_in.callback(reason)

    def secret_required(self, reason: str, unstored: int, kind: SecretKind) -> None:
        """Ask the user for the secret."""
        self._secret_problem, self._wanted = reason, kind
        if self._logged_in.called:
            self._editor.cancel()
        else:
            self._logged_in.callback(reason)

    def new_password_required(self) -> None:
        """Ask the user for a new password."""
        self._wants_new_password = True
        self._editor.cancel()

    def reconnecting(self, reason: str) -> None:
        """Report that the connection is lost."""
        self._reconnecting = True
        self._warn(f"! {reason.partition(';')[0]}; coming back by itself.")
        self._editor.refresh()

    def closed(self, problem: str, unstored: int) -> None:
        """End the conversation."""
        self._show_unstored(False)
        if unstored:
            lines = "line" if unstored == 1 else f"{unstored} lines"
            self._warn(f"! Your last {lines} may not be stored.")
        self._editor.cancel()
        self._closed.callback(problem)
        if not self._logged_in.called:
            self._logged_in.callback("")

    def _show_unstored(self, shown: bool) -> None:
        waiting, self._unstored_timer = self._unstored_timer, None
        if waiting is not None and waiting.active():
            waiting.cancel()
        self._unstored_shown = shown
        self._editor.refresh()

    def _unstored_badge(self) -> str:
        shown = self._unstored and (self._unstored_shown or self._reconnecting)
        return f"[{self._unstored} not stored yet] " if shown else ""

    async def _log_in(self) -> bool:
        """Log in; return whether to go on: False if the user left instead."""
        while True:
            name = self._name or await self._questions.name()
            if not name:
                return False
            self._name, self._logged_in = name, Deferred()
            self._client = self._connect(name, self, self._secrets)
            problem = await self._logged_in
            if not problem:
                return True
            self._client = None
            if self._secret_problem:
                if not await self._ask_secret() and self._wanted == "password":
                    return False
            else:
                self._name = ""
                self._warn(f"! {problem}")

    async def _ask_secret(self) -> bool:
        """Ask for the secret that is wanted; return whether the user has given one.

        If they have not, they may still have another name.
        """
        problem, self._secret_problem = self._secret_problem, ""
        secret = await self._questions.secret(self._wanted, problem, self._name)
        self._secrets[self._wanted] = secret or ""
        if secret or (self._wanted == "password" and secret is not None):
            return True
        self._name = ""
        return False

    async def _type(self) -> None:
        client = self._client
        while client is not None and not self._closed.called:
            if self._secret_problem:
                if not await self._ask_secret():
                    client.leave(0)
                    return
                client.retry_with(self._wanted, self._secrets[self._wanted])
            if self._wants_new_password:
                self._wants_new_password = False
                if password := await self._questions.new_password():
                    client.own_with_password(password)
            typed = await self._editor.read_line()
            if typed is None and not self._is_asked:
                self._leave(client)
                return
            self._say(client, typed or "")
            if client.leaving:
                return

    @property
    def _is_asked(self) -> bool:
        return bool(self._secret_problem) or self._wants_new_password

    def _say(self, client: ChatClient, line: str) -> None:
        answers = self._settings.command(line)
        for answer in answers or ():
            self._notify(answer, "class:warning" if answer.startswith("!") else "class:notice")
        if answers is None and line.strip():
            client.say(line)
            if client.leaving:
                self._leave(client)

    def _leave(self, client: ChatClient) -> None:
        if self._unstored:
            self._notify("* Waiting until all is stored.", "class:notice")
        client.leave(_LEAVE_TIMEOUT)

    def _say_pasted(self, lines: list[str]) -> None:
        for line in lines:
            if self._client is not None and not self._client.leaving:
                self._notify(f"{self._timestamp()}You: {sanitize(line)}", "")
                self._say(self._client, line)

    def _print(self, line: DisplayLine, timestamp: str) -> None:
        self._editor.show([("class:past", timestamp), *styled(line)])

    def _warn(self, text: str) -> None:
        self._notify(text, "class:warning")

    def _notify(self, text: str, style: str) -> None:
        self._editor.show([(style, text)])

    def _participants(self) -> list[str]:
        client = self._client
        return [name for name in client.participants if name != client.name] if client else []

    def _rooms(self) -> list[str]:
        return list(self._client.rooms) if self._client else []
