"""The chat as a Twisted service: one factory behind any number of listening endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, TimeoutError, maybeDeferred
from twisted.logger import ILogObserver, Logger

from netchat.admission.acceptor import Clients
from netchat.doors.transport import inherited
from netchat.doors.transport.listen_errors import address_text, lacks_ipv6, listen_problem
from netchat.doors.transport.listening import guard_port, tune_port
from netchat.doors.transport.proxied import ProxiedFactory
from netchat.doors.transport.tls import SecureEndpoint
from netchat.doors.transport.twisted_internals import leave_inherited_socket
from netchat.doors.transport.unix import path_problem
from netchat.journal.interface import JournalError
from netchat.log.interface import LogError
from netchat.model.disconnects import SHUTDOWN
from netchat.server.announcement import announce
from netchat.server.certificates import log_expiry, renew_certificates
from netchat.server.endpoints import PROXIED, secure_endpoint
from netchat.server.invitation import Entrance, own_hosts, page_addresses
from netchat.server.listening_file import describe
from netchat.server.pid_file import hold
from netchat.server.start_error import StartError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from twisted.internet.interfaces import IListeningPort, IProtocolFactory
    from twisted.python.failure import Failure

    from netchat.doors.admin.socket import AdminSocket
    from netchat.doors.line.factory import LineFactory
    from netchat.doors.web.factory import WebFactory
    from netchat.server.background import Background

STOP_TIMEOUT = 4.5
"""Seconds that stopping may take in all; process managers kill a server that takes long."""
SHUTDOWN_TIMEOUT = 3.0
"""Seconds of STOP_TIMEOUT in which clients can read their last lines; the rest is the journal's."""


