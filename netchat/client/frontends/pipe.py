"""`netchat` in a pipe: it says the lines from stdin, and prints the lines of the room on stdout.

Each input line is one line said. Only the room's lines go to stdout, one line each; errors go to
stderr. The exit code is 0 if and only if every line is stored and nothing of the output is lost,
unless its reader left. Input is read only as fast as the server stores it, and the server is read
only as fast as stdout is, so memory is bounded.
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

from netchat.client.conversation.display_lines import (
    DayLine,
    DisplayLine,
    Greeting,
    Refusal,
    SaidLine,
    ServerProblem,
    UnreadMarker,
    no_room,
)
from netchat.client.conversation.interfaces import ChatClient, Frontend, SecretKind
from netchat.client.frontends.input import is_exit_word, name_problem
from netchat.client.frontends.input_buffer import MAX_LINE_BYTES, InputBuffer
from netchat.client.frontends.one_room import OneRoom
from netchat.commandline.output import lost_output
from netchat.dialects.framing import TooLong
from netchat.model.words import is_single_word

_LEAVE_TIMEOUT = 2.0


@dataclass(frozen=True, slots=True)
class PipeOptions:
    """How a pipe behaves.

    `follow`: stay after the end of the input. `replay`: print the room's earlier lines. `timestamp`
    returns the text before a live line. `print_error` writes a line to stderr; `prompt` writes a
    question to the user who types the input, None if nobody does.
    """

    print_error: Callable[[str], None]
    prompt: Callable[[str], None] | None = None
    timestamp: Callable[[], str] = str
    follow: bool = False
    replay: bool = False


@implementer(IHalfCloseableProtocol)
class PipeFrontend(OneRoom, Protocol):
    """A `Frontend` on stdin and stdout, as a protocol on StandardIO.

    `connect` opens the client under a name; the user is asked for an empty `name`. `done` fires
    with the exit code, when stdout has taken everything.
    """

    transport: Any

    def __init__(
        self, name: str, connect: Callable[[str, Frontend], ChatClient], options: PipeOptions
    ) -> None:
        self.done: Deferred[int] = Deferred()
        self._name = name
        self._connect = connect
        self._options = options
        self._client: ChatClient | None = None
        self._input = InputBuffer(self._refuse_line)
        self._online = False
        self._has_entered = False
        self._finished = False
        self._stdout_closed = False
        self._failed = False

    def connectionMade(self) -> None:
        """Connect, or ask for the name first."""
        if self._name:
            self._connect_as(self._name)
        elif self._options.prompt is not None:
            self._options.prompt(" CREATING NEW ID:\n")
            self._ask_name()

    def dataReceived(self, data: bytes) -> None:
        """Say the lines in `data`."""
        self._input.feed(data)
        self._pump()

    def readConnectionLost(self) -> None:
        """Leave at the end of the input, unless `follow` is set."""
        self._input.end()
        self._pump()
        if self._client is None and not self._finished:
            self._finish(failed=True)

    def writeConnectionLost(self) -> None:
        """Go on saying lines without a reader, but end `follow`."""
        self._stdout_closed = True
        if self._client is not None:
            self._client.resumeProducing()
        self._pump()

    def output_lost(self, error: OSError) -> None:
        """Report that stdout cannot be written; the transport closes next."""
        self._fail(lost_output(error))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Exit: stdout has taken everything."""
        if not self.done.called:
            self.done.callback(int(self._failed))

    def entered(self, *, again: bool) -> None:
        """Say the lines of the input."""
        if again:
            self._print_error("Connected again.")
        self._online = self._has_entered = True
        self._pump()

    def show(self, line: DisplayLine) -> None:
        """Print `line`; errors go to stderr."""
        match line:
            case Refusal() | ServerProblem():
                self._failed = self._failed or isinstance(line, Refusal)
                self._options.print_error(line.text)
            case SaidLine(when=when) if when:
                self._print(line.text)
            case UnreadMarker() | DayLine():
                pass
            case _:
                self._print(self._options.timestamp() + line.text)

    def show_on_entry(self, line: DisplayLine) -> None:
        """Print what comes with entering a room, if it is wanted."""
        if isinstance(line, Greeting):
            self._inform(line.text)
        elif self._options.replay and not isinstance(line, DayLine | UnreadMarker):
            self._print(line.text)

    def caught_up(self) -> None:
        """Do nothing: saying lines does not wait for the earlier lines."""

    def unstored_changed(self, lines: int) -> None:
        """Say more lines, if some are stored."""
        self._pump()

    def removed(self, room: str) -> None:
        """Tell the user, who may join another room."""
        self.show(no_room(room))

    def name_refused(self, reason: str) -> None:
        """End, or ask for another name if a user types the input."""
        self._options.print_error(f"! {reason}")
        self._drop_client()
        self._input.clear()
        if self._options.prompt is None or self._input.ended:
            self._finish(failed=True)
        else:
            self._ask_name()

    def secret_required(self, reason: str, unstored: int, kind: SecretKind) -> None:
        """End: the pipe does not ask for it."""
        self.closed(reason, unstored)

    def new_password_required(self) -> None:
        """Refuse it: only a terminal can be asked without showing what is typed."""
        self.show(Refusal("! Only a terminal asks for a password; /own alone makes a key."))

    def reconnecting(self, reason: str) -> None:
        """Report the loss, and wait for the connection."""
        self._online = False
        self._print_error(f"{reason.partition(';')[0]}; coming back by itself.")
        self._pump()

    def closed(self, problem: str, unstored: int) -> None:
        """Report how the conversation ended, and exit."""
        if problem:
            self._fail(problem)
        else:
            self._inform("DISCONNECTED!!")
        if unstored:
            lines = "line" if unstored == 1 else f"{unstored} lines"
            self._fail(f"The last {lines} may not be stored.")
        self._finish(failed=self._failed)

    def interrupt(self) -> None:
        """Leave within a short time: the user pressed Ctrl-C, or the system shuts down."""
        stays = self._online and (self._options.follow or self._options.prompt is not None)
        self._failed = self._failed or not stays
        if self._client is not None:
            self._client.leave(_LEAVE_TIMEOUT)
        elif not self._finished:
            self._finish(failed=True)

    def _connect_as(self, name: str) -> None:
        self._client = self._connect(name, self)
        # While stdout is full, the client does not read from the server.
        self.transport.registerProducer(self._client, True)
        self._pump()

    def _drop_client(self) -> None:
        self._online = False
        if self._client is not None:
            self._client = None
            self.transport.unregisterProducer()

    def _inform(self, text: str) -> None:
        """Print `text` for a user who types the input, but not for a script."""
        if self._options.prompt is not None:
            self._options.prompt(f"{text}\n")

    def _ask_name(self) -> None:
        if self._options.prompt is not None:
            self._options.prompt(" Enter username: ")
        self._pump()

    def _pump(self) -> None:
        """Say the lines that can be said, and read on only if none is left."""
        while self._client is None and not self._finished and not self._input.wants_input:
            self._try_name(self._input.next())
        if self._online and self._client is not None:
            self._input.flush_to(self._client)
        stays = self._options.follow and not self._stdout_closed
        done = self._has_entered and self._input.exhausted and not stays
        if self._client is not None and done:
            self._client.leave(None)
        if not self._finished:
            self._set_reading(self._client is None or (self._online and self._input.wants_input))

    def _set_reading(self, on: bool) -> None:
        if on and not self._input.ended:
            self.transport.resumeProducing()
        else:
            self.transport.pauseProducing()

    def _try_name(self, line: bytes | TooLong | None) -> None:
        name = line.decode(errors="surrogateescape").strip() if isinstance(line, bytes) else ""
        if is_exit_word(name):
            self._finish(failed=not self._input.wants_input)
        elif is_single_word(name):
            self._connect_as(name)
        else:
            if name:
                self._options.print_error(f"! {name_problem(name)}")
            self._ask_name()

    def _refuse_line(self) -> None:
        longest = self._client.line_limit if self._client else 0
        self._fail(f"A line of more than {longest or MAX_LINE_BYTES} bytes was not sent; split it.")

    def _print(self, text: str) -> None:
        if not self._stdout_closed:
            self.transport.write(text.encode(errors="replace") + b"\n")

    def _fail(self, sentence: str) -> None:
        self._failed = True
        self._print_error(sentence)

    def _print_error(self, sentence: str) -> None:
        self._options.print_error(f"netchat: {sentence}")

    def _finish(self, *, failed: bool) -> None:
        self._failed = failed
        self._finished = True
        self._drop_client()
        self.transport.loseConnection()
        if self._stdout_closed:
            self.connectionLost()
