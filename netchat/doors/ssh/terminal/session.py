"""One terminal behind SSH: the bytes of its channel, a client's conversation, and the server.

The conversation is the one of the `netchat` client, in this process. What arrives from either side
is handled in turns of the reactor, a bounded amount in each, and what has changed is written once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from netchat.client.conversation.automatic_away import AWAY_AFTER
from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.login import Target
from netchat.client.frontends.reflow import SETTLED
from netchat.doors.ssh.terminal.colours import terminal_environment
from netchat.doors.ssh.terminal.frontend import ChannelFrontend
from netchat.doors.ssh.terminal.memory_client import MemoryClient
from netchat.doors.ssh.terminal.screen import ChannelScreen
from netchat.doors.ssh.terminal.typed_input import TypedInput

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall

    from netchat.doors.ssh.frontend import Link

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


class TerminalSession:
    """A user at a terminal of `columns` and `rows`, 0 if it does not tell.

    `term` is what the terminal is called, and `environment` what the client of SSH has told of it.
    """

    __slots__ = (
        "_call",
        "_client",
        "_drawn_at",
        "_exit_code",
        "_frontend",
        "_has_ended",
        "_heard",
        "_is_dirty",
        "_is_lost",
        "_is_reading",
        "_link",
        "_outgoing",
        "_screen",
        "_settling",
        "_typed",
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
        self._typed = TypedInput(clock, self._schedule)
        self._heard: Sequence[bytes] = ()
        self._outgoing = b""
        """What is sent to the session of the chat at the end of the turn."""
        self._drawn_at = -DRAW_INTERVAL
        self._settling: IDelayedCall | None = None
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
        self._client = MemoryClient(conversation, self._frontend, clock, self._send, link.people)
        self._frontend.begin(self._client)
        self._client.start()

    def data_received(self, data: bytes) -> None:
        """Take what the user has typed; it is handled in the next turns."""
        if self._exit_code is None:
            self._typed.feed(data)

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
        self._typed.stop()
        self._heard = ()
        for call in (self._call, self._settling):
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
        was_typed = self._typed.waiting > 0
        self._typed.process(self._frontend)
        if self._has_ended and not self._typed.waiting:
            self._has_ended = False
            self._frontend.leave()
        self._flush()
        self._draw(at_once=was_typed)
        if self._is_lost:
            return
        if self._heard or (self._typed.waiting and self._frontend.takes_input):
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
        reads = not self._typed.waiting
        if reads != self._is_reading:
            self._is_reading = reads
            if reads:
                self._link.resume_input()
            else:
                self._link.pause_input()

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
