"""The servers of a site: the one that the user has named, and those that its welcome has named.

A client that has lost its connection tries the others, in an order of its own, so that those of a
server that is gone spread over the others; then the one that the user has named; and so on in turn.

An address in a welcome is worth as much as the connection that it came over: it is reached in the
same way, with TLS if that has TLS, and the certificate is verified for the new host. A server that
cannot be trusted, or has another journal, is not one of the site, and is not tried again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from zope.interface import implementer

from netchat.client.connection.endpoint import ServerEndpoint

MAX_SERVERS = 100
"""How many addresses of a welcome are used."""


@implementer(IStreamClientEndpoint)
class Servers:
    """The servers that can take the place of that at `given`; `random` returns 0 to 1.

    Each `connect` is to the next one.
    """

    def __init__(self, given: ServerEndpoint, random: Callable[[], float]) -> None:
        self.current = given
        """The endpoint of the last attempt."""
        self._given = given
        self._random = random
        self._journal: object = None
        self._known: dict[str, ServerEndpoint | None] = {}
        """The endpoint at each address of the last welcome, or None if it is of no use."""
        self._turn = deque([given])
        """Those to try, the next one first."""

    @property
    def count(self) -> int:
        """The number of servers that are tried in turn."""
        return len(self._turn)

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect to the next server."""
        self.current = self._turn[0]
        self._turn.rotate(-1)
        return self.current.endpoint.connect(factory)

    def is_of_site(self, journal: object) -> bool:
        """Return whether the current server, which has this `journal`, is one of the site.

        The one that the user has named is; it may have begun another journal.
        """
        return self.current is self._given or journal == self._journal

    def welcomed(self, journal: object, addresses: Sequence[str]) -> None:
        """Called when the current server has let the client in, and has named the others."""
        self._journal = journal
        known = self._known
        self._known = {
            address: known[address] if address in known else self._given.elsewhere(address)
            for address in addresses[:MAX_SERVERS]
        }
        others = [one for one in self._known.values() if one is not None]
        self._turn = deque([*sorted(others, key=lambda _: self._random()), self._given])

    def distrust(self) -> bool:
        """Try the current server no more; return whether others are tried instead.

        They are not if it is the one that the user has named.
        """
        if self.current is self._given:
            return False
        self._turn = deque(one for one in self._turn if one is not self.current)
        for address, endpoint in self._known.items():
            if endpoint is self.current:
                self._known[address] = None
        return True
