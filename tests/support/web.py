"""Browsers and WebSocket programs, in memory: what they send and what they are answered."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from netchat.testing import Guest

if TYPE_CHECKING:
    from netchat.testing import Network

HOST = "192.168.1.1:5001"
"""What a browser calls the server."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request; the names of `headers` are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        body = self.body
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        return body.decode()


class Browser(Guest):
    """An HTTP connection."""

    def ask(self, path: str = "/", method: str = "GET", version: str = "1.1", **headers: str) -> (
        Answer
    ):  # fmt: skip
        """Send a request, and return the answer to it."""
        self.request(path, method, version, **headers)
        return self.answer(has_body=method != "HEAD")

    def request(
        self, path: str = "/", method: str = "GET", version: str = "1.1", **headers: str
    ) -> None:
        """Send a request; `host=""` leaves the Host header out."""
        self.send(request(path, method, version, **headers))

    def answer(self, *, has_body: bool = True) -> Answer:
        """Return the next answer."""
        head, _, rest = self._unread.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}
        size = int(headers.get("content-length", 0)) if has_body else 0
        self._unread = rest[size:]
        return Answer(int(status.split()[1]), headers, rest[:size])


def request(path: str = "/", method: str = "GET", version: str = "1.1", **headers: str) -> bytes:
    """Return the bytes of a request; an underscore in a header's name stands for a hyphen."""
    fields = {"host": HOST, **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items() if value]
    return "\r\n".join([f"{method} {path} HTTP/{version}", *lines, "", ""]).encode()


def browser(network: Network, host: str = "") -> Browser:
    """Return a browser's connection, from the address `host`, on which nothing is asked yet."""
    connection = Browser()
    connection.network = network
    return network.connect(connection, host)


class WebProgram(Guest):
    """A client that speaks JSON over a WebSocket; `code` is the status of the close frame."""

    def __init__(
        self,
        *,
        offer: str = "v1.json.netchat",
        origin: str = "",
        path: str = "/ws",
        **headers: str,
    ) -> None:
        super().__init__()
        self.frames = ClientProtocol(
            parse_uri(f"ws://{HOST}{path}"),
            origin=origin or None,  # type: ignore[arg-type]
            subprotocols=[Subprotocol(each) for each in offer.split(", ")] if offer else None,
            max_size=None,
        )
        self._headers = headers
        self.pongs = 0
        self.pings = 0
        self.code: int | None = None
        self._messages: list[bytes] = []
        self._is_open = False

    def connectionMade(self) -> None:
        self.transport.write(self.handshake())

    def handshake(self) -> bytes:
        """Return the request that opens the WebSocket."""
        opening = self.frames.connect()
        for name, value in self._headers.items():
            opening.headers[name.replace("_", "-")] = value
        self.frames.send_request(opening)
        return b"".join(self.frames.data_to_send())

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        self.frames.receive_data(data)
        for event in self.frames.events_received():
            if isinstance(event, Frame):
                self._take(event)
        for out in self.frames.data_to_send():
            if out:
                self.transport.write(out)

    def _take(self, frame: Frame) -> None:
        match frame.opcode:
            case Opcode.TEXT:
                assert frame.fin
                self._messages.append(bytes(frame.data))
            case Opcode.PONG:
                self.pongs += 1
            case Opcode.PING:
                self.pings += 1
            case Opcode.CLOSE:
                assert self.frames.close_rcvd is not None
                self.code = self.frames.close_rcvd.code

    def ask(self, type: str, **fields: object) -> None:
        """Send a request of this `type` with these `fields`."""
        self.send_frames(text(msgspec.json.encode({"type": type, **fields})))

    def send_frames(self, *frames: Frame) -> None:
        """Send `frames` in one read."""
        self.send(b"".join(frame.serialize(mask=True) for frame in frames))

    def told(self) -> list[dict[str, Any]]:
        """Return the objects received since the last call."""
        messages, self._messages = self._messages, []
        return [msgspec.json.decode(message) for message in messages]


def text(data: bytes, *, fin: bool = True) -> Frame:
    """Return a text frame; the first of several unless `fin`."""
    return Frame(Opcode.TEXT, data, fin)


def continuation(data: bytes, *, fin: bool = False) -> Frame:
    """Return a further fragment of a message."""
    return Frame(Opcode.CONT, data, fin)


def web_program(network: Network, name: str = "", host: str = "", **more: Any) -> WebProgram:
    """Return a program that has opened a WebSocket, and joined if `name` is given."""
    program = WebProgram(**more)
    program.network = network
    network.connect(program, host)
    if name:
        program.ask("hello", name=name)
    return program
