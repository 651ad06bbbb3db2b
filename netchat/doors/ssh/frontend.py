"""The two sides of a session channel: what the client is shown, and what that can ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from twisted.internet.interfaces import IReactorTime


class Frontend(Protocol):
    """What the client uses: a terminal, a pipe or a command. It speaks a dialect with the chat."""

    def data_received(self, data: bytes) -> None:
        """Take what the client has sent: 32 KiB at most, one call in a turn of the reactor."""

    def input_ended(self) -> None:
        """Called when the client sends nothing more."""

    def chat_received(self, data: bytes) -> None:
        """Take what the session has written: whole lines of the dialect."""

    def resize(self, columns: int, rows: int) -> None:
        """Called when the terminal of the client has another size."""

    def closing(self) -> None:
        """Called when the conversation is over, behind its last line: write what comes last."""

    def connection_lost(self) -> None:
        """Called when the connection is gone: nothing can be written any more."""


class Link(Protocol):
    """What a frontend can ask for."""

    @property
    def name(self) -> str:
        """The name with which the client logs in."""

    @property
    def clock(self) -> IReactorTime:
        """What runs timers."""

    @property
    def now(self) -> Callable[[], float]:
        """What returns the time of day, in seconds since the epoch."""

    @property
    def owns_key(self) -> bool:
        """Whether the client has proved that it has an SSH key, with which a name can be owned."""

    def people(self, room: str) -> Collection[str]:
        """Return who is in `room`; nobody unless the client is in it, too."""

    def write(self, data: bytes) -> None:
        """Send `data` to the client; one that reads too slowly is dropped, not waited for."""

    def write_error(self, data: bytes) -> None:
        """Send `data` to the client, for its stderr."""

    def send(self, lines: bytes) -> None:
        """Pass whole `lines` of the dialect to the session."""

    def end_input(self) -> None:
        """Leave the chat behind the last line that was sent."""

    def pause_input(self) -> None:
        """Take nothing from the client until `resume_input`; it waits."""

    def resume_input(self) -> None:
        """Take what the client sends again."""

    def close(self, status: int = 0) -> None:
        """Leave the chat, and close with the exit code `status`."""
