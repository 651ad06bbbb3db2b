"""The web door of one server: what its options allow, and the files of the page."""

from __future__ import annotations

from socket import gethostname
from typing import TYPE_CHECKING, Any

from netchat.doors.web.access import WebAccess
from netchat.doors.web.factory import WebFactory
from netchat.doors.web.files import load_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netchat.admission.connections import Connections
    from netchat.chat.chat import Chat


def web_factory(chat: Chat, connections: Connections, options: Mapping[str, Any]) -> WebFactory:
    """Return the factory of the web door, as `options` describe it."""
    own = gethostname().lower()
    hosts = {own, own.partition(".")[0], *options["web-host"]}
    access = WebAccess(
        frozenset(hosts), frozenset(options["web-origin"]), tuple(options["web-proxy"])
    )
    return WebFactory(chat, connections, load_files(), access)
