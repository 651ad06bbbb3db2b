"""What a server knows of its site: which servers there are, and how far it has heard the others."""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat.chat import Chat
from netchat.chat.presence import SiteFigures
from netchat.chat.remote import RemoteConnection
from netchat.chat.room import Participant
from netchat.state.site_records import Server


class SiteView:
    """The site as the server of `chat` with this `incarnation` sees it.

    `position` is how far it has read the log, `seconds` is a clock that is never set back, and
    `log_trouble` returns `netchat.log.interface.Log.trouble`.
    """

    def __init__(
        self,
        chat: Chat,
        incarnation: int,
        position: int,
        seconds: Callable[[], float],
        log_trouble: Callable[[], str],
    ) -> None:
        self.incarnation = incarnation
        self.position = position
        self._chat = chat
        self._seconds = seconds
        self._log_trouble = log_trouble
        self._heard = seconds()

    def heard(self, position: int) -> None:
        """Called when the entry at `position` is heard."""
        self.position = position
        self._heard = self._seconds()

    @property
    def servers(self) -> list[Server]:
        """The servers that are running, the one that has started first at the front."""
        servers = self._chat.state.site.servers
        return [servers[incarnation] for incarnation in sorted(servers)]

    @property
    def leads(self) -> bool:
        """Whether this server does what one of the site does for all.

        That is the first that has started and is not draining, if it can reach the log.
        """
        if self._chat.trouble:
            return False
        servers = self.servers
        able = [server for server in servers if not server.draining] or servers
        return bool(able) and able[0].incarnation == self.incarnation

    @property
    def as_of(self) -> float:
        """The time of the last entry if the log is in trouble; 0: what is known is current."""
        if not self._log_trouble():
            return 0.0
        return self._chat.time() - (self._seconds() - self._heard)

    @property
    def figures(self) -> SiteFigures:
        """How this server follows the log."""
        return SiteFigures(
            len(self._chat.state.site.servers),
            self.position,
            self._seconds() - self._heard,
            bool(self._log_trouble()),
        )

    def guests(self, server: Server) -> int:
        """Return how many are on `server`; each device of an account counts."""
        return sum(one.holds for one in self._chat.state.site.of_server(server.incarnation))

    def server_of(self, who: Participant) -> str:
        """Return the name of the server that `who` is on; "" if it is not known."""
        link = who.connection
        incarnation = link.incarnation if isinstance(link, RemoteConnection) else self.incarnation
        server = self._chat.state.site.servers.get(incarnation)
        return server.name if server else ""
