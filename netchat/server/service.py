"""The chat as a Twisted service: one factory behind any number of listening endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred, TimeoutError, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.logger import ILogObserver, Logger

from netchat.doors.transport import inherited
from netchat.doors.transport.listening import guard_port, tune_port
from netchat.doors.transport.proxied import ProxiedFactory
from netchat.doors.transport.tls import BadCertificateError, SecureEndpoint
from netchat.doors.transport.twisted_internals import leave_inherited_socket
from netchat.doors.transport.unix import path_problem
from netchat.journal.interface import JournalError
from netchat.model.disconnects import SHUTDOWN
from netchat.server.listening_file import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twisted.internet.interfaces import (
        IAddress,
        IListeningPort,
    )
    from twisted.python.failure import Failure

    from netchat.doors.line.factory import LineFactory

STOP_TIMEOUT = 4.5
"""Seconds that stopping may take in all; process managers kill a server that takes long."""
SHUTDOWN_TIMEOUT = 3.0
"""Seconds of STOP_TIMEOUT in which clients can read their last lines; the rest is the journal's."""

PROXIED = "haproxy:"
"""Prefix of an endpoint behind a proxy; `ProxiedFactory` reads the PROXY header, not Twisted."""


class StartError(Exception):
    """The server cannot start; the message is one sentence that says why, and what to do."""


