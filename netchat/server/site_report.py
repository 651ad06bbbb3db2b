"""What the log says of the servers of a site: who starts, who drains, and who is no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.logger import Logger

from netchat.state.site_changes import Bury, Drain, StartServer

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.state.changes import Changed


class SiteReport:
    """Logs what happens to the servers of the site of `chat`, from the start of this one on."""

    log = Logger()

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._names: dict[int, str] = {}
        self._takes_part = False

    def start(self) -> None:
        """Look at what is in the order from now on; the journal is open."""
        self._names = self._running()
        self._chat.effects.observers.append(self._changed)

    def stop(self) -> None:
        """Do nothing: the order ends by itself."""

    def _running(self) -> dict[int, str]:
        servers = self._chat.state.site.servers
        return {server.incarnation: server.name for server in servers.values()}

    def _changed(self, changed: Changed) -> None:
        what, site = changed.change.what, self._chat.presence.site
        if site is None or not isinstance(what, StartServer | Drain | Bury):
            return
        before, self._names = self._names, self._running()
        name = (before | self._names)[what.incarnation]
        if what.incarnation == site.incarnation:
            self._takes_part = True
            if isinstance(what, StartServer):
                self._introduce(name)
        elif self._takes_part:
            # What is older than this start of the server is read, but is no news.
            happened = {
                StartServer: "has started",
                Drain: "is about to stop",
                Bury: "has stopped, or is taken for dead: its guests have left",
            }[type(what)]
            self.log.info("The server {name} of the site {what}", name=name, what=happened)

    def _introduce(self, name: str) -> None:
        others = ", ".join(sorted(other for other in self._names.values() if other != name))
        self.log.info(
            "This is the server {name} of a site, beside {others}",
            name=name,
            others=others or "no other",
        )
