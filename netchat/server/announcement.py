"""What a server that has started says: how it is joined, and whether anybody can join it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from netchat.server.invitation import Entrance, invitation, is_open, own_hosts, ways_to_prove

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twisted.logger import Logger

    from netchat.admission.connections import Connections

OPEN = (
    "Anybody who reaches this server can join it, because it has no password; set one with "
    "--password-file, or admit some networks only with --allow"
)


def announce(
    log: Logger,
    connections: Connections,
    entrances: Sequence[Entrance],
    pages: Sequence[Sequence[Entrance]],
) -> None:
    """Log it, and have users told where they can prove that a name is theirs.

    The page is at the first of `pages` that a browser can reach.
    """
    if is_open(chain(entrances, *pages), connections.limits):
        log.warn(OPEN)
    hosts = own_hosts()
    log.info("{how}", how=invitation(entrances, pages, hosts))
    connections.authenticator.directions = ways_to_prove(entrances, pages, hosts)
