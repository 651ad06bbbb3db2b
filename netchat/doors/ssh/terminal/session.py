"""One terminal behind SSH: the bytes of its channel, a client's conversation, and the server.

The conversation is the one of the `netchat` client, in this process. What arrives from either side
is handled in turns of the reactor, a bounded amount in each, and what has changed is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from netchat.client.conversation.automatic_away import AWAY_AFTER
from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.login import Target
from netchat.client.frontends.reflow import SETTLED
from netchat.doors.ssh.terminal.colours import terminal_environment
from netchat.doors.ssh.terminal.frontend import ChannelFrontend
from netchat.doors.ssh.terminal.input_decoder import InputDecoder
from netchat.doors.ssh.terminal.memory_client import MemoryClient
from netchat.doors.ssh.terminal.paste import PASTE_TIME
from netchat.doors.ssh.terminal.screen import ChannelScreen

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from netchat.doors.ssh.terminal.input_decoder import Input

TYPED_PER_TURN = 1024
"""How many bytes of keys are handled in a turn, and as many of their costs."""
PASTED_PER_TURN = 64 * 1024
"""How many bytes of a paste are taken in a turn: they are only searched for its end."""
HEARD_PER_TURN = 64 * 1024
"""How many bytes of the server are handled in a turn, or one more write of it."""
DRAW_INTERVAL = 1 / 60
"""Shortest time between two drawings, in seconds, unless a key was pressed."""
_HISTORY_LINES = 50
"""How many earlier lines a user is shown."""
_MAX_NAMES = 40
"""How many people of a room are known by name: who has spoken, and who has come, last."""
_NO_CLIENT = UUID(int=0)
"""The door says hello, with what identifies the client."""
_MAX_HELD = 200
"""How many lines wait, at most, while the window is being resized."""


class Link(Protocol):
    """What the door gives a terminal: its channel, and the session of the chat."""

    @property
    def name(self) -> str:
        """The name that the user has asked for, by which the door logs them in."""

    @property
    def owns_key(self) -> bool:
        """Whether the user has proved an SSH key, which `/own` alone makes a proof of the name."""

    @property
    def clock(self) -> IReactorTime:
        """The clock of the reactor."""

    @property
    def now(self) -> Callable[[], float]:
        """The time of day, in seconds since the epoch."""

    def write(self, data: bytes) -> None:
        """Send `data` to the terminal."""

    def send(self, lines: bytes) -> None:
        """Send whole lines of the JSON lines dialect to the session of the chat."""

    def pause_input(self) -> None:
        """Let the user wait: what they have typed is not handled yet."""

    def resume_input(self) -> None:
        """Take what they type again."""

    def close(self, status: int = 0) -> None:
        """Leave the chat, and close the channel with this exit `status`."""


class TerminalSession:
    """A user at a terminal of `columns` and `rows`, 0 if it does not tell.

    `term` is what the terminal is called, and `environment` what the client of SSH has told of it.
    """

    __slots__ = (
        "_call",
        "_client",
        "_decoder",
        "_drawn_at",
        "_exit_code",
        "_frontend",
        "_has_ended",
        "_heard",
        "_inputs",
        "_is_dirty",
        "_is_lost",
        "_is_reading",
        "_link",
        "_outgoing",
        "_paste_timer",
        "_screen",
        "_settling",
        "_unread",
    )

    def __init__(
        self, link: Link, term: str, environment: Mapping[str, str], columns: int, rows: int
    ) -> None:
        known = terminal_environment(environment, term)
        clock, now = link.clock, link.now
        self._link = link
        self._screen = ChannelScreen(columns, rows, known, self._changed)
        self._call: IDelayedCall | None = None
        self._has_ended = self._is_dirty = self._is_lost = False
        self._is_reading = True
        self._exit_code: int | None = None
        self._decoder = InputDecoder(clock.seconds)
        self._unread = b""
        self._inputs: Sequence[Input] = ()
        """What was decoded, and waits until more can be said."""
        self._heard: Sequence[bytes] = ()
        self._outgoing = b""
        """What is sent to the session of the chat at the end of the turn."""
        self._drawn_at = -DRAW_INTERVAL
        self._settling: IDelayedCall | None = None
        self._paste_timer: IDelayedCall | None = None
        self._frontend = ChannelFrontend(
            self._screen, self._ended, clock=clock, now=now, environ=known
        )
        target = Target(
            link.name,
            _NO_CLIENT,
            history=_HISTORY_LINES,
            marks_read=True,
            away_after=AWAY_AFTER,
            several_rooms=True,
            pings=False,
            ssh_key=link.owns_key,
            max_names=_MAX_NAMES,
        )
        conversation = Conversation(target, self._frontend, now)
        self._client = MemoryClient(conversation, self._frontend, clock, self._send)
        self._frontend.begin(self._client)
        self._client.start()

    def data_received(self, data: bytes) -> None:
        """Take what the user has typed; it is handled in the next turns."""
        if self._exit_code is None:
            self._unread += data
            self._schedule()

    def input_ended(self) -> None:
        """Leave, behind what was typed: the client has closed its half of the channel."""
        self._has_ended = True
        self._schedule()

    def chat_received(self, data: bytes) -> None:
        """Take what the session of the chat has written."""
        self._heard = (*self._heard, data)
        self._schedule()

    def closing(self) -> None:
        """Write the last bytes now: the session of the chat has closed."""
        self._hear(whole=True)
        self._client.lost()
        self._write()
        self.connection_lost()

    def resize(self, columns: int, rows: int) -> None:
        """Draw for another size of the terminal."""
        if self._screen.wraps_anew and columns != self._screen.columns:
            # What is drawn for another width than the terminal has just now cannot be found again.
            if self._settling is not None:
                self._settling.cancel()
            self._settling = self._link.clock.callLater(SETTLED, self._settled)
        self._screen.resize(columns, rows)

    def connection_lost(self) -> None:
        """Stop: nobody sees the terminal any more."""
        self._is_lost = True
        self._client.stop()
        self._frontend.stop()
        self._unread, self._inputs, self._heard = b"", (), ()
        for call in (self._call, self._settling, self._paste_timer):
            if call is not None and call.active():
                call.cancel()

    def _changed(self) -> None:
        self._is_dirty = True
        self._schedule()

    def _schedule(self, delay: float = 0.0) -> None:
        if self._is_lost:
            return
        if self._call is not None and self._call.active():
            if self._call.getTime() <= self._link.clock.seconds() + delay:
                return
            self._call.cancel()
        self._call = self._link.clock.callLater(delay, self._turn)

    def _turn(self) -> None:
        self._call = None
        self._hear()
        was_typed = bool(self._unread or self._inputs)
        self._type()
        if self._has_ended and not (self._unread or self._inputs):
            self._has_ended = False
            self._frontend.leave()
        self._flush()
        self._draw(at_once=was_typed)
        if self._is_lost:
            return
        if self._heard or (self._client.can_send and (self._unread or self._inputs)):
            self._schedule()
        self._read_on()

    def _hear(self, *, whole: bool = False) -> None:
        heard, self._heard = self._heard, ()
        size = 0
        for number, data in enumerate(heard):
            if size >= HEARD_PER_TURN and not whole:
                self._heard = (*heard[number:], *self._heard)
                break
            size += len(data)
            self._client.receive(data)

    def _type(self) -> None:
        budget = TYPED_PER_TURN
        while self._client.can_send and budget > 0 and (self._inputs or self._unread):
            if self._inputs:
                budget -= self._handle_inputs(budget)
                continue
            in_paste = self._decoder.in_paste
            size = PASTED_PER_TURN if in_paste else budget
            piece, self._unread = self._unread[:size], self._unread[size:]
            self._inputs = tuple(self._decoder.feed(piece))
            self._watch_paste()
            budget -= TYPED_PER_TURN if in_paste else len(piece)

    def _handle_inputs(self, budget: int) -> int:
        """Handle some of what was decoded; return what it has cost."""
        inputs, self._inputs = self._inputs, ()
        cost = 0
        for number, one in enumerate(inputs):
            if cost >= budget or not self._client.can_send:
                self._inputs = inputs[number:]
                break
            cost += self._frontend.cost
            self._frontend.handle(one)
        return cost

    def _send(self, line: bytes) -> None:
        # The session may answer, or close, before it returns, so it must not be within a turn.
        self._outgoing += line
        self._schedule()

    def _flush(self) -> None:
        outgoing, self._outgoing = self._outgoing, b""
        if outgoing:
            self._link.send(outgoing)

    def _read_on(self) -> None:
        """Read on if all is handled, and let the client wait otherwise."""
        reads = not (self._unread or self._inputs)
        if reads != self._is_reading:
            self._is_reading = reads
            if reads:
                self._link.resume_input()
            else:
                self._link.pause_input()

    def _watch_paste(self) -> None:
        if self._decoder.in_paste and self._paste_timer is None:
            self._paste_timer = self._link.clock.callLater(PASTE_TIME, self._end_paste)
        elif not self._decoder.in_paste and self._paste_timer is not None:
            self._paste_timer.cancel()
            self._paste_timer = None

    def _end_paste(self) -> None:
        self._paste_timer = None
        self._inputs = (*self._inputs, *self._decoder.paste_timed_out())
        self._schedule()

    def _settled(self) -> None:
        self._settling = None
        self._changed()

    def _draw(self, *, at_once: bool) -> None:
        waits = self._settling is not None and self._screen.waiting <= _MAX_HELD
        if not self._is_dirty or self._is_lost or (waits and self._exit_code is None):
            return
        now = self._link.clock.seconds()
        left = self._drawn_at + DRAW_INTERVAL - now
        if left > 0 and not at_once and self._exit_code is None:
            self._schedule(left)
            return
        self._drawn_at = now
        self._write()
        if self._exit_code is not None:
            self.connection_lost()
            self._link.close(self._exit_code)

    def _write(self) -> None:
        self._is_dirty = False
        if text := self._screen.draw(self._frontend.shown):
            self._link.write(text.encode(errors="replace"))

    def _ended(self, exit_code: int) -> None:
        self._exit_code = exit_code
        self._changed()