class ChatService(Service):
    """Listens on `endpoints` (Twisted endpoint strings) with `factory` while it runs.

    `web` and `ssh` are the factories of these doors by their endpoints, and `sites` those that no
    guest uses.
    """

    log = Logger()
    log_observer: Callable[[], object] | None = None
    """Makes the observer that writes the log; None: twistd's own observer."""
    pid_file: Path | None = None
    """The pid file that twistd writes."""
    admin: AdminSocket | None = None
    """The socket of `netchat admin`; None: there is no data directory."""
    background: Sequence[Background] = ()
    """What goes on while the server runs."""
    failed = False
    """Whether the process has stopped because of an error."""
    dispensable: Collection[str] = ()
    """Endpoints without which the server starts all the same, if another program uses them."""

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        reactor: Any,
        factory: LineFactory,
        endpoints: Sequence[str],
        *,
        sites: Mapping[str, IProtocolFactory] | None = None,
        web: Mapping[str, WebFactory] | None = None,
        ssh: Mapping[str, IProtocolFactory] | None = None,
    ) -> None:
        self.factory = factory
        self._reactor = reactor
        self._sites = sites or {}
        self._web = web or {}
        self._ssh = ssh or {}
        texts = (*dict.fromkeys(endpoints), *self._web, *self._ssh, *self._sites)
        self._endpoints = {text: secure_endpoint(reactor, text) for text in texts}
        if len(self._endpoints) < len(texts):
            raise StartError(
                "guests, --web, --ssh and --metrics need different endpoints; change one of them"
            )
        self._not_listening = dict(self._endpoints)
        self._ports: list[IListeningPort] = []
        self._entrances: list[Entrance] = []
        self._web_entrances: list[Entrance] = []
        self._without_ipv6: list[str] = []
        self._pid_lock: int | None = None
        self.listening: list[str] = []
        """An endpoint string for each listening port, with the number that the kernel has given."""

    def setServiceParent(self, parent: Any) -> None:
        """Set the log observer of twistd's application, if `parent` is one, to `log_observer`."""
        if self.log_observer is not None and hasattr(parent, "setComponent"):
            parent.setComponent(ILogObserver, self.log_observer())
        super().setServiceParent(parent)

    def claim(self) -> None:
        """Check the unix sockets and lock the journal, before a fork; StartError if impossible.

        What this makes on disk belongs to the user whom the process acts as.
        """
        for text, endpoint in self._endpoints.items():
            if why := path_problem(endpoint.path):
                raise StartError(f"cannot listen on {text}: {why}")
        self._attempt(self.factory.chat.journal.acquire_lock)

    def listen(self) -> None:
        """Listen on all but unix sockets; StartError if that is impossible.

        Before a daemon forks, so that the error is shown on the terminal, and while the process may
        still open a low port. Unix sockets are made later: they belong to the user who makes them.
        """
        self._listen(lambda endpoint: not endpoint.path)
        listening = self._entrances or self._web_entrances
        if self._without_ipv6 and not listening and not self._not_listening:
            raise StartError(f"cannot listen on {self._without_ipv6[0]}: this machine has no IPv6")

    def privilegedStartService(self) -> None:
        """Lock the pid file, which twistd has just written; listen if that has not happened yet."""
        super().privilegedStartService()
        if self.pid_file is not None:
            self._pid_lock = hold(self.pid_file)
        self.listen()

    def startService(self) -> None:
        """Open the journal, listen on the remaining endpoints and log it; or StartError."""
        super().startService()
        self._attempt(self.factory.chat.open)
        for task in self.background:
            self._attempt(task.start)
        self._listen(lambda endpoint: True)
        if self.admin is not None:
            self.admin.listen()
        self.log.info("SERVER WORKING")
        announce(self.log, self.factory.connections, self._entrances, self._pages)

    def stopService(self) -> Deferred[None]:
        """Stop listening, disconnect all clients and close the journal; fires when done.

        This takes STOP_TIMEOUT seconds at most.
        """
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    def renew_certificates(self) -> None:
        """Read the certificate files again; new connections use what is in them now."""
        renew_certificates(self._endpoints, self.log)

    @property
    def pages(self) -> Sequence[str]:
        """The addresses of the page, as far as the server knows by which it is reached."""
        return page_addresses(self._pages, own_hosts())

    @property
    def certificates(self) -> dict[str, str]:
        """The last day of the certificate of each endpoint with TLS."""
        return {text: x.good_until for text, x in self._endpoints.items() if x.good_until}

    @property
    def _pages(self) -> list[list[Entrance]]:
        return [self._web_entrances, self._entrances if self.factory.has_page else []]

    def fail(self, why: str) -> None:
        """Stop the process, which is of no use any more; it exits with an error."""
        self.failed = True
        self.log.critical("netchat: {why}", why=why)
        self._reactor.stop()

    def _attempt(self, call: Callable[[], None]) -> None:
        """Call `call`, a part of the start; a JournalError or a LogError becomes a StartError."""
        try:
            call()
        except (JournalError, LogError) as error:
            raise StartError(str(error)) from error

    def _listen(self, wanted: Callable[[SecureEndpoint], bool]) -> None:
        for text, endpoint in list(self._not_listening.items()):
            if wanted(endpoint):
                del self._not_listening[text]
                listening = Deferred.fromCoroutine(self._open(text, endpoint))
                self._raise_or_watch(listening)

    async def _open(self, text: str, endpoint: SecureEndpoint) -> None:
        proxied = text.startswith(PROXIED)
        site = self._sites.get(text)
        door: Any = self._web.get(text) or self._ssh.get(text) or self.factory
        factory = site or (ProxiedFactory(door) if proxied else door)
        try:
            port = await endpoint.listen(factory)
        except Exception as error:
            if len(self._endpoints) > 1 and lacks_ipv6(error):
                self._without_ipv6.append(text)
                self.log.warn("Not listening on {text}: this machine has no IPv6", text=text)
                return
            why = f"cannot listen on {text}: {listen_problem(error)}"
            if text not in self.dispensable:
                raise StartError(why) from error
            self.log.warn("The page has no port of its own: {why}", why=why)
            return
        if inherited.PREFIX in text:
            leave_inherited_socket(port)
        self._ports.append(port)
        address = f"{text.partition(':')[0]}:{address_text(port.getHost())}"
        if site is None:
            tune_port(port)
            is_web, is_ssh = text in self._web, text in self._ssh
            clients = Clients(proxied, not is_web, is_ssh or bool(self.factory.doors))
            guard_port(port, self.factory.connections, factory, clients)
            entrance = Entrance(port.getHost(), endpoint.client_options, text * proxied)
            if is_web:
                self._web_entrances.append(entrance)
                self.log.info("The page is on {address}", address=address)
            elif is_ssh:
                self.log.info("SSH is on {address}", address=address)
            else:
                self._entrances.append(entrance)
                tls = bool(endpoint.good_until)
                if described := describe(port.getHost(), tls=tls, proxied=proxied):
                    self.listening.append(described)
                self.log.info("Listening on {address}", address=address)
        else:
            self.log.info("Metrics are on {address}", address=address)
        if endpoint.good_until:
            log_expiry(text, endpoint, self.log)

    def _raise_or_watch(self, listening: Deferred[None]) -> None:
        """Raise the error of `listening` if it has failed; if it fails later, stop the server."""
        failures: list[Failure] = []
        listening.addErrback(failures.append)
        if failures:
            failures[0].raiseException()
        listening.addErrback(self._fail_with)

    def _fail_with(self, failure: Failure) -> None:
        self.fail(failure.getErrorMessage())

    async def _stop(self) -> None:
        end = self._reactor.seconds() + STOP_TIMEOUT
        for task in self.background:
            task.stop()
        if self.admin is not None:
            await self.admin.close()
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
        self.factory.chat.close(lambda: closed.callback(None))
        try:
            await closed.addTimeout(within, self._reactor)
        except TimeoutError:
            self.log.warn("The journal did not close in time; the lines stored in it are safe")
