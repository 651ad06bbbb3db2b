"""A connection for which there is no room among the guests: a browser gets the page all the same.

The page takes no room, and tells its user why they cannot join. An SSH client is told in its terms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.admission.rejection import HealthCheckResponder
from netchat.doors.transport.handover import hand_over
from netchat.doors.transport.opening import Opening, recognize
from netchat.doors.web.denied_client import rejection_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress
    from twisted.internet.protocol import Protocol

    from netchat.admission.connections import Connections
    from netchat.model.events import Closing


class BrowserOrRejection(HealthCheckResponder):
    """Hands a browser over to what `open_web` makes, if it is given, and rejects any other client.

    A client has a moment to send something; `rejected` is called when it is no browser.
    """

    def __init__(
        self,
        connections: Connections,
        closing: Closing,
        trouble: Callable[[], str],
        open_web: Callable[[IAddress | None], Protocol] | None,
        rejected: Callable[[], None],
    ) -> None:
        super().__init__(connections, closing, trouble)
        self._open_web = open_web
        self._rejected = rejected

    def dataReceived(self, data: bytes) -> None:
        """Decide what the client is, once enough has arrived."""
        opening = Opening.LINE if self._answered else recognize(self._received + data)
        if opening is Opening.HTTP and self._open_web is not None:
            self._received += data
            self._hand_over(self._open_web)
        elif opening is Opening.SSH:
            self._answered = True
            self.send_last(rejection_of(self._closing, data))
        elif opening is Opening.UNDECIDED:
            self._received += data
        else:
            super().dataReceived(data)

    def send_last(self, data: bytes) -> None:
        """Reject the client with `data`."""
        self._rejected()
        super().send_last(data)

    def _hand_over(self, open_web: Callable[[IAddress | None], Protocol]) -> None:
        self._set_timer(None)
        self._connections.remove_rejection(self)
        hand_over(self.transport, self, open_web(None), self._received)
