"""What the user has typed and pasted: it is handled in turns, a bounded amount in each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from netchat.doors.ssh.terminal.input_decoder import InputDecoder
from netchat.doors.ssh.terminal.paste import PASTE_TIME

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from netchat.doors.ssh.terminal.input_decoder import Input

TYPED_PER_TURN = 1024
"""How many bytes of keys are handled in a turn, or as many of their costs."""
PASTED_PER_TURN = 64 * 1024
"""How many bytes of a paste are taken in a turn: they are only searched for its end."""


class Handler(Protocol):
    """What handles the input."""

    @property
    def takes_input(self) -> bool:
        """Whether more can be handled now."""

    @property
    def cost(self) -> int:
        """How much work a key is, at least 1."""

    def handle(self, one: Input) -> None:
        """Handle one key, text or paste."""


class TypedInput:
    """The input of one terminal; `changed` is called when there is something to be handled."""

    __slots__ = ("_changed", "_clock", "_decoded", "_timer", "_unread", "decoder")

    def __init__(self, clock: IReactorTime, changed: Callable[[], None]) -> None:
        self.decoder = InputDecoder(clock.seconds)
        self._clock = clock
        self._changed = changed
        self._unread = b""
        self._decoded: Sequence[Input] = ()
        """What was decoded, and waits until more can be said."""
        self._timer: IDelayedCall | None = None
        """When the paste must have ended."""

    @property
    def waiting(self) -> int:
        """How many bytes, keys and texts wait."""
        return len(self._unread) + len(self._decoded)

    def feed(self, data: bytes) -> None:
        """Take `data`, which is handled in the next turns."""
        self._unread += data
        self._changed()

    def process(self, handler: Handler) -> None:
        """Have the `handler` handle what a turn has time for."""
        budget = TYPED_PER_TURN
        while handler.takes_input and budget > 0 and self.waiting:
            if self._decoded:
                budget -= self._handle_decoded(handler, budget)
                continue
            in_paste = self.decoder.in_paste
            size = PASTED_PER_TURN if in_paste else budget
            piece, self._unread = self._unread[:size], self._unread[size:]
            self._decoded = tuple(self.decoder.feed(piece))
            self._watch_paste()
            budget -= TYPED_PER_TURN if in_paste else len(piece)

    def stop(self) -> None:
        """Drop what waits: nobody is there any more."""
        self._unread, self._decoded = b"", ()
        self._stop_timer()

    def _handle_decoded(self, handler: Handler, budget: int) -> int:
        """Have some of what was decoded handled; return what it has cost."""
        decoded, self._decoded = self._decoded, ()
        cost = 0
        for number, one in enumerate(decoded):
            if cost >= budget or not handler.takes_input:
                self._decoded = decoded[number:]
                break
            cost += handler.cost
            handler.handle(one)
        return cost

    def _watch_paste(self) -> None:
        if not self.decoder.in_paste:
            self._stop_timer()
        elif self._timer is None:
            self._timer = self._clock.callLater(PASTE_TIME, self._end_paste)

    def _end_paste(self) -> None:
        self._decoded = (*self._decoded, *self.decoder.paste_timed_out())
        self._changed()

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
