"""What a dialect, and a connection, are to a conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from netchat.chat.room import Dialect, Send
from netchat.model.events import Refused
from netchat.model.requests import Request, SayLines


class InputDialect(Dialect, Protocol):
    """A dialect as it is spoken: how a guest's bytes become requests."""

    def parse_hello(self, line: bytes) -> Request | Refused:
        """Return what a guest without a name wants by `line` (no line end)."""

    def parse(self, line: bytes) -> Request | Refused | None:
        """Return what a guest with a name wants by `line`; None: nothing."""

    def parse_plain(self, lines: bytes) -> SayLines | None:
        """Return what he wants by some whole `lines` if he only says something, and plainly."""


class Connection(Protocol):
    """The guest's connection, as far as his conversation can see."""

    @property
    def fast_send(self) -> Send | None:
        """What sends bytes at once and returns how many; None as long as some wait to be sent."""

    @property
    def begun(self) -> bytes:
        """What the line begins with whose end has not come yet: its first byte, or nothing."""

    def write(self, data: bytes) -> None:
        """Send `data` behind all that was sent before."""

    def when_drained(self, call: Callable[[], None]) -> None:
        """Call `call`, in another turn, when the guest has taken what was written."""

    def pause_reading(self) -> None:
        """Take no more lines from the guest for now."""

    def resume_reading(self) -> None:
        """Take lines again."""

    def verify_password(self, is_it: Callable[[], bool], then: Callable[[bool], None]) -> None:
        """Call `then` with what `is_it` tells when its turn has come; take no lines until then.

        If the connection closes before that, nothing is asked.
        """

    def seconds(self) -> float:
        """Return the time on a clock that nobody sets."""

    def close(self) -> None:
        """Close once everything written has been sent; nothing is written after it."""

    def fail(self) -> None:
        """Log the exception being handled, which is a bug, and close at once."""

    def logged_in(self, name: str) -> None:
        """Learn that the guest has his name."""
