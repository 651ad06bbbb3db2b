"""The web door of a real server: one port, TLS, a unix socket, a proxy, and a port of its own."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.support.certificates import identity
from tests.support.processes import ANY_PORT, PATIENCE, Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(cwd=tmp_path) as running:
        yield running


@contextmanager
def opened(sock: socket.socket, name: str, **hello: object) -> Iterator[ClientConnection]:
    """Enter a WebSocket over `sock` that has joined as `name`, with further fields of `hello`."""
    protocols = [Subprotocol("v1.json.netchat")]
    with connect("ws://localhost/ws", sock=sock, subprotocols=protocols) as web:
        ask(web, type="hello", name=name, **hello)
        assert told(web)["type"] == "welcome"
        assert told(web)["type"] == "entered"
        yield web


def ask(web: ClientConnection, **request: object) -> None:
    web.send(json.dumps(request))


def told(web: ClientConnection) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(web.recv(PATIENCE))
    return answer


def page_over(sock: socket.socket) -> str:
    """Return the page, got over `sock`."""
    with sock:
        sock.settimeout(PATIENCE)
        sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
        data = b""
        while more := sock.recv(65536):
            data += more
    head, _, body = data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.0 200 ")
    return body.decode()


def tcp(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE)


def test_the_page_a_websocket_and_nc_share_one_port(server: Server) -> None:
    port = server.ports[0]
    with server.guest("Alice") as alice, opened(tcp(port), "web") as web:
        assert alice.line() == "* web joined"
        browser = http.client.HTTPConnection("127.0.0.1", port, PATIENCE)
        for _ in range(3):  # on one connection
            browser.request("GET", "/")
            answer = browser.getresponse()
            assert answer.status == 200
            assert b"<title>netchat</title>" in answer.read()
        ask(web, type="say", room="lobby", text="hello", nonce="1")
        assert told(web)["nonce"] == "1"
        assert alice.line() == "web: hello"
        alice.say("good morning")
        assert told(web)["text"] == "good morning"
        assert web.ping().wait(PATIENCE)
        web.close()
        assert alice.line() == "* web left"
        browser.close()
    assert server.stop() == 0
    assert "Traceback" not in server.log


def test_answers_of_two_connections_are_never_mixed(server: Server) -> None:
    browsers = [http.client.HTTPConnection("127.0.0.1", server.ports[0]) for _ in range(8)]
    for number, browser in enumerate(browsers):
        browser.request("GET", "/" if number % 2 else "/none")
    for number, browser in enumerate(browsers):
        answer = browser.getresponse()
        assert answer.status == (200 if number % 2 else 404)
        assert len(answer.read()) == answer.length or answer.length == 0
        browser.close()


def test_a_shutdown_is_told_to_a_websocket(server: Server) -> None:
    with opened(tcp(server.ports[0]), "web") as web:
        assert server.stop() == 0
        assert told(web)["reason"] == "shutdown"
        with pytest.raises(ConnectionClosed):
            web.recv(PATIENCE)
        assert web.close_code == 1012


def test_a_long_history_arrives_whole_over_a_websocket(server: Server) -> None:
    with server.guest("Alice") as alice, opened(tcp(server.ports[0]), "reader") as reader:
        lines = [f"line {number} {'x' * 1000}" for number in range(3000)]
        alice.socket.sendall("\n".join([*lines, ""]).encode())
        for line in lines:
            assert told(reader)["text"] == line
        with opened(tcp(server.ports[0]), "web", after={"lobby": 0}) as web:
            ids = [told(web)["id"] for _ in lines]
        assert ids == [*range(1, len(lines) + 1)]


def test_a_websocket_that_does_not_read_is_dropped_and_the_others_are_not(tmp_path: Path) -> None:
    with Server("--max-backlog", "100000", cwd=tmp_path) as server:
        slow = tcp(server.ports[0])
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(
            b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            + Frame(Opcode.TEXT, b'{"type":"hello","name":"slow"}').serialize(mask=True)
        )
        with server.guest() as alice, opened(tcp(server.ports[0]), "web") as web:
            alice.say("Alice")
            alice.line()
            text = "x" * 4000
            event: dict[str, Any] = {}
            for _ in range(2000):
                alice.say(text)
                event = told(web)
                while event["type"] != "said":
                    if event["type"] == "left":
                        break
                    event = told(web)
                if event["type"] == "left":
                    break
            assert event["names"] == ["slow"]
        server.wait_for_log("too-slow")
        slow.close()


def test_the_page_and_a_websocket_over_tls(tmp_path: Path) -> None:
    certificate = identity(tmp_path, "127.0.0.1")
    endpoint = certificate.put(tmp_path / "door.pem")
    with Server("--listen", endpoint, "--listen", ANY_PORT, cwd=tmp_path) as server:
        host, _, port = server.secure_address.rpartition(":")
        context = ssl.create_default_context(cadata=certificate.pem.decode())

        def secure() -> ssl.SSLSocket:
            return context.wrap_socket(tcp(int(port)), server_hostname=host)

        assert "<title>netchat</title>" in page_over(secure())
        with server.guest("Alice") as alice, opened(secure(), "web") as web:
            assert alice.line() == "* web joined"
            alice.say("hello")
            assert told(web)["text"] == "hello"
            ask(web, type="bye")
            assert told(web)["reason"] == "bye"
        assert server.stop() == 0
        assert "Traceback" not in server.log


def test_the_page_and_a_websocket_over_a_unix_socket(tmp_path: Path) -> None:
    place = tmp_path / "door"
    with Server("--listen", f"unix:{place}", cwd=tmp_path):

        def unix() -> socket.socket:
            sock = socket.socket(socket.AF_UNIX)
            sock.connect(str(place))
            return sock

        assert "<title>netchat</title>" in page_over(unix())
        with opened(unix(), "web") as web:
            ask(web, type="say", room="lobby", text="hello")
            assert told(web)["text"] == "hello"


def test_the_page_and_a_websocket_behind_a_proxy_that_sends_a_header(tmp_path: Path) -> None:
    endpoint = f"haproxy:{ANY_PORT}"
    with Server("--listen", endpoint, "--deny", "203.0.113.0/24", cwd=tmp_path) as server:

        def proxied(address: str) -> socket.socket:
            sock = tcp(server.ports[0])
            sock.sendall(f"PROXY TCP4 {address} 192.0.2.1 4 5001\r\n".encode())
            return sock

        assert "<title>netchat</title>" in page_over(proxied("198.51.100.7"))
        with opened(proxied("198.51.100.7"), "web") as web:
            ask(web, type="say", room="lobby", text="hello")
            assert told(web)["text"] == "hello"
            server.wait_for_log("(198.51.100.7, 4) connected")
        denied = proxied("203.0.113.9")
        assert denied.recv(100).startswith(b"! This server takes no connections")
        denied.close()
        with tcp(server.ports[0]) as denied:
            denied.sendall(b"PROXY TCP4 203.0.113.9 192.0.2.1 4 5001\r\nGET / HTTP/1.1\r\n\r\n")
            assert denied.recv(100).startswith(b"HTTP/1.1 403 ")


def test_a_browser_from_a_denied_address_gets_a_page_that_says_so(tmp_path: Path) -> None:
    certificate = identity(tmp_path, "127.0.0.1")
    secure = certificate.put(tmp_path / "door.pem")
    listen = ("--listen", secure, "--listen", ANY_PORT, "--web", f"{ANY_PORT}:backlog=99")
    with Server(*listen, "--deny", "127.0.0.2", cwd=tmp_path) as server:
        (page,) = re.findall(r"The page is on .*:(\d+)", server.log)
        context = ssl.create_default_context(cadata=certificate.pem.decode())

        def denied(port: int) -> socket.socket:
            return socket.create_connection(("127.0.0.1", port), PATIENCE, ("127.0.0.2", 0))

        host, _, port = server.secure_address.rpartition(":")
        for sock in (
            denied(server.ports[0]),
            denied(int(page)),
            context.wrap_socket(denied(int(port)), server_hostname=host),
        ):
            with sock:
                sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = http.client.HTTPResponse(sock)
                answer.begin()
                assert answer.status == 403
                assert b"This server takes no connections from your address" in answer.read()
        with denied(server.ports[0]) as sock:
            assert sock.recv(100).startswith(b"! This server takes no connections")


@pytest.mark.parametrize("prefix", ["", "haproxy:"])
def test_the_page_may_have_an_endpoint_of_its_own(tmp_path: Path, prefix: str) -> None:
    endpoint = f"{prefix}tcp:0:backlog=100:interface=127.0.0.1"
    with Server("--web", endpoint, cwd=tmp_path) as server:
        (place,) = re.findall(r"The page is on .*:(\d+)", server.log)
        web_port = int(place)
        header = b"PROXY TCP4 198.51.100.7 192.0.2.1 4 5001\r\n" if prefix else b""

        def own() -> socket.socket:
            sock = tcp(web_port)
            sock.sendall(header)
            return sock

        assert "<title>netchat</title>" in page_over(own())
        with server.guest("Alice") as alice, opened(own(), "web") as web:
            assert alice.line() == "* web joined"
            alice.say("hello")
            assert told(web)["text"] == "hello"
        with own() as plain:
            plain.sendall(b"Bob\r\n\r\n")
            assert plain.recv(100).startswith(b"HTTP/1.1 400 ")


def test_a_proxy_on_a_unix_socket_is_believed_if_the_operator_says_so(tmp_path: Path) -> None:
    place = tmp_path / "page"
    web = ("--web", f"unix:{place}", "--deny", "203.0.113.0/24", "--web-host", "chat.example")

    def status(address: str, host: str = "chat.example") -> int:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(PATIENCE)
            sock.connect(str(place))
            asked = f"Host: localhost\r\nX-Forwarded-Host: {host}\r\nX-Forwarded-For: {address}"
            sock.sendall(f"GET / HTTP/1.1\r\n{asked}\r\n\r\n".encode())
            answer = http.client.HTTPResponse(sock)
            answer.begin()
            return answer.status

    with Server(*web, "--web-proxy", "unix", cwd=tmp_path):
        assert status("198.51.100.7") == 200
        assert status("203.0.113.9, 198.51.100.7") == 200
        assert status("198.51.100.7, 203.0.113.9") == 403
        assert status("198.51.100.7", "evil.example") == 421
    with Server(*web, cwd=tmp_path):
        assert status("203.0.113.9", "evil.example") == 200


def test_the_log_says_that_anybody_can_join_through_the_page(tmp_path: Path) -> None:
    guests = ("--listen", f"unix:{tmp_path / 'door'}")
    with Server(*guests, "--web", "tcp:0", cwd=tmp_path) as server:
        assert server.wait_for_log("Anybody who reaches this server can join it")


def test_the_server_can_be_without_a_page(tmp_path: Path) -> None:
    with Server("--no-web", cwd=tmp_path) as server, tcp(server.ports[0]) as sock:
        sock.settimeout(PATIENCE)
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        data = b""
        while b"\n" not in data:
            data += sock.recv(100)
        assert data.startswith(b"Enter username: ! ")
