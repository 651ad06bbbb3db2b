"""The factory of the web door: serves the page, and makes guests of WebSockets."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from socket import gethostname
from typing import TYPE_CHECKING

from twisted.internet import address
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.protocol import ServerFactory
from websockets.frames import Opcode

from netchat.admission.policy import client_key, host_at
from netchat.dialects.irc import websocket as irc
from netchat.dialects.irc.dialect import SharedDialects
from netchat.dialects.irc.opening import rejection
from netchat.dialects.jsonl import websocket
from netchat.doors.web.access import joined_authority
from netchat.doors.web.denied_client import DeniedClient, rejection_of
from netchat.doors.web.handshake import HandshakeError, accept
from netchat.doors.web.hooks import IncomingWebhooks, is_hook
from netchat.doors.web.http_connection import HttpConnection
from netchat.doors.web.pages import send_file, send_page
from netchat.doors.web.websocket import WebSocketProtocol, close_code
from netchat.observability.connection_log import peer_name
from netchat.session.irc.view import IrcView
from netchat.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twisted.internet.interfaces import IAddress
    from twisted.web.http import Request
    from websockets.typing import Subprotocol

    from netchat.admission.connections import Connections
    from netchat.admission.policy import Host
    from netchat.admission.rejection import Rejection
    from netchat.chat.chat import Chat
    from netchat.doors.web.access import WebAccess
    from netchat.doors.web.files import StaticFile
    from netchat.model.events import Closing
    from netchat.session.interfaces import Connection

WEBSOCKET_PATH = b"/ws"
WRONG_HOST = (
    "This server does not answer to the host name in the address; use its IP address, or start the "
    "server with --web-host and that name."
)
WRONG_ORIGIN = (
    "A page of another site may not open a WebSocket here; start the server with --web-origin and "
    "that site, as in --web-origin https://chat.example."
)


class WebFactory(ServerFactory):
    """Answers requests with `files`, and opens sessions on `chat`, as far as `access` allows."""

    noisy = False

    def __init__(
        self,
        chat: Chat,
        connections: Connections,
        files: Mapping[bytes, StaticFile],
        access: WebAccess,
    ) -> None:
        self.chat = chat
        self.connections = connections
        self._files = files
        self._access = access
        self._hooks = IncomingWebhooks(chat, connections)
        view = IrcView(chat, gethostname())
        self._irc = {
            name: SharedDialects(view, irc.framing(opcode))
            for name, opcode in irc.SUBPROTOCOLS.items()
        }

    def buildProtocol(  # type: ignore[override]  # Twisted's annotation wants its own base class
        self, addr: IAddress | None
    ) -> HttpConnection | Rejection:
        """Return the protocol of a connection from `addr`."""
        denial = self.denial_for(host_at(addr))
        return HttpConnection(self) if denial is None else self.reject(addr, denial)

    def denial_for(self, host: Host) -> Closing | None:
        """Return why a browser at `host` is not admitted; None if it is."""
        return self.connections.policy.denial_for(host, as_guest=False)

    def admit(self, addr: IAddress | None, *, behind_proxy: bool = False) -> HttpConnection:
        """Return the protocol of a connection from `addr`, which a proxy may have told."""
        return self.open(addr if behind_proxy else None)

    def open(self, proxied: IAddress | None) -> HttpConnection:
        """Return the protocol of a connection whose client's address a proxy has told, or None."""
        return HttpConnection(self, proxied)

    def reject(self, addr: IAddress | None, denial: Closing) -> Rejection:
        """Return a protocol that tells the client at `addr` why it is not admitted."""
        self.connections.log.refused(peer_name(addr), denial.reason)
        return DeniedClient(self.connections, denial, of_browser=True)

    def rejection(self, denial: Closing, received: bytes) -> bytes:
        """Return what tells a browser that has sent `received` why it is not admitted."""
        return rejection_of(denial, received, of_browser=True)

    def answer(self, connection: HttpConnection, request: Request) -> None:
        """Answer `request`, or have a WebSocket take over `connection`."""
        if is_hook(request.path):
            self._answer_hook(connection, request)
            return
        authority = self._authority(connection, request)
        if authority is None:
            send_page(request, HTTPStatus.BAD_REQUEST, "Send one Host header.")
        elif authority and not self._access.is_host_allowed(authority):
            self._refuse(connection, "foreign-host")
            send_page(request, HTTPStatus.MISDIRECTED_REQUEST, WRONG_HOST)
        elif request.path == WEBSOCKET_PATH or _is_upgrade_of_page(request):
            self._open_websocket(connection, request, authority)
        elif denial := self.denial_for(host_at(self._client(connection, request))):
            # A web proxy has told the address, or it was not denied when the connection began.
            send_page(request, HTTPStatus.FORBIDDEN, denial.message)
        elif request.method not in (b"GET", b"HEAD"):
            sentence = "This address can only be read; use GET."
            send_page(request, HTTPStatus.METHOD_NOT_ALLOWED, sentence, allow="GET, HEAD")
        elif (file := self._files.get(request.path)) is not None:
            send_file(request, file)
        else:
            send_page(request, HTTPStatus.NOT_FOUND, "There is nothing here; the chat is at /.")

    def _answer_hook(self, connection: HttpConnection, request: Request) -> None:
        """Answer a webhook: whoever knows its token may use any name of this server."""
        denial = self.denial_for(host_at(self._client(connection, request)))
        if denial:
            send_page(request, HTTPStatus.FORBIDDEN, denial.message)
        else:
            self._hooks.answer(request)

    def _authority(self, connection: HttpConnection, request: Request) -> str | None:
        """Return the host that the client has asked for, "" if it names none; None if it must."""
        hosts = _headers(request, "host")
        if self._is_from_proxy(connection):
            hosts = _headers(request, "x-forwarded-host") or hosts
        if not hosts and request.clientproto == b"HTTP/1.0":
            return ""  # No browser sends this, so no page of another site can be behind it.
        return joined_authority(hosts) or None

    def _is_from_proxy(self, connection: HttpConnection) -> bool:
        return self._access.is_proxy(host_at(connection.address))

    def _scheme(self, connection: HttpConnection, request: Request) -> str:
        """Return http or https, whichever the client uses; "" if it may be either."""
        if ISSLTransport.providedBy(connection.transport):
            return "https"
        told = _headers(request, "x-forwarded-proto") if self._is_from_proxy(connection) else []
        return told[0].lower() if told and told[0].lower() in ("http", "https") else ""

    def _is_confidential(self, connection: HttpConnection, request: Request) -> bool:
        """Return whether a trusted proxy sent this, and does not tell that it came in clear."""
        return self._is_from_proxy(connection) and self._scheme(connection, request) != "http"

    def _client(self, connection: HttpConnection, request: Request) -> IAddress:
        """Return the address of the client, which a web proxy may have told."""
        at = connection.address
        host = host_at(at)
        client = self._access.client_of(host, _headers(request, "x-forwarded-for"))
        if client is None or client == host:
            return at
        kind = address.IPv4Address if client.version == 4 else address.IPv6Address
        return kind("TCP", str(client), getattr(at, "port", 0))

    def _open_websocket(self, connection: HttpConnection, request: Request, authority: str) -> None:
        for origin in _headers(request, "origin"):
            scheme = self._scheme(connection, request)
            if not self._access.is_origin_allowed(origin, authority, scheme):
                self._refuse(connection, "foreign-origin")
                send_page(request, HTTPStatus.FORBIDDEN, WRONG_ORIGIN)
                return
        try:
            frames, response, subprotocol = accept(request)
        except HandshakeError as error:
            send_page(request, error.status, str(error), **error.headers)
            return
        client = self._client(connection, request)
        denial = self._denial_for(client)
        if denial is not None:
            self.connections.log.refused(peer_name(client), denial.reason)
            frames.send_close(close_code(denial), denial.reason)
            last = b"".join(frames.data_to_send())
            told = self._denied(denial, subprotocol)
            connection.upgrade_and_close(response + told + last)
            return
        proxied = client if client != connection.address else connection.proxied
        key = client_key(host_at(client))
        spoken = self._irc.get(subprotocol)
        guest = WebSocketProtocol(
            partial(self._open_irc, spoken) if spoken else self._open_session,
            self.connections,
            key,
            proxied,
            frames,
            confidential=self._is_confidential(connection, request),
            opcode=irc.SUBPROTOCOLS.get(subprotocol, Opcode.TEXT),
        )
        connection.upgrade(response, guest)

    def _denial_for(self, client: IAddress) -> Closing | None:
        """Return why the guest at `client` is not admitted; None if they are."""
        denial = self.connections.policy.denial_for(host_at(client))
        return denial or self.connections.capacity_denial()

    def _open_session(self, connection: Connection) -> Session:
        return Session(self.chat, connection, self.connections.limits, websocket)

    def _open_irc(self, dialects: SharedDialects, connection: Connection) -> Session:
        session = Session(self.chat, connection, self.connections.limits, websocket, dialects)
        session.speak_irc()
        return session

    def _denied(self, denial: Closing, subprotocol: Subprotocol) -> bytes:
        """Return `denial` as a client that speaks `subprotocol` reads it."""
        opcode = irc.SUBPROTOCOLS.get(subprotocol)
        return irc.framing(opcode)(rejection(denial)) if opcode else websocket.render(denial)

    def _refuse(self, connection: HttpConnection, reason: str) -> None:
        self.connections.log.refused(peer_name(connection.address), reason)


def _headers(request: Request, name: str) -> list[str]:
    """Return the values of the header `name`, in the order in which they were sent."""
    return list(request.requestHeaders.getRawHeaders(name) or [])


def _is_upgrade_of_page(request: Request) -> bool:
    """Return whether `request` is for a WebSocket at the path of the page, as IRC clients do it."""
    return request.path == b"/" and (request.getHeader("upgrade") or "").lower() == "websocket"
