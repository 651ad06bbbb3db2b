"""`netchat` on a terminal: the user types in the last line, the room's lines appear above."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from netchat.client.conversation.display_lines import DisplayLine, PrivateLine, SaidLine, no_room
from netchat.client.conversation.interfaces import ChatClient, Connect, OpenRoom, SecretKind
from netchat.client.frontends import keys
from netchat.client.frontends.attention import Attention, calls
from netchat.client.frontends.known import Known
from netchat.client.frontends.line_display import LineDisplay
from netchat.client.frontends.line_editor import LineEditor
from netchat.client.frontends.message import is_text
from netchat.client.frontends.questions import Questions
from netchat.client.frontends.screen import Screen
from netchat.client.frontends.sign_in import SignIn
from netchat.client.frontends.spoken import Spoken
from netchat.client.frontends.status_line import status_line
from netchat.client.frontends.styles import Fragments
from netchat.client.frontends.times import Mode, Times
from netchat.client.frontends.typed_history import open_history
from netchat.client.frontends.unstored import Unstored
from netchat.client.settings.settings import Settings
from netchat.model.sanitize import sanitize

_LEAVE_TIMEOUT = 3.0
_CLEAR = "/clear"


class TerminalFrontend:
    """A `Frontend` on a terminal.

    `connect` opens the client under a name. For an empty `name`, the user is asked, who sees the
    question already; `suggestion` is suggested. `history` is the file that keeps what is typed,
    and `environ` tells which terminal it is. `now` returns the time of day, in seconds since the
    epoch; with `timestamps`, it stands before each line until another setting is chosen.
    `remember` is called when rooms may have changed, `read` when the user may have read lines.
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
        self._settings = settings
        self._times_at_first = settings.current.times if timestamps else None
        self._remember = remember
        self._read = read
        self._known = Known()
        self._closed: Deferred[str] = Deferred()
        self._screen = screen or Screen()
        self._unstored = Unstored(clock, self._show_unstored)
        self._spoken = Spoken(lambda: self._screen.plain, self._tell, self._unstored)
        self._times = Times(self._times_mode, now, clock.seconds)
        self._attention = Attention(self._screen, clock, lambda: settings.current, environ)
        self._lines = LineDisplay(
            self._screen, self._times, lambda: settings.current, lambda: self._known.members
        )
        self._editor = LineEditor(
            self._screen,
            prompt=self._prompt,
            badge=lambda: self._unstored.badge,
            status=self._status,
            client=lambda: self._client,
            history=open_history(history),
            say=self._say_lines,
            tell=self._tell,
            key_pressed=self._attention.key_pressed,
            environ=environ,
            clock=clock,
        )
        settings.on_change(self._apply_settings)
        self._screen.apply(settings.current)
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
            self._client.leave(_LEAVE_TIMEOUT)

    def entered(self, *, again: bool) -> None:
        """Let the user type; after a reconnect, report it."""
        self._unstored.online = True
        if again:
            self._notify("* Connected again.", "class:notice")
        self._sign_in.finished()
        self._screen.refresh()

    def show(self, line: DisplayLine) -> None:
        """Show `line`, and call the user if it is addressed to them."""
        self._lines.show(line)
        self._read()
        if isinstance(line, SaidLine | PrivateLine) and calls(line):
            private = isinstance(line, PrivateLine)
            self._attention.call(line, "" if private or not self._client else self._client.current)

    def show_on_entry(self, line: DisplayLine) -> None:
        """Show what comes with entering a room."""
        self._lines.show_on_entry(line)

    def caught_up(self) -> None:
        """Do nothing: the user sees the lines."""

    def unstored_changed(self, lines: int) -> None:
        """Show the number of unstored lines in the prompt, unless they are stored soon."""
        self._unstored.update(lines)
        self._read()

    def removed(self, room: str) -> None:
        """Tell the user, who may join another room."""
        self.show(no_room(room))

    def room_shown(self, room: OpenRoom) -> None:
        """Do nothing: the lines that follow say which room it is."""

    def rooms_changed(self) -> None:
        """Paint the prompt and the line below it again, and remember what is open."""
        self._remember(self._client)
        self._screen.refresh()

    def mentioned(self, room: OpenRoom, line: SaidLine) -> None:
        """Call the user."""
        self._attention.call(line, room.name)
        self._spoken.mentioned(room)

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
        if unstored:
            lines = "line" if unstored == 1 else f"{unstored} lines"
            self._warn(f"! Your last {lines} may not be stored.")
        self._editor.end()
        self._closed.callback(problem)
        self._sign_in.finished()

    @property
    def _client(self) -> ChatClient | None:
        return self._known.client

    def _open(self, name: str, secrets: Mapping[SecretKind, str]) -> ChatClient:
        self._known.client = client = self._connect(name, self, secrets)
        client.watch(self._settings.current.highlight)
        return client

    def _apply_settings(self) -> None:
        if self._client is not None:
            self._client.watch(self._settings.current.highlight)
        self._screen.apply(self._settings.current)

    async def _type(self, client: ChatClient) -> None:
        while not self._closed.called:
            if not await self._sign_in.answer(client):
                client.leave(0)
                return
            typed = await self._editor.read_line()
            if typed is None and not self._sign_in.has_questions:
                self._leave(client)
                return
            if typed and typed.strip():
                self._times.said()
            elif typed is not None:
                self._spoken.status(self._known.figures)
            self._say(client, typed or "")
            if client.leaving:
                return

    def _say(self, client: ChatClient, line: str) -> None:
        if line.strip().lower() == _CLEAR:
            self._screen.clear()
            return
        answers = self._settings.command(line) or keys.answer(line)
        for answer in answers or ():
            self._tell(answer)
        if answers is None and line.strip():
            client.say(line)
            if client.leaving:
                self._leave(client)

    def _leave(self, client: ChatClient) -> None:
        if self._unstored.lines:
            self._notify("* Waiting until all is stored.", "class:notice")
        client.leave(_LEAVE_TIMEOUT)

    def _say_lines(self, lines: list[str]) -> None:
        for line in lines:
            if self._client is not None and not self._client.leaving:
                self._notify(f"{self._prompt(is_done=True)}{sanitize(line)}", "")
                self._times.said()
                if is_text(line):
                    self._client.say_text(line)
                else:
                    self._say(self._client, line)

    def _warn(self, text: str) -> None:
        self._notify(text, "class:warning")

    def _tell(self, text: str) -> None:
        self._notify(text, "class:warning" if text.startswith("!") else "class:notice")

    def _show_unstored(self) -> None:
        self._screen.refresh()
        self._spoken.unstored_changed()

    def _notify(self, text: str, style: str) -> None:
        self._screen.show([(style, text)])

    def _prompt(self, is_done: bool) -> str:
        time = self._times.before_said() if is_done else self._times.before_notice()
        to = f" -> {self._known.talks_with}" if self._known.talks_with else ""
        return f"{time}You{to}: "

    def _times_mode(self) -> Mode:
        chosen = self._settings.current.times
        return "on" if chosen == self._times_at_first else chosen

    def _status(self, columns: int) -> Fragments:
        wanted = self._client is not None and self._settings.current.status
        return status_line(self._known.figures, columns) if wanted else []
