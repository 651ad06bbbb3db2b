"""What a request of `netchat admin` is carried out on: a running server, or a journal alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from netchat.console.answers import PresentRow, StatusRow
from netchat.journal.interface import AuditPage, UnreadableError
from netchat.model.events import Refused
from netchat.state.changes import Actor, Changed, What
from netchat.state.state import ChatState

Settled = Callable[[Changed | Refused], None]
FoundAudit = Callable[[AuditPage | UnreadableError], None]


class Console(Protocol):
    """The chat, as far as an operator at the shell can act on it."""

    @property
    def state(self) -> ChatState:
        """The records."""

    @property
    def running(self) -> bool:
        """Whether this is a server to which people can be connected."""

    @property
    def incarnation(self) -> int:
        """The number of this start of the server among those of its site; 0: it has no site."""

    def time(self) -> float:
        """Return the time of the wall clock, in seconds since the epoch."""

    def change(self, what: What, by: Actor, then: Settled) -> None:
        """Ask for `what` in the name of `by`; `then` is called with the result."""

    def audit(self, before: int, limit: int, found: FoundAudit) -> None:
        """Read the audit, as `netchat.journal.interface.Journal.audit`."""

    def room(self, name: str) -> str:
        """Return how the room with a name equivalent to `name` is written; `name` if none is."""

    def last(self, room: str) -> int:
        """Return the id of the last line of the room that is written so; 0: there is none."""

    def present(self) -> Sequence[PresentRow]:
        """Return the connections of all who are in the chat, sorted by name."""

    def protected(self, network: str) -> str:
        """Return why a ban of the address or network `network` would be a mistake; "" if not."""

    def end_sessions(self, account: int) -> int:
        """Close the connections of `account`; return how many there were."""

    def status(self) -> StatusRow:
        """Return how the server does."""
