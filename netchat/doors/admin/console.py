"""The running server, as `netchat admin` acts on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.logger import Logger

from netchat.chat.changes import change_as
from netchat.chat.devices import end_sessions
from netchat.console.answers import PresentRow, moment
from netchat.model.disconnects import ENDED_BY_OPERATOR
from netchat.model.events import Event, Refused
from netchat.state.changes import CONSOLE, Changed
from netchat.state.protection import why_not_ban

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netchat.admission.connections import Connections
    from netchat.chat.chat import Chat
    from netchat.chat.room import Participant
    from netchat.console.answers import StatusRow
    from netchat.console.interface import FoundAudit, Settled
    from netchat.state.changes import Actor, What
    from netchat.state.state import ChatState


BUG = "A bug was met in a request of netchat admin"


class LiveConsole:
    """Acts on `chat` and its `connections`; `describe` returns how the server does."""

    log = Logger()
    running = True

    def __init__(
        self, chat: Chat, connections: Connections, describe: Callable[[], StatusRow]
    ) -> None:
        self._chat = chat
        self._connections = connections
        self.status = describe

    @property
    def state(self) -> ChatState:
        """The records of the chat."""
        return self._chat.state

    @property
    def incarnation(self) -> int:
        """The number of this start of the server in its site."""
        site = self._chat.presence.site
        return site.incarnation if site else 0

    def time(self) -> float:
        """Return the time of the chat."""
        return self._chat.time()

    def change(self, what: What, by: Actor, then: Settled) -> None:
        """Submit the change behind all that was submitted before."""

        def settled(result: Event) -> None:
            assert isinstance(result, Changed | Refused), "a change is settled as one of these"
            try:
                then(result)
            except Exception:
                # The chat goes on.
                self.log.failure(BUG)

        change_as(self._chat, by, what, settled)

    def audit(self, before: int, limit: int, found: FoundAudit) -> None:
        """Read the audit."""
        self._chat.journal.audit(before, limit, found)

    def room(self, name: str) -> str:
        """Return how the room is written."""
        room = self._chat.rooms.find(name)
        return room.name if room else name

    def last(self, room: str) -> int:
        """Return the id of the last line of `room`."""
        there = self._chat.rooms.find(room)
        return there.last if there else 0

    def present(self) -> Sequence[PresentRow]:
        """Return the connections of all participants."""
        rows = [self._row(who) for who in self._chat.participants]
        return sorted(rows, key=lambda row: row.name.casefold())

    def protected(self, network: str) -> str:
        """Return why nobody should ban `network`: it is that of a proxy, or of this machine."""
        return why_not_ban(network, self._connections.limits.admission.trust)

    def end_sessions(self, account: int) -> int:
        """Close the connections of `account`."""
        return end_sessions(self._chat, account, CONSOLE, ENDED_BY_OPERATOR)

    def _row(self, who: Participant) -> PresentRow:
        connection, site = who.connection, self._chat.presence.site
        return PresentRow(
            who.name,
            bool(who.account),
            tuple(room.name for room in who.confirmed_rooms),
            connection.door,
            str(connection.host or ""),
            moment(self.time() - connection.online),
            connection.idle,
            site.server_of(who) if site else "",
        )
