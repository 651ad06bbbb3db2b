"""How a change of the chat's state is asked for; it happens when the journal has settled it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from netchat.model.events import Closing, Event, Refused
from netchat.state.changes import Actor, Change, Changed, What

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.chat.room import Participant

Settled = Callable[[Changed | Refused], None]
"""Called with the result of a change, in its place in the order, after it has been applied."""


def change(
    chat: Chat, who: Participant, what: What, *, nonce: str = "", then: Settled | None = None
) -> None:
    """Ask for `what` in the name of `who`.

    The result goes to `then`, or else to `who`: a Done with the `nonce`, or the refusal.
    """
    actor = Actor(who.name, who.account)
    chat.submit(Change(what, actor, chat.time(), nonce), who, then)


def change_as(chat: Chat, actor: Actor, what: What, then: Settled) -> None:
    """Ask for `what` in the name of `actor`, who is no participant; the result goes to `then`."""
    chat.submit(Change(what, actor, chat.time()), chat.server, then)


class NoListener:
    """The listener and the connection of the server itself: nothing is sent to it."""

    fast_send = None

    @property
    def dialect(self) -> NoListener:
        """A dialect without any bytes."""
        return self

    def render(self, event: Event) -> bytes:
        """Return nothing."""
        return b""

    echo = render

    def replaced(self) -> None:
        """Do nothing."""

    def unreadable(self, closing: Closing) -> None:
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
