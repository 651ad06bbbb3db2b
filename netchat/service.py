"""The chat as a Twisted service: one factory behind any number of listening endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.logger import Logger

from netchat.events import Closing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twisted.internet.interfaces import (
        IAddress,
        IListeningPort,
        IReactorCore,
        IStreamServerEndpoint,
    )
    from twisted.python.failure import Failure

    from netchat.doors.line import LineFactory

SHUTDOWN = Closing("shutdown", "The server is shutting down; come back later.")
SHUTDOWN_TIMEOUT = 3.0
"""Seconds that guests have to take their last lines."""


class StartError(Exception):
    """The server cannot start; the message is one sentence that says why and what to do."""


class ChatService(Service):
    """Lets guests in through `endpoints` (Twisted endpoint strings) for as long as it runs."""

    log = Logger()

    def __init__(
        self, reactor: IReactorCore, factory: LineFactory, endpoints: Sequence[str]
    ) -> None:
        self.factory = factory
        self._reactor = reactor
        self._endpoints = {text: _endpoint(reactor, text) for text in endpoints}
        self._listening: Deferred[None] | None = None
        self._ports: list[IListeningPort] = []

    def listen(self) -> None:
        """Listen on every endpoint, or raise StartError; a second call does nothing."""
        if self._listening is not None:
            return
        failures: list[Failure] = []
        self._listening = Deferred.fromCoroutine(self._listen())
        self._listening.addErrback(failures.append)
        if failures:
            failures[0].raiseException()
        self._listening.addErrback(self._give_up)

    def privilegedStartService(self) -> None:
        """Listen while there may still be the right to listen on a low port."""
        super().privilegedStartService()
        self.listen()

    def startService(self) -> None:
        """Listen, and say so in the log."""
        super().startService()
        self.listen()
        for port in self._ports:
            self.log.info("Listening on {address}", address=_written(port.getHost()))
        self.log.info("SERVER WORKING")

    def stopService(self) -> Deferred[None]:
        """Let nobody in any more, tell everybody, and wait until they have read it."""
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    async def _listen(self) -> None:
        for text, endpoint in self._endpoints.items():
            try:
                self._ports.append(await endpoint.listen(self.factory))
            except Exception as error:
                await self._close_ports()
                raise StartError(f"cannot listen on {text}: {_reason(error)}") from error

    async def _stop(self) -> None:
        await self._close_ports()
        await self.factory.close_all(SHUTDOWN, SHUTDOWN_TIMEOUT)

    async def _close_ports(self) -> None:
        while self._ports:
            await maybeDeferred(self._ports.pop().stopListening)

    def _give_up(self, failure: Failure) -> None:
        """Stop: an endpoint took its time to fail, and a deaf server helps nobody."""
        self.log.critical("netchat {why}", why=failure.getErrorMessage())
        self._reactor.stop()


def _endpoint(reactor: IReactorCore, text: str) -> IStreamServerEndpoint:
    try:
        endpoint: IStreamServerEndpoint = serverFromString(reactor, text)
        return endpoint
    except Exception as error:
        # Whatever a parser makes of a wrong string, or of what is not there: files, pyOpenSSL.
        raise StartError(f"{text!r} is no endpoint to listen on: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, CannotListenError):
        error = error.socketError
    if isinstance(error, OSError) and error.strerror:
        place = f" ({error.filename})" if error.filename else ""
        return error.strerror + place
    return str(error) or type(error).__name__


def _written(address: IAddress) -> str:
    """Return `address` as an endpoint string, near enough."""
    match address:
        case IPv4Address():
            return f"tcp:{address.host}:{address.port}"
        case IPv6Address():
            return f"tcp6:[{address.host}]:{address.port}"
        case UNIXAddress():
            return f"unix:{_path(address.name)}"
        case _:
            return str(address)


def _path(name: Any) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)
