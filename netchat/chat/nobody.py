"""The server itself in the place of a participant, for what no participant causes."""

from __future__ import annotations

from collections.abc import Callable

from netchat.model.events import Closing, Event
from netchat.state.restrictions import Host


class Nobody:
    """The listener and the connection of the server itself: nothing is sent to it."""

    fast_send = None
    of_programs = True
    host: Host = None
    door = ""
    name = ""

    @property
    def online(self) -> float:
        """How long it is there: that is not counted."""
        return 0.0

    idle = online

    @property
    def dialect(self) -> Nobody:
        """A dialect without any bytes."""
        return self

    personal = dialect

    def render(self, event: Event) -> bytes:
        """Return nothing."""
        return b""

    echo = on_other_device = render

    def replaced(self) -> None:
        """Do nothing."""

    def ended(self, closing: Closing) -> None:
        """Do nothing."""

    def unreadable(self, closing: Closing) -> None:
        """Do nothing."""

    def unanswered(self, closing: Closing) -> None:
        """Do nothing."""

    def write(self, data: bytes) -> None:
        """Do nothing."""

    def when_drained(self, call: Callable[[], None]) -> None:
        """Do nothing."""

    def pause_reading(self) -> None:
        """Do nothing: nothing is read from it."""

    def resume_reading(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

    def fail(self) -> None:
        """Re-raise the exception that is being handled: there is no connection to end."""
        raise  # noqa: PLE0704
