"""What `netchat admin` reaches of a running server: its socket, and how the server does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netchat import __version__
from netchat.console.answers import ServerRow, StatusRow, moment
from netchat.doors.admin.console import LiveConsole
from netchat.doors.admin.protocol import AdminFactory
from netchat.doors.admin.socket import AdminSocket
from netchat.state.records import Account

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from netchat.chat.presence import Site
    from netchat.server.service import ChatService


def admin_socket(
    service: ChatService, reactor: Any, directory: Path, check_options: Callable[[], str]
) -> AdminSocket:
    """Return the socket of `service` in `directory`.

    `check_options` returns what is wrong with the options, as a sentence, or "".
    """
    connections, chat = service.factory.connections, service.factory.chat

    def describe() -> StatusRow:
        return StatusRow(
            __version__,
            running=True,
            guests=chat.participants.people,
            accounts=sum(1 for _ in chat.state.all(Account)),
            listening=tuple(service.listening),
            pages=tuple(service.pages),
            certificates=service.certificates,
            trouble=chat.trouble,
            configuration=check_options(),
            locked=chat.state.lock_at(chat.time()) is not None,
            site=_servers(chat.presence.site),
        )

    console = LiveConsole(chat, connections, describe)
    return AdminSocket(reactor, directory, AdminFactory(console))


def _servers(site: Site | None) -> tuple[ServerRow, ...]:
    if site is None:
        return ()
    return tuple(
        ServerRow(
            server.name,
            server.addresses,
            site.guests(server),
            moment(server.since),
            server.version,
            server.draining,
            server.incarnation == site.incarnation,
        )
        for server in site.servers
    )
