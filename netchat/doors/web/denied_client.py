"""A connection from an address that is not admitted: a browser gets a page, others a sentence."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from netchat.admission.pending_logins import is_within_tls
from netchat.admission.rejection import HEALTH_CHECK_TIMEOUT, Rejection, rejection_in_lines
from netchat.doors.ssh.rejection import ssh_rejection
from netchat.doors.transport.opening import Opening, recognize
from netchat.doors.web.pages import refusal

if TYPE_CHECKING:
    from netchat.admission.connections import Connections
    from netchat.model.events import Closing

HANDSHAKE_TIMEOUT = 1.0
"""Seconds that a client within TLS has to send something: it needs two round trips before."""


def rejection_of(closing: Closing, received: bytes, *, of_browser: bool = False) -> bytes:
    """Return what a client is sent that has sent `received`, and may be known as a browser."""
    opening = recognize(received) if received else Opening.LINE
    if opening is Opening.SSH:
        return ssh_rejection(closing)
    if of_browser or opening is Opening.HTTP:
        is_head = received.startswith(b"HEAD ")
        return refusal(HTTPStatus.FORBIDDEN, closing.message, is_head=is_head)
    return rejection_in_lines(closing, received)


class DeniedClient(Rejection):
    """Waits a moment to see what the client speaks, and rejects it in that with `closing`.

    `of_browser` tells that nothing but HTTP is spoken here; then a client that sends nothing is
    told nothing.
    """

    def __init__(
        self, connections: Connections, closing: Closing, *, of_browser: bool = False
    ) -> None:
        super().__init__(connections, closing)
        self._of_browser = of_browser
        self._received = b""
        self._answered = False

    def connectionMade(self) -> None:
        """Give the client a moment to send its request."""
        self._connections.add_rejection(self)
        within_tls = is_within_tls(self.transport)
        self._set_timer(HANDSHAKE_TIMEOUT if within_tls else HEALTH_CHECK_TIMEOUT)

    def dataReceived(self, data: bytes) -> None:
        """Answer once it is known what the client speaks."""
        if self._answered:
            return
        self._received += data
        if recognize(self._received) is not Opening.UNDECIDED:
            self._answer()

    def _answer(self) -> None:
        self._answered = True
        if self._of_browser and not self._received:
            self.send_last(b"")
        else:
            answer = rejection_of(self._closing, self._received, of_browser=self._of_browser)
            self.send_last(answer)

    def _expire(self) -> None:
        if self._answered:
            self.abort()
        else:
            self._answer()
