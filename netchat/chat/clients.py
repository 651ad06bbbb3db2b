"""The interfaces of a client, as the chat uses it: what it reads, its session, its connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from netchat.model.events import Closing, Event
from netchat.state.restrictions import Host

Send = Callable[[bytes], int]
"""Passes bytes to the kernel and returns how many of them it took; OSError if it took none."""


class Dialect(Protocol):
    """How events become bytes. It has no state, so that its readers can share one rendering."""

    @property
    def name(self) -> str:
        """What it is called in the figures of the server."""

    @property
    def of_programs(self) -> bool:
        """Whether its clients are programs: they leave out what is ignored themselves."""

    def render(self, event: Event) -> bytes:
        """Return `event` as participants who did not cause it read it."""

    def echo(self, event: Event) -> bytes:
        """Return `event` as the participant who caused it reads it (b"" if they read nothing)."""

    def on_other_device(self, event: Event) -> bytes:
        """Return `event` as the other devices of the participant who caused it read it."""


class Listener(Protocol):
    """The session of a participant, as the chat uses it."""

    @property
    def dialect(self) -> Dialect:
        """The dialect that this client reads."""

    @property
    def personal(self) -> Dialect:
        """What renders the events that are for this client alone, or that it has caused."""

    def replaced(self) -> None:
        """Leave the chat at once: the same client has come back on another connection."""

    def ended(self, closing: Closing) -> None:
        """Leave the chat at once with `closing`, without a name to come back to."""

    def unreadable(self, closing: Closing) -> None:
        """Leave the chat with `closing`: lines that the client is to be sent cannot be read."""

    def unanswered(self, closing: Closing) -> None:
        """Leave with `closing` at once, before what the client has asked for is answered."""


class Connection(Protocol):
    """The connection of a participant, as the chat uses it."""

    @property
    def fast_send(self) -> Send | None:
        """A function to call instead of `write` while the send queue is empty.

        What it does not take must be passed to `write`. None if there is no such function now.
        """

    @property
    def host(self) -> Host:
        """The address of the client; None: this machine, over a unix socket."""

    @property
    def door(self) -> str:
        """What the client has come through, in one word."""

    @property
    def online(self) -> float:
        """How long the client has been logged in, in seconds."""

    @property
    def idle(self) -> float:
        """How long the client has sent nothing, in seconds."""

    def write(self, data: bytes) -> None:
        """Append `data` to the send queue."""

    def when_drained(self, call: Callable[[], None]) -> None:
        """Call `call` in a later turn, when the client has taken everything in its send queue."""

    def pause_reading(self) -> None:
        """Accept no more requests for now."""

    def resume_reading(self) -> None:
        """Accept requests again."""

    def close(self) -> None:
        """Close once the send queue is empty; nothing may be written after this."""

    def fail(self) -> None:
        """Log the exception that is being handled, which is a bug, and close at once."""
