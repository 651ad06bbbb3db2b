"""A WebSocket in front of a server's lines, and a web proxy: each a thread with real sockets."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from typing import TYPE_CHECKING

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from tests.support.processes import PATIENCE

if TYPE_CHECKING:
    from typing import Self


class SocketServer:
    """Accepts connections on a port that the kernel chose; each is handled in a thread."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def handle(self, connection: socket.socket) -> None:
        """Serve a client; an OSError ends it."""
        raise NotImplementedError

    def wait_until_idle(self) -> None:
        """Wait until every client has gone."""
        for thread in self._threads[1:]:
            thread.join(PATIENCE)

    def close(self) -> None:
        """End every connection and every thread."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listening.close()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._connections.append(connection)
            thread = threading.Thread(target=self._handle, args=[connection])
            self._threads.append(thread)
            thread.start()

    def _handle(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        with suppress(OSError):
            self.handle(connection)
        connection.close()


class WebSocketServer(SocketServer):
    """A WebSocket whose text frames are the lines of the server at `port`, 0 for none.

    `answer`, an HTTP response, is given in place of the handshake.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        answer: bytes = b"",
    ) -> None:
        self.requests: list[Request] = []
        self.received: list[Frame] = []
        """All the frames of all clients."""
        self._behind = port
        self._answer = answer
        super().__init__()

    def frames_of(self, opcode: Opcode) -> list[bytes]:
        """Return the contents of the frames received that have this `opcode`."""
        return [bytes(frame.data) for frame in self.received if frame.opcode is opcode]

    def handle(self, connection: socket.socket) -> None:
        if self._answer:
            read_head(connection)
            connection.sendall(self._answer)
            return
        protocol = ServerProtocol(subprotocols=[Subprotocol("v1.json.netchat")])
        while protocol.state is State.CONNECTING:
            protocol.receive_data(connection.recv(65536))
            for event in protocol.events_received():
                assert isinstance(event, Request)
                self.requests.append(event)
                protocol.send_response(protocol.accept(event))
                connection.sendall(b"".join(protocol.data_to_send()))
        if not self._behind:
            _Bridge(protocol, connection, None, self.received).run()
            return
        with socket.create_connection(("127.0.0.1", self._behind), PATIENCE) as behind:
            self._connections.append(behind)
            _Bridge(protocol, connection, behind, self.received).run()


class _Bridge:
    """Passes on frames of the client `near` as lines of the server `behind`, and back."""

    def __init__(
        self,
        protocol: ServerProtocol,
        near: socket.socket,
        behind: socket.socket | None,
        received: list[Frame],
    ) -> None:
        self._protocol = protocol
        self._near = near
        self._behind = behind
        self._received = received
        self._unfinished = b""

    def run(self) -> None:
        """Pass on until the client has closed, or the closing handshake is done."""
        with DefaultSelector() as selector:
            selector.register(self._near, EVENT_READ, self._read_client)
            if self._behind is not None:
                selector.register(self._behind, EVENT_READ, self._read_server)
            while self._protocol.close_rcvd is None and self._protocol.state is not State.CLOSED:
                for key, _ in selector.select(PATIENCE):
                    if not key.data():
                        selector.unregister(key.fileobj)
                    self._near.sendall(b"".join(self._protocol.data_to_send()))

    def _read_client(self) -> bool:
        data = self._near.recv(65536)
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            assert isinstance(event, Frame)
            self._received.append(event)
            if event.opcode is Opcode.TEXT and self._behind is not None:
                self._behind.sendall(bytes(event.data) + b"\n")
        return bool(data)

    def _read_server(self) -> bool:
        assert self._behind is not None
        data = self._behind.recv(65536)
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        for line in lines:
            self._protocol.send_text(line.removeprefix(b"Enter username: "))
        if not data and self._protocol.state is State.OPEN:
            self._protocol.send_close(1000)
        return bool(data)


class WebProxy(SocketServer):
    """A proxy that opens tunnels to 127.0.0.1, whatever the host's name is.

    `answer` is given in place of every tunnel, to those who do not send `authorization` if that is
    not "". Tunnels begin at the address `source`, and
    only when the server has sent `greeting`.
    """

    def __init__(
        self,
        *,
        answer: bytes = b"",
        authorization: str = "",
        source: str = "127.0.0.1",
        greeting: bytes = b"",
    ) -> None:
        self.heads: list[str] = []
        self.answer = answer
        self._authorization = authorization
        self._source = (source, 0)
        self._greeting = greeting
        super().__init__()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def handle(self, connection: socket.socket) -> None:
        head = read_head(connection)
        self.heads.append(head)
        wanted = f"Proxy-Authorization: {self._authorization}\r\n"
        if self.answer and not (self._authorization and wanted in head):
            connection.sendall(self.answer)
            return
        port = int(head.split()[1].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), PATIENCE, self._source) as far:
            greeting = b"".join(far.recv(1) for _ in self._greeting)
            assert greeting == self._greeting
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n" + greeting)
            relay(connection, far)


def relay(near: socket.socket, far: socket.socket) -> None:
    """Pass on what is sent in both directions, until one end closes."""
    with DefaultSelector() as selector:
        selector.register(near, EVENT_READ, far)
        selector.register(far, EVENT_READ, near)
        while True:
            for key, _ in selector.select(PATIENCE):
                source = key.fileobj
                assert isinstance(source, socket.socket)
                data = source.recv(65536)
                if not data:
                    return
                key.data.sendall(data)


def read_head(connection: socket.socket) -> str:
    """Return an HTTP request without its body."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        data = connection.recv(1)
        if not data:
            raise ConnectionError("the client has closed")
        head += data
    return head.decode()


def http(status: str, *headers: str) -> bytes:
    """Return an HTTP response that has no body."""
    return "\r\n".join([f"HTTP/1.1 {status}", "Content-Length: 0", *headers, "", ""]).encode()