class ChatService(Service):
    """Listens on `endpoints` (Twisted endpoint strings) with `factory` while it runs."""

    log = Logger()
    log_observer: Callable[[], object] | None = None
    """Makes the observer that writes the log; None: twistd's own observer."""

    def __init__(self, reactor: Any, factory: LineFactory, endpoints: Sequence[str]) -> None:
        self.factory = factory
        self._reactor = reactor
        self._endpoints = {text: _endpoint(reactor, text) for text in endpoints}
        self._not_listening = dict(self._endpoints)
        self._ports: list[IListeningPort] = []
        self.listening: list[str] = []
        """An endpoint string for each listening port, with the number that the kernel has given."""

    def setServiceParent(self, parent: Any) -> None:
        """Set the log observer of twistd's application, if `parent` is one, to `log_observer`."""
        if self.log_observer is not None and hasattr(parent, "setComponent"):
            parent.setComponent(ILogObserver, self.log_observer())
        super().setServiceParent(parent)

    def start_before_fork(self) -> None:
        """Claim the journal and listen, before a daemon forks; StartError if one is impossible.

        Unix sockets are left for later, because their lock has the id of the process that listens.
        """
        for text, endpoint in self._endpoints.items():
            if why := path_problem(endpoint.path):
                raise StartError(f"cannot listen on {text}: {why}")
        self._call_journal(self.factory.chat.journal.acquire_lock)
        self._listen(lambda endpoint: not endpoint.path)

    def privilegedStartService(self) -> None:
        """Listen while the process may still have the right to a low port; or StartError."""
        super().privilegedStartService()
        self._listen(lambda endpoint: True)

    def startService(self) -> None:
        """Open the journal, listen on the remaining endpoints and log it; or StartError."""
        super().startService()
        self._call_journal(self.factory.chat.open)
        self._listen(lambda endpoint: True)
        self.log.info("SERVER WORKING")

    def stopService(self) -> Deferred[None]:
        """Stop listening, disconnect all clients and close the journal; fires when done.

        This takes STOP_TIMEOUT seconds at most.
        """
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    def renew_certificates(self) -> None:
        """Read the certificate files again; new connections use what is in them now.

        If a certificate cannot be used, log why and keep the one before.
        """
        for text, endpoint in self._endpoints.items():
            if endpoint.good_until:
                try:
                    endpoint.renew()
                except Exception as error:
                    why = _reason(error)
                    self.log.warn("{text} keeps its certificate: {why}", text=text, why=why)
                else:
                    self._log_expiry(text, endpoint)

    def _call_journal(self, call: Callable[[], None]) -> None:
        """Call `call`; a JournalError becomes a StartError."""
        try:
            call()
        except JournalError as error:
            raise StartError(str(error)) from error

    def _listen(self, wanted: Callable[[SecureEndpoint], bool]) -> None:
        for text, endpoint in list(self._not_listening.items()):
            if wanted(endpoint):
                del self._not_listening[text]
                listening = Deferred.fromCoroutine(self._open(text, endpoint))
                self._raise_or_watch(listening)

    async def _open(self, text: str, endpoint: SecureEndpoint) -> None:
        proxied = text.startswith(PROXIED)
        factory = ProxiedFactory(self.factory) if proxied else self.factory
        try:
            port = await endpoint.listen(factory)
        except Exception as error:
            raise StartError(f"cannot listen on {text}: {_reason(error)}") from error
        tune_port(port)
        guard_port(port, self.factory.connections, factory, behind_proxy=proxied)
        if inherited.PREFIX in text:
            leave_inherited_socket(port)
        self._ports.append(port)
        tls = bool(endpoint.good_until)
        if described := describe(port.getHost(), tls=tls, proxied=proxied):
            self.listening.append(described)
        kind = text.partition(":")[0]
        self.log.info("Listening on {address}", address=f"{kind}:{_address_text(port.getHost())}")
        if endpoint.good_until:
            self._log_expiry(text, endpoint)

    def _log_expiry(self, text: str, endpoint: SecureEndpoint) -> None:
        self.log.info(
            "The certificate of {text} is valid until {day}", text=text, day=endpoint.good_until
        )

    def _raise_or_watch(self, listening: Deferred[None]) -> None:
        """Raise the error of `listening` if it has failed; if it fails later, stop the server."""
        failures: list[Failure] = []
        listening.addErrback(failures.append)
        if failures:
            failures[0].raiseException()
        listening.addErrback(self._stop_reactor)

    def _stop_reactor(self, failure: Failure) -> None:
        """Stop the process, because a server that does not listen is of no use."""
        self.log.critical("netchat: {why}", why=failure.getErrorMessage())
        self._reactor.stop()

    async def _stop(self) -> None:
        end = self._reactor.seconds() + STOP_TIMEOUT
        while self._ports:
            try:
                await maybeDeferred(self._ports.pop().stopListening)
            except Exception:
                self.log.failure("A port did not close")
        await self.factory.connections.close_all(SHUTDOWN, SHUTDOWN_TIMEOUT)
        await self._close_journal(max(0.0, end - self._reactor.seconds()))

    async def _close_journal(self, within: float) -> None:
        """Close the journal, but wait `within` seconds at most: a disk may hang."""
        closed: Deferred[None] = Deferred()
        self.factory.chat.journal.close(lambda: closed.callback(None))
        try:
            await closed.addTimeout(within, self._reactor)
        except TimeoutError:
            self.log.warn("The journal did not close in time; the lines stored in it are safe")


def _endpoint(reactor: Any, text: str) -> SecureEndpoint:
    try:
        return SecureEndpoint(reactor, text.removeprefix(PROXIED))
    except (OSError, ImportError, BadCertificateError) as error:
        raise StartError(f"cannot listen on {text}: {_reason(error)}") from error
    except Exception as error:
        # Parsers of endpoints, keys and certificates, also of plugins, raise any kind of error.
        raise StartError(
            f"{text} is not a valid endpoint; write it like tcp:5001 or "
            "ssl:5002:privateKey=KEY.PEM:certKey=CERT.PEM"
        ) from error


def _reason(error: Exception) -> str:
    if isinstance(error, CannotListenError):
        error = error.socketError
    if isinstance(error, OSError) and error.strerror:
        name = error.filename2 or error.filename
        place = f" ({_path_text(name)})" if name else ""
        return error.strerror + place
    return str(error) or type(error).__name__


def _address_text(address: IAddress) -> str:
    match address:
        case IPv4Address():
            return f"{address.host}:{address.port}"
        case IPv6Address():
            return f"[{address.host}]:{address.port}"
        case UNIXAddress():
            return _path_text(address.name)
        case _:
            return str(address)


def _path_text(name: Any) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)
