"""`netchat` in a pipe: what comes in on stdin is said, what is said comes out on stdout.

Each line in is a line said. Nothing but what is heard goes to stdout, a line each; what a script's
owner has to know goes to stderr, and makes the exit code 1. Input is read only as fast as the
server takes it, and heard only as fast as stdout takes it: memory stays small, whatever comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from netchat.client.heard import Front, Heard, Past, Refusal, Talk, Welcome
from netchat.client.lines import LONGEST_SAID, is_wire_name
from netchat.dialects.framing import Framer, TooLong

_PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class Habits:
    """How a pipe behaves.

    `follow`: stay after the end of the input. `replay`: print what was said before. `room`: where
    everything must be said ("" for anywhere). `stamp` gives what is put before a line heard now.
    `complain` writes a line to stderr, `prompt` a question to whoever types the input, if anybody.
    """

    complain: Callable[[str], None]
    prompt: Callable[[str], None] | None = None
    stamp: Callable[[], str] = str
    room: str = ""
    follow: bool = False
    replay: bool = False


@implementer(IHalfCloseableProtocol)
class Pipe(Protocol):
    """A `Front` on stdin and stdout, as a protocol on StandardIO.

    `connect` opens the talk under a name; an empty `name` is asked for. `done` fires with the exit
    code, when stdout has taken everything.
    """

    transport: Any

    def __init__(self, name: str, connect: Callable[[str, Front], Talk], habits: Habits) -> None:
        self.done: Deferred[int] = Deferred()
        self._name = name
        self._connect = connect
        self._habits = habits
        self._talk: Talk | None = None
        self._held: list[bytes | TooLong] = []
        """What was read together with the name, before it could be said."""
        self._framer = Framer(lambda: LONGEST_SAID, endless=0)
        self._in = False
        self._full = False
        self._ended = False
        self._finished = False
        self._deaf = False
        self._refused_last = False
        self._failed = False

    def connectionMade(self) -> None:
        """Connect, or ask for the name first."""
        if self._name:
            self._begin(self._name)
        elif self._habits.prompt is not None:
            self._habits.prompt(" CREATING NEW ID:\n")
            self._ask()

    def dataReceived(self, data: bytes) -> None:
        """Say what was read."""
        self._take(self._framer.feed(data))

    def readConnectionLost(self) -> None:
        """Leave at the end of the input, unless the rest is to be followed."""
        self._take(self._framer.rest())
        self._ended = True
        if self._talk is None:
            self._finish(failed=True)
        elif self._in:
            self._leave_at_end(self._talk)

    def writeConnectionLost(self) -> None:
        """Go on without a reader, for what is said counts; but follow no longer."""
        self._deaf = True
        if self._talk is not None:
            self._talk.resumeProducing()
            if self._ended and self._in:
                self._leave_at_end(self._talk)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Exit: stdout has taken everything."""
        if not self.done.called:
            self.done.callback(int(self._failed))

    def entered(self, *, again: bool, astray: bool) -> None:
        """Say on, if this is where all is to be said."""
        assert self._talk is not None
        if again:
            self._complain("Connected again.")
        if astray:
            self._fail(f"This is not {self._habits.room}, so nothing is said; give another room.")
            self._talk.leave(_PATIENCE)
            return
        self._in = True
        held, self._held = self._held, []
        self._take(held)
        self._flow()
        if self._ended:
            self._leave_at_end(self._talk)

    def hear(self, heard: Heard) -> None:
        """Print `heard`; a refusal goes to stderr."""
        self._failed = self._failed or self._refused_last
        self._refused_last = isinstance(heard, Refusal)
        if self._refused_last:
            self._habits.complain(heard.text)
        else:
            self._print(
                heard.text if isinstance(heard, Past) else self._habits.stamp() + heard.text
            )

    def recall(self, heard: Heard) -> None:
        """Print what comes with entering a room, if it is wanted."""
        if isinstance(heard, Welcome):
            self._greet(heard.text)
        elif self._habits.replay:
            self._print(heard.text)

    def refused(self, reason: str) -> None:
        """Give up, or ask for another name if there is somebody to ask."""
        self._habits.complain(f"! {reason}")
        self._end_talk()
        self._held.clear()
        if self._habits.prompt is None or self._ended:
            self._finish(failed=True)
        else:
            self._ask()

    def cut(self, reason: str, unproven: int) -> None:
        """Wait for the connection to come back; what was on the way may be lost."""
        # The server's last word before it closes is no refusal of a line.
        self._refused_last = False
        self._in = self._full = False
        self._flow()
        self._complain(f"{reason}; coming back by itself.")
        self._mourn(unproven)

    def over(self, complaint: str, unproven: int) -> None:
        """Exit."""
        if complaint:
            self._fail(complaint)
        else:
            self._greet("DISCONNECTED!!")
        self._mourn(unproven)
        self._finish(failed=self._failed or self._refused_last)

    def pause(self) -> None:
        """Read no more: the way to the server is full."""
        self._full = True
        self._flow()

    def resume(self) -> None:
        """Read on."""
        self._full = False
        self._flow()

    def interrupt(self) -> None:
        """Leave politely, but soon: somebody pressed Ctrl-C, or the system goes down."""
        stays = self._habits.follow or self._habits.prompt is not None
        self._failed = self._failed or not (self._in and stays)
        if self._talk is not None:
            self._talk.leave(_PATIENCE)
        elif not self._finished:
            self._finish(failed=True)

    def _begin(self, name: str) -> None:
        self._talk = self._connect(name, self)
        # A stdout that is full lets the talk hear no more.
        self.transport.registerProducer(self._talk, True)
        self._flow()

    def _end_talk(self) -> None:
        if self._talk is not None:
            self._talk = None
            self.transport.unregisterProducer()

    def _greet(self, text: str) -> None:
        """Tell a person, but no script, where he is."""
        if self._habits.prompt is not None:
            self._habits.prompt(f"{text}\n")

    def _ask(self) -> None:
        if self._habits.prompt is not None:
            self._habits.prompt(" Enter username: ")
        self._flow()

    def _take(self, lines: Iterable[bytes | TooLong]) -> None:
        for line in lines:
            if self._finished:
                return
            if self._talk is None:
                self._take_name(line)
            elif not self._in:
                self._held.append(line)
            elif isinstance(line, TooLong):
                self._fail(f"A line of more than {LONGEST_SAID} bytes was not sent; split it.")
            elif line.strip() and not self._talk.leaving:
                self._talk.say(line.decode(errors="surrogateescape"))

    def _take_name(self, line: bytes | TooLong) -> None:
        name = "" if isinstance(line, TooLong) else line.decode(errors="surrogateescape").strip()
        if is_wire_name(name):
            self._begin(name)
        else:
            self._ask()

    def _leave_at_end(self, talk: Talk) -> None:
        if self._deaf or not self._habits.follow:
            talk.leave(None)

    def _flow(self) -> None:
        """Read only while what is read can be said."""
        naming = self._talk is None and not self._finished
        if naming or (self._in and not self._full):
            self.transport.resumeProducing()
        else:
            self.transport.pauseProducing()

    def _print(self, text: str) -> None:
        if not self._deaf:
            self.transport.write(text.encode(errors="replace") + b"\n")

    def _complain(self, sentence: str) -> None:
        self._habits.complain(f"netchat: {sentence}")

    def _fail(self, sentence: str) -> None:
        self._failed = True
        self._complain(sentence)

    def _mourn(self, unproven: int) -> None:
        if unproven:
            lines = "line" if unproven == 1 else f"{unproven} lines"
            self._fail(f"The last {lines} may be lost; nothing is sent twice.")

    def _finish(self, *, failed: bool) -> None:
        self._failed = failed
        self._finished = True
        self._end_talk()
        self.transport.loseConnection()
        if self._deaf:
            self.connectionLost()
