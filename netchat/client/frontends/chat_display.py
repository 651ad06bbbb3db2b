"""What all terminals have in common: the conversation is shown above the line that is typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from twisted.internet.interfaces import IReactorTime

from netchat.client.conversation.display_lines import DisplayLine, PrivateLine, SaidLine, no_room
from netchat.client.conversation.interfaces import ChatClient, OpenRoom
from netchat.client.frontends import keys
from netchat.client.frontends.attention import Attention, Signals, calls
from netchat.client.frontends.known import Known
from netchat.client.frontends.line_display import LineDisplay, LineScreen
from netchat.client.frontends.message import is_text
from netchat.client.frontends.spoken import Spoken
from netchat.client.frontends.status_line import status_line
from netchat.client.frontends.styles import Fragments
from netchat.client.frontends.times import Mode, Times
from netchat.client.frontends.unstored import Unstored
from netchat.client.settings.settings import Settings
from netchat.client.settings.values import Values
from netchat.model.sanitize import sanitize

LEAVE_TIMEOUT = 3.0
"""Seconds in which the last lines have to be stored when the user leaves."""
_CLEAR = "/clear"


class DisplayScreen(LineScreen, Signals, Protocol):
    """The terminal, with the line that is being typed at its end."""

    @property
    def plain(self) -> bool:
        """Whether nothing that was written is written over, for a screen reader."""

    def refresh(self) -> None:
        """Draw what is being typed again."""

    def clear(self) -> None:
        """Clear the terminal."""

    def apply(self, values: Values) -> None:
        """Use the colours that `values` want, and plain lines if they want them."""


class ChatDisplay:
    """The part of a `Frontend` that shows the conversation on `screen`, and says what is typed.

    `environ` tells which terminal it is. `now` returns the time of day, in seconds since the epoch;
    with `timestamps`, it stands before each line until another setting is chosen. `remote` tells
    whether the user's machine is another one than this. `remember` is called when rooms may have
    changed, `read` when the user may have read lines.
    """

    __slots__ = (
        "_attention",
        "_display",
        "_known",
        "_lines",
        "_read",
        "_remember",
        "_remote",
        "_settings",
        "_spoken",
        "_times",
        "_times_at_first",
        "_unstored",
    )

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        screen: DisplayScreen,
        *,
        clock: IReactorTime,
        settings: Settings,
        now: Callable[[], float],
        environ: Mapping[str, str],
        timestamps: bool = False,
        remote: bool = False,
        remember: Callable[[ChatClient | None], None] = lambda _: None,
        read: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._times_at_first = settings.current.times if timestamps else None
        self._remote = remote
        self._remember = remember
        self._read = read
        self._known = Known()
        self._display = screen
        self._unstored = Unstored(clock, self._show_unstored)
        self._spoken = Spoken(self._is_plain, self._tell, self._unstored)
        self._times = Times(self._times_mode, now, clock.seconds)
        self._attention = Attention(screen, clock, self._values, environ)
        self._lines = LineDisplay(screen, self._times, self._values, self._members)
        settings.on_change(self._apply_settings)
        screen.apply(settings.current)

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
        self._display.refresh()

    def mentioned(self, room: OpenRoom, line: SaidLine) -> None:
        """Call the user."""
        self._attention.call(line, room.name)
        self._spoken.mentioned(room)

    @property
    def _client(self) -> ChatClient | None:
        return self._known.client

    def _get_client(self) -> ChatClient | None:
        return self._known.client

    def _members(self) -> int:
        return self._known.members

    def _values(self) -> Values:
        return self._settings.current

    def _is_plain(self) -> bool:
        return self._display.plain

    def _badge(self) -> str:
        return self._unstored.badge

    def _apply_settings(self) -> None:
        if self._client is not None:
            self._client.watch(self._settings.current.highlight)
        self._display.apply(self._settings.current)

    def _say_typed(self, client: ChatClient, typed: str) -> None:
        """Say what was `typed`, and leave if that is what it means."""
        if typed.strip():
            self._times.said()
        else:
            self._spoken.status(self._known.figures)
        self._say(client, typed)

    def _say(self, client: ChatClient, line: str) -> None:
        if line.strip().lower() == _CLEAR:
            self._display.clear()
            return
        answers = self._settings.command(line) or keys.answer(line, remote=self._remote)
        for answer in answers or ():
            self._tell(answer)
        if answers is None and line.strip():
            client.say(line)
            if client.leaving:
                self._leave(client)

    def _leave(self, client: ChatClient) -> None:
        if self._unstored.lines:
            self._notify("* Waiting until all is stored.", "class:notice")
        client.leave(LEAVE_TIMEOUT)

    def _say_lines(self, lines: list[str]) -> None:
        for line in lines:
            if self._client is not None and not self._client.leaving:
                self._notify(f"{self._prompt(is_done=True)}{sanitize(line)}", "")
                self._times.said()
                if is_text(line):
                    self._client.say_text(line)
                else:
                    self._say(self._client, line)

    def _tell_unstored(self, unstored: int) -> None:
        """Tell the user, whose conversation is over, that so many lines may be lost."""
        if unstored:
            lines = "line" if unstored == 1 else f"{unstored} lines"
            self._warn(f"! Your last {lines} may not be stored.")

    def _warn(self, text: str) -> None:
        self._notify(text, "class:warning")

    def _tell(self, text: str) -> None:
        self._notify(text, "class:warning" if text.startswith("!") else "class:notice")

    def _show_unstored(self) -> None:
        self._display.refresh()
        self._spoken.unstored_changed()

    def _notify(self, text: str, style: str) -> None:
        self._display.show([(style, text)])

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
