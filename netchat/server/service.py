"""The chat as a Twisted service: one factory behind any number of listening endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred, TimeoutError, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.logger import ILogObserver, Logger

from netchat.admission.acceptor import guard_port
from netchat.doors.transport.direct import prepare
from netchat.doors.transport.proxied import ProxiedFactory
from netchat.doors.transport.tls import BadCertificateError, SecureEndpoint
from netchat.doors.transport.unix import path_problem
from netchat.journal.interface import JournalError
from netchat.model.events import Closing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twisted.internet.interfaces import (
        IAddress,
        IListeningPort,
    )
    from twisted.python.failure import Failure

    from netchat.doors.line.factory import LineFactory

SHUTDOWN = Closing("shutdown", "The server is shutting down; come back later.", retry=1)
STOP_TIMEOUT = 4.5
"""Seconds that all of the end may take: whoever stopped the server kills it sooner or later."""
SHUTDOWN_TIMEOUT = 3.0
"""Seconds of these that guests have to take their last lines; the journal has the rest."""

PROXIED = "haproxy:"
"""Begins an endpoint behind a proxy; its header is read by our own door, not by Twisted's."""


class StartError(Exception):
    """The server cannot start; the message is one sentence that says why and what to do."""


class ChatService(Service):
    """Lets guests in through `endpoints` (Twisted endpoint strings) for as long as it runs."""

    log = Logger()
    log_observer: Callable[[], object] | None = None
    """Makes what writes the log; None: twistd does."""

    def __init__(self, reactor: Any, factory: LineFactory, endpoints: Sequence[str]) -> None:
        self.factory = factory
        self._reactor = reactor
        self._endpoints = {text: _endpoint(reactor, text) for text in endpoints}
        self._closed = dict(self._endpoints)
        self._ports: list[IListeningPort] = []

    def setServiceParent(self, parent: Any) -> None:
        """Have the log of twistd's application, which may be `parent`, written as we want it."""
        if self.log_observer is not None and hasattr(parent, "setComponent"):
            parent.setComponent(ILogObserver, self.log_observer())
        super().setServiceParent(parent)

    def begin_early(self) -> None:
        """Do what can be done before a daemon's process forks, or raise StartError.

        That is to claim the journal, and to listen, but not on unix sockets: their lock names the
        process that holds them.
        """
        for text, endpoint in self._endpoints.items():
            if why := path_problem(endpoint.path):
                raise StartError(f"cannot listen on {text}: {why}")
        self._use_journal(self.factory.chat.journal.acquire_lock)
        self._listen(lambda endpoint: not endpoint.path)

    def privilegedStartService(self) -> None:
        """Listen while there may still be the right to a low port, or raise StartError."""
        super().privilegedStartService()
        self._listen(lambda endpoint: True)

    def startService(self) -> None:
        """Open the journal, listen where that is still to be done, and say so in the log."""
        super().startService()
        self._use_journal(self.factory.chat.open)
        self._listen(lambda endpoint: True)
        self.log.info("SERVER WORKING")

    def stopService(self) -> Deferred[None]:
        """Let nobody in any more, tell everybody, and wait until they have read it."""
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    def renew_certificates(self) -> None:
        """Show whoever comes from now on the certificates that are in the files now.

        One that cannot be used leaves the one before, and a line in the log.
        """
        for text, endpoint in self._endpoints.items():
            if endpoint.good_until:
                try:
                    endpoint.renew()
                except Exception as error:
                    why = _reason(error)
                    self.log.warn("{text} keeps its certificate: {why}", text=text, why=why)
                else:
                    self._tell_last_day(text, endpoint)

    def _use_journal(self, act: Callable[[], None]) -> None:
        try:
            act()
        except JournalError as error:
            raise StartError(str(error)) from error

    def _listen(self, wanted: Callable[[SecureEndpoint], bool]) -> None:
        for text, endpoint in list(self._closed.items()):
            if wanted(endpoint):
                del self._closed[text]
                listening = Deferred.fromCoroutine(self._open(text, endpoint))
                self._raise_or_wait(listening)

    async def _open(self, text: str, endpoint: SecureEndpoint) -> None:
        proxied = text.startswith(PROXIED)
        factory = ProxiedFactory(self.factory) if proxied else self.factory
        try:
            port = await endpoint.listen(factory)
        except Exception as error:
            raise StartError(f"cannot listen on {text}: {_reason(error)}") from error
        prepare(port)
        guard_port(port, self.factory, factory)
        self._ports.append(port)
        kind = text.partition(":")[0]
        self.log.info("Listening on {address}", address=f"{kind}:{_written(port.getHost())}")
        if endpoint.good_until:
            self._tell_last_day(text, endpoint)

    def _tell_last_day(self, text: str, endpoint: SecureEndpoint) -> None:
        told = "The certificate of {text} is good until {day}"
        self.log.info(told, text=text, day=endpoint.good_until)

    def _raise_or_wait(self, listening: Deferred[None]) -> None:
        """Raise what is wrong already; an endpoint that takes its time may still end the server."""
        failures: list[Failure] = []
        listening.addErrback(failures.append)
        if failures:
            failures[0].raiseException()
        listening.addErrback(self._give_up)

    def _give_up(self, failure: Failure) -> None:
        """Stop: a detached server helps nobody."""
        self.log.critical("netchat: {why}", why=failure.getErrorMessage())
        self._reactor.stop()

    async def _stop(self) -> None:
        end = self._reactor.seconds() + STOP_TIMEOUT
        while self._ports:
            try:
                await maybeDeferred(self._ports.pop().stopListening)
            except Exception:
                self.log.failure("A port did not close")
        await self.factory.close_all(SHUTDOWN, SHUTDOWN_TIMEOUT)
        await self._close_journal(max(0.0, end - self._reactor.seconds()))

    async def _close_journal(self, within: float) -> None:
        """Close the journal; what hangs in the disk is not waited for."""
        closed: Deferred[None] = Deferred()
        self.factory.chat.journal.close(lambda: closed.callback(None))
        try:
            await closed.addTimeout(within, self._reactor)
        except TimeoutError:
            self.log.warn("The journal does not close; what was said in it is safe all the same")


def _endpoint(reactor: Any, text: str) -> SecureEndpoint:
    try:
        return SecureEndpoint(reactor, text.removeprefix(PROXIED))
    except (OSError, ImportError, BadCertificateError) as error:
        raise StartError(f"cannot listen on {text}: {_reason(error)}") from error
    except Exception as error:
        # Whatever a parser of such strings, or of the keys and certificates in them, stumbles on.
        raise StartError(
            f"{text} is nothing to listen on; write it like tcp:5001 or "
            "ssl:5002:privateKey=KEY.PEM:certKey=CERT.PEM"
        ) from error


def _reason(error: Exception) -> str:
    if isinstance(error, CannotListenError):
        error = error.socketError
    if isinstance(error, OSError) and error.strerror:
        name = error.filename2 or error.filename
        place = f" ({_path(name)})" if name else ""
        return error.strerror + place
    return str(error) or type(error).__name__


def _written(address: IAddress) -> str:
    match address:
        case IPv4Address():
            return f"{address.host}:{address.port}"
        case IPv6Address():
            return f"[{address.host}]:{address.port}"
        case UNIXAddress():
            return _path(address.name)
        case _:
            return str(address)


def _path(name: Any) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)
