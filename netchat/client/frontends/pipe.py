"""`netchat` in a pipe: what comes in on stdin is said, what is said comes out on stdout.

Each line in is a line said. Nothing but what is heard goes to stdout, a line each; what a script's
owner has to know goes to stderr. The exit code is 0 if and only if every line is stored. Input is
read only as fast as the server stores it, and heard only as fast as stdout takes it: memory stays
small, whatever comes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from netchat.client.conversation.interfaces import (
    Alarm,
    Front,
    Heard,
    Mark,
    Refusal,
    Said,
    Talk,
    Welcome,
)
from netchat.client.frontends.input import is_leaving, is_word, why_no_name
from netchat.client.frontends.input_buffer import LONGEST, Feed
from netchat.dialects.framing import TooLong

_PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class Habits:
    """How a pipe behaves.

    `follow`: stay after the end of the input. `replay`: print what was said before. `stamp` gives
    what is put before a line heard now. `complain` writes a line to stderr, `prompt` a question to
    whoever types the input, if anybody.
    """

    complain: Callable[[str], None]
    prompt: Callable[[str], None] | None = None
    stamp: Callable[[], str] = str
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
        self._feed = Feed(self._refuse_line)
        self._in = False
        self._was_in = False
        self._finished = False
        self._deaf = False
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
        self._feed.read(data)
        self._flow()

    def readConnectionLost(self) -> None:
        """Leave at the end of the input, unless the rest is to be followed."""
        self._feed.end()
        self._flow()
        if self._talk is None and not self._finished:
            self._finish(failed=True)

    def writeConnectionLost(self) -> None:
        """Go on without a reader, for what is said counts; but follow no longer."""
        self._deaf = True
        if self._talk is not None:
            self._talk.resumeProducing()
        self._flow()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Exit: stdout has taken everything."""
        if not self.done.called:
            self.done.callback(int(self._failed))

    def entered(self, *, again: bool) -> None:
        """Say on."""
        if again:
            self._complain("Connected again.")
        self._in = self._was_in = True
        self._flow()

    def hear(self, heard: Heard) -> None:
        """Print `heard`; what is wrong goes to stderr."""
        match heard:
            case Refusal():
                self._failed = True
                self._habits.complain(heard.text)
            case Alarm():
                self._habits.complain(heard.text)
            case Said(when=when) if when:
                self._print(heard.text)
            case Mark():
                pass
            case _:
                self._print(self._habits.stamp() + heard.text)

    def recall(self, heard: Heard) -> None:
        """Print what comes with entering a room, if it is wanted."""
        if isinstance(heard, Welcome):
            self._greet(heard.text)
        elif self._habits.replay:
            self._print(heard.text)

    def caught_up(self) -> None:
        """Go on: whoever says something does not wait for what others said."""

    def unstored(self, lines: int) -> None:
        """Say on, if lines are stored."""
        self._flow()

    def refused(self, reason: str) -> None:
        """Give up, or ask for another name if there is somebody to ask."""
        self._habits.complain(f"! {reason}")
        self._end_talk()
        self._feed.clear()
        if self._habits.prompt is None or self._feed.ended:
            self._finish(failed=True)
        else:
            self._ask()

    def locked(self, reason: str, unstored: int) -> None:
        """Give up: there is nobody to ask for a password."""
        self.over(reason, unstored)

    def cut(self, reason: str) -> None:
        """Wait for the connection to come back."""
        self._in = False
        self._complain(f"{reason.partition(';')[0]}; coming back by itself.")
        self._flow()

    def over(self, complaint: str, unstored: int) -> None:
        """Exit."""
        if complaint:
            self._fail(complaint)
        else:
            self._greet("DISCONNECTED!!")
        if unstored:
            lines = "line" if unstored == 1 else f"{unstored} lines"
            self._fail(f"The last {lines} may not be stored.")
        self._finish(failed=self._failed)

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
        self._in = False
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

    def _flow(self) -> None:
        """Say what can be said, and read on only if that was all there was."""
        while self._talk is None and not self._finished and not self._feed.hungers:
            self._take_name(self._feed.next())
        if self._in and self._talk is not None:
            self._feed.pour(self._talk)
        if self._talk is not None and self._was_in and self._feed.spent and not self._stays:
            self._talk.leave(None)
        if not self._finished:
            self._read(self._talk is None or (self._in and self._feed.hungers))

    @property
    def _stays(self) -> bool:
        return self._habits.follow and not self._deaf

    def _read(self, on: bool) -> None:
        if on and not self._feed.ended:
            self.transport.resumeProducing()
        else:
            self.transport.pauseProducing()

    def _take_name(self, line: bytes | TooLong | None) -> None:
        name = line.decode(errors="surrogateescape").strip() if isinstance(line, bytes) else ""
        if is_leaving(name):
            self._finish(failed=not self._feed.hungers)
        elif is_word(name):
            self._begin(name)
        else:
            if name:
                self._habits.complain(f"! {why_no_name(name)}")
            self._ask()

    def _refuse_line(self) -> None:
        longest = self._talk.longest if self._talk else 0
        self._fail(f"A line of more than {longest or LONGEST} bytes was not sent; split it.")

    def _print(self, text: str) -> None:
        if not self._deaf:
            self.transport.write(text.encode(errors="replace") + b"\n")

    def _complain(self, sentence: str) -> None:
        self._habits.complain(f"netchat: {sentence}")

    def _fail(self, sentence: str) -> None:
        self._failed = True
        self._complain(sentence)

    def _finish(self, *, failed: bool) -> None:
        self._failed = failed
        self._finished = True
        self._end_talk()
        self.transport.loseConnection()
        if self._deaf:
            self.connectionLost()
