"""`netchat` on a terminal: a person types at the bottom, and what is heard appears above."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from netchat.client.conversation.interfaces import Connect, Heard, Said, Talk
from netchat.client.frontends.input import is_leaving, is_word, why_no_name
from netchat.client.frontends.line_editor import Editor, Words, open_history
from netchat.client.frontends.styles import calls, paint
from netchat.dialects.text.commands import COMMANDS

_PATIENCE = 3.0
_CALM = 1.0
"""How many seconds at least are between two rings of the bell: no server rings it at will."""
_SOON = 0.5
"""How many seconds a line may take to be stored before the prompt says that it is not yet."""


class Terminal:
    """A `Front` on a terminal.

    `connect` opens the talk under a name; an empty `name` is asked for. `history` is the file that
    keeps what is typed, `stamp` gives what is put before a line heard now.
    """

    def __init__(
        self,
        name: str,
        connect: Connect,
        *,
        clock: IReactorTime,
        history: Path,
        stamp: Callable[[], str],
    ) -> None:
        self.complaint = ""
        """Why it ended, if it did not end well; one sentence."""
        self._name = name
        self._connect = connect
        self._clock = clock
        self._stamp = stamp
        self._talk: Talk | None = None
        self._password = ""
        self._settled: Deferred[str] = Deferred()
        self._lock = ""
        self._over: Deferred[str] = Deferred()
        self._away = False
        self._unstored = 0
        self._late = False
        self._waiting: IDelayedCall | None = None
        self._rang = -_CALM
        self._editor = Editor(
            prompt=lambda: f"{stamp()}You: ",
            badge=self._unstored_yet,
            completer=Words(self._people, self._rooms, COMMANDS),
            history=open_history(history),
            say=self._say_pasted,
        )

    async def run(self) -> int:
        """Talk until it is over; return the exit code."""
        if not self._name:
            self._editor.show([("", " CREATING NEW ID:")])
        if await self._log_in():
            await self._type()
            self.complaint = await self._over
        if not self.complaint:
            self._editor.show([("", "DISCONNECTED!!")])
        self._editor.flush()
        return 1 if self.complaint else 0

    def interrupt(self) -> None:
        """Leave politely: the system goes down, or Ctrl-C came while nothing is typed."""
        self._editor.stop()
        if self._talk is not None:
            self._talk.leave(_PATIENCE)

    def entered(self, *, again: bool) -> None:
        """Let the person type; after a cut, say that it is over."""
        self._away = False
        if again:
            self._tell("* Connected again.", "class:notice")
        if not self._settled.called:
            self._settled.callback("")
        self._editor.refresh()

    def hear(self, heard: Heard) -> None:
        """Show `heard`, and ring if it is for this person."""
        before = isinstance(heard, Said) and heard.when
        stamp = "" if before else self._stamp()
        self._show(heard, stamp)
        now = self._clock.seconds()
        if self._talk and calls(heard, self._talk.name) and now - self._rang >= _CALM:
            self._rang = now
            self._editor.ring()

    def recall(self, heard: Heard) -> None:
        """Show what comes with entering a room."""
        self._show(heard, "")

    def caught_up(self) -> None:
        """Go on: the person sees it."""

    def unstored(self, lines: int) -> None:
        """Let the prompt tell that lines are not stored, unless they soon are."""
        if lines < self._unstored:
            self._be_late(False)
        self._unstored = lines
        if lines and not self._late and self._waiting is None:
            self._waiting = self._clock.callLater(_SOON, self._be_late, True)

    def refused(self, reason: str) -> None:
        """Have the person asked for another name."""
        self._settled.callback(reason)

    def locked(self, reason: str, unstored: int) -> None:
        """Have the person asked for the password."""
        self._lock = reason
        if self._settled.called:
            self._editor.stop()
        else:
            self._settled.callback(reason)

    def cut(self, reason: str) -> None:
        """Say that the connection is lost; nothing is lost with it."""
        self._away = True
        self._tell(f"! {reason.partition(';')[0]}; coming back by itself.", "class:warning")
        self._editor.refresh()

    def over(self, complaint: str, unstored: int) -> None:
        """End it."""
        self._be_late(False)
        if unstored:
            lines = "line" if unstored == 1 else f"{unstored} lines"
            self._tell(f"! Your last {lines} may not be stored.", "class:warning")
        self._editor.stop()
        self._over.callback(complaint)
        if not self._settled.called:
            self._settled.callback("")

    def _be_late(self, late: bool) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and waiting.active():
            waiting.cancel()
        self._late = late
        self._editor.refresh()

    def _unstored_yet(self) -> str:
        late = self._unstored and (self._late or self._away)
        return f"[{self._unstored} not stored yet] " if late else ""

    async def _log_in(self) -> bool:
        """Return whether there is a talk: its name is granted, or it is over already."""
        while True:
            name = self._name or await self._ask_name()
            if not name:
                return False
            self._settled = Deferred()
            self._talk = self._connect(name, self, self._password)
            refusal = await self._settled
            if not refusal:
                return True
            self._talk, self._name = None, name if self._lock else ""
            if not self._lock:
                self._tell(f"! {refusal}", "class:warning")
            elif not await self._ask_password():
                return False

    async def _ask_name(self) -> str:
        while True:
            typed = await self._editor.ask(" Enter username: ")
            name = "exit" if typed is None else typed.strip()
            if is_leaving(name):
                return ""
            if is_word(name):
                return name
            if name:
                self._tell(f"! {why_no_name(name)}", "class:warning")

    async def _ask_password(self) -> bool:
        # How else it can be given is no matter to who is asked for it now.
        self._tell(f"! {self._lock.partition(';')[0]}.", "class:warning")
        self._lock = ""
        typed = await self._editor.ask(" Enter password: ", hidden=True)
        self._password = typed or ""
        return typed is not None

    async def _type(self) -> None:
        talk = self._talk
        while talk is not None and not self._over.called:
            if self._lock:
                if not await self._ask_password():
                    talk.leave(0)
                    return
                talk.unlock(self._password)
            typed = await self._editor.line()
            if typed is None and not self._lock:
                self._leave(talk)
                return
            for line in (typed or "").splitlines():
                self._say(talk, line)
            if talk.leaving:
                return

    def _say(self, talk: Talk, line: str) -> None:
        if line.strip():
            talk.say(line)
            if talk.leaving:
                self._leave(talk)

    def _leave(self, talk: Talk) -> None:
        if self._unstored:
            self._tell("* Waiting until all is stored.", "class:notice")
        talk.leave(_PATIENCE)

    def _say_pasted(self, lines: list[str]) -> None:
        for line in lines:
            if self._talk is not None and not self._talk.leaving:
                self._tell(f"{self._stamp()}You: {line}", "")
                self._say(self._talk, line)

    def _show(self, heard: Heard, stamp: str) -> None:
        self._editor.show([("class:past", stamp), *paint(heard)])

    def _tell(self, text: str, style: str) -> None:
        self._editor.show([(style, text)])

    def _people(self) -> list[str]:
        talk = self._talk
        return [name for name in talk.people if name != talk.name] if talk else []

    def _rooms(self) -> list[str]:
        return list(self._talk.rooms) if self._talk else []
