"""Every command that connects does so by WebSocket, too: real processes, real sockets."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from websockets.frames import Opcode

from tests.support.certificates import Identity, identity
from tests.support.client_processes import CLIENT, TerminalUser, environment
from tests.support.processes import PATIENCE, Server
from tests.support.web_servers import SocketServer, WebProxy, WebSocketServer, http


@pytest.fixture
def door(server: Server) -> Iterator[WebSocketServer]:
    """A WebSocket of the server."""
    with WebSocketServer(server.ports[0]) as door:
        yield door


@pytest.fixture
def proxy() -> Iterator[WebProxy]:
    """A proxy that opens tunnels."""
    with WebProxy() as proxy:
        yield proxy


def run(home: Path, *arguments: str, stdin: str = "", **more: str) -> tuple[int, str, str]:
    """Return the exit code of `netchat` with `arguments`, its stdout and its stderr."""
    done = subprocess.run(
        [*CLIENT, *arguments],
        input=stdin,
        env=environment(home, **more),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_say_tail_the_pipe_and_health_go_by_websocket(page_server: Server, tmp_path: Path) -> None:
    where = f"ws://127.0.0.1:{page_server.page_port}"
    assert run(tmp_path, "say", where, "--name", "ci", "one") == (0, "", "")
    assert run(tmp_path, where, "--name", "ci", stdin="two\nthree ü\n")[::2] == (0, "")
    code, out, err = run(tmp_path, "tail", where, "--name", "log", "--json")
    assert (code, err) == (0, "")
    assert [json.loads(line)["text"] for line in out.splitlines()] == ["one", "two", "three ü"]
    assert run(tmp_path, "health", where) == (0, "", "")


def test_the_handshake_names_host_path_and_subprotocol_and_no_origin(
    door: WebSocketServer, tmp_path: Path
) -> None:
    for command in (["health"], ["say", "--name", "ci", "one"]):
        where = f"ws://127.0.0.1:{door.port}"
        assert run(tmp_path, command[0], where, *command[1:]) == (0, "", "")
    assert {request.path for request in door.requests} == {"/ws"}
    for request in door.requests:
        assert request.headers["Host"] == f"127.0.0.1:{door.port}"
        assert request.headers["Sec-WebSocket-Protocol"] == "v1.json.netchat"
        assert "Origin" not in request.headers
        assert "Sec-WebSocket-Extensions" not in request.headers


def test_a_client_that_leaves_closes_the_websocket_with_a_handshake(
    door: WebSocketServer, tmp_path: Path
) -> None:
    run(tmp_path, "say", f"ws://127.0.0.1:{door.port}", "--name", "ci", "one")
    door.wait_until_idle()
    assert [data[:2] for data in door.frames_of(Opcode.CLOSE)] == [(1000).to_bytes(2)]


def test_the_websocket_of_a_server_with_tls_is_trusted_as_its_lines_are(tmp_path: Path) -> None:
    own, other = identity(tmp_path, "127.0.0.1"), identity(tmp_path, "127.0.0.1")
    with Server("--listen", own.put(tmp_path / "door.pem"), cwd=tmp_path) as server:
        where = f"wss://{server.secure_address}"
        for command in (["say", where, "--name", "ci", "x"], ["health", where]):
            pinned = ["--fingerprint", own.fingerprint.hex()]
            assert run(tmp_path, *command, "--ca", str(own.file)) == (0, "", "")
            assert run(tmp_path, *command, *pinned) == (0, "", "")
            code, _, error = run(tmp_path, *command, "--ca", str(other.file))
            assert (code, error) == (
                1,
                f"netchat: The certificate of {where}/ws is not trusted; give its CA with "
                "--ca FILE, or the certificate's SHA-256 with --fingerprint.\n",
            )


@pytest.mark.parametrize("command", [["say", "--name", "ci", "--timeout", "60"], ["health"]])
def test_a_proxy_is_asked_for_a_tunnel(proxy: WebProxy, tmp_path: Path, command: list[str]) -> None:
    own = identity(tmp_path, "chat.test")
    door = ("--listen", own.put(tmp_path / "door.pem"), "--web-host", "chat.test")
    with Server(*door, cwd=tmp_path) as server:
        authority = f"chat.test:{server.secure_address.rpartition(':')[2]}"
        words = ["hello"] if command[0] == "say" else []
        done = run(
            tmp_path,
            *(*command, f"wss://{authority}", *words, "--ca", str(own.file)),
            HTTPS_PROXY=proxy.url,
        )
        assert done == (0, "", "")
    assert proxy.heads == [f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n"]


def test_the_server_refuses_a_name_that_is_not_its_own_and_a_path_without_a_websocket(
    page_server: Server, proxy: WebProxy, tmp_path: Path
) -> None:
    port = page_server.page_port
    for command in (["say", "--name", "ci", "--timeout", "60", "x"], ["health"]):
        first, *rest = command
        done = run(tmp_path, first, f"ws://chat.test:{port}", *rest, HTTP_PROXY=proxy.url)
        assert (done[0], "have it started with --web-host chat.test." in done[2]) == (1, True)
        done = run(tmp_path, first, f"ws://127.0.0.1:{port}/nowhere", *rest)
        assert (done[0], "There is no WebSocket at ws://" in done[2]) == (1, True)


@pytest.mark.parametrize("command", [["--name", "ci"], ["health"]])
@pytest.mark.parametrize(
    ("user", "answer", "sentence"),
    [
        ("", "407 Proxy Authentication Required", "wants a name and a password; write them in"),
        ("me:no@", "407 Nope", "does not accept its name and password; correct them in HTTPS_PROX"),
        ("", "403 Forbidden", "refuses to connect to chat.test:9 (403 Forbidden); ask the people"),
        ("", "502 Bad Gateway", "cannot connect to chat.test:9 (502 Bad Gateway); try again later"),
    ],
)
def test_a_proxy_that_opens_no_tunnel_is_reported_in_one_sentence(
    tmp_path: Path, command: list[str], user: str, answer: str, sentence: str
) -> None:
    with WebProxy(answer=http(answer)) as proxy:
        url = proxy.url.replace("//", f"//{user}")
        code, _, error = run(tmp_path, *command, "ws://chat.test:9", HTTPS_PROXY=url)
    assert code == 1
    assert error.startswith(f"netchat: The proxy 127.0.0.1:{proxy.port} (HTTPS_PROXY) ")
    assert sentence in error
    assert error.count("\n") == 1
    assert "me:no" not in error


def test_the_name_and_password_for_the_proxy_are_those_of_its_url(
    door: WebSocketServer, tmp_path: Path
) -> None:
    answer = http("407 Proxy Authentication Required")
    with WebProxy(answer=answer, authorization="Basic bWU6cEBzczp3b3Jk") as proxy:
        url = proxy.url.replace("//", "//me:p%40ss%3Aword@")
        where = f"ws://chat.test:{door.port}"
        assert run(tmp_path, "health", where, https_proxy=url) == (0, "", "")
        assert run(tmp_path, "say", where, "--name", "ci", "x", http_proxy=url) == (0, "", "")


@pytest.mark.parametrize("command", [["--name", "ci"], ["health"]])
def test_a_proxy_whose_host_cannot_be_looked_up_is_named_as_the_cause(
    tmp_path: Path, command: list[str]
) -> None:
    host = "ü" * 63
    code, _, error = run(tmp_path, *command, "ws://chat.test", HTTP_PROXY=f"http://{host}:9")
    assert code == 1
    assert error == (
        f"netchat: The proxy {host}:9 (HTTP_PROXY) cannot be reached (there is no such host); "
        "check HTTP_PROXY.\n"
    )


def test_no_proxy_names_hosts_that_are_reached_without_it(
    door: WebSocketServer, tmp_path: Path
) -> None:
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "10.0.0.0/8,localhost"}
    assert run(tmp_path, "health", f"ws://localhost:{door.port}", **nowhere) == (0, "", "")
    code, _, error = run(tmp_path, "health", "ws://chat.test:80", **nowhere)
    assert code == 1
    assert "The proxy 127.0.0.1:9 (HTTPS_PROXY) cannot be reached (" in error


@pytest.mark.parametrize("command", [["--name", "ci"], ["health"]])
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (http("403 Forbidden"), "does not let you in (403 Forbidden); ask the people"),
        (http("404 Not Found"), "There is no WebSocket at {where} (404 Not Found); check the path"),
        (
            http("421 Misdirected Request"),
            "The server does not know itself as 127.0.0.1 (421 Misdirected Request); use another "
            "of its names, or have it started with --web-host 127.0.0.1.",
        ),
        (http("401 Unauthorized"), "wants a name and a password (401 Unauthorized); write them"),
        (http("503 Busy"), "is not available (503 Busy); try again later."),
        (http("301 Moved", "Location: /\x9b31mx"), "has moved (301 Moved); give the new address"),
        (http("200 OK"), "does not answer as a WebSocket does (200 OK); check the address."),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "does not answer as a netchat server does; check the port"),
        (b"Enter username: ", "asked for a name before the WebSocket began; try again, or give"),
        (b"Enter user", "does not answer as a netchat server does; check the port and the path"),
        (b"HTTP/1.0 404 File not found\r\n\r\n", "does not answer as a netchat server does; "),
    ],
)
def test_a_server_that_opens_no_websocket_is_reported_in_one_sentence(
    tmp_path: Path, command: list[str], answer: bytes, sentence: str
) -> None:
    with WebSocketServer(answer=answer) as door:
        where = f"ws://127.0.0.1:{door.port}/ws"
        code, out, error = run(tmp_path, *command, where)
    assert (code, out) == (1, "")
    assert error.startswith("netchat: ")
    assert sentence.format(where=where) in error
    assert error.count("\n") == 1
    assert "\x9b" not in error


# forkpty in a process with threads is safe here: the child calls exec at once.
@pytest.mark.filterwarnings("ignore:.*use of forkpty:DeprecationWarning")
def test_a_user_at_a_terminal_goes_by_websocket_too(
    page_server: Server, terminal_user: Callable[..., TerminalUser]
) -> None:
    alice = terminal_user(f"ws://127.0.0.1:{page_server.page_port}", "--name", "Alice")
    alice.sees("Welcome to chat room. Enter 'exit' anytime to exit", "You:")
    with page_server.guest("Bob") as bob:
        alice.sees("* Bob joined", "You:")
        alice.types("Je suis Alice\r")
        assert bob.line().endswith("Alice: Je suis Alice")
        alice.types("exit\r")
        assert alice.leaves() == 0
        assert bob.line() == "* Alice left"


def test_an_address_without_tls_and_options_for_tls_do_not_go_together(tmp_path: Path) -> None:
    for command in (["say", "--name", "ci"], ["health"]):
        code, _, error = run(tmp_path, *command, "ws://chat.test", "--tls")
        assert code == (2 if command[0] == "say" else 1)
        assert error == (
            "netchat: ws://chat.test:80/ws has no TLS; write wss:// for a server with TLS.\n"
        )


def test_health_needs_neither_twisted_nor_pyopenssl(proxy: WebProxy, tmp_path: Path) -> None:
    own = identity(tmp_path, "chat.test")
    door = ("--listen", own.put(tmp_path / "door.pem"), "--web-host", "chat.test")
    with Server(*door, cwd=tmp_path) as server:
        where = f"wss://chat.test:{server.secure_address.rpartition(':')[2]}"
        code = (
            "import sys; sys.modules |= {'twisted': None, 'OpenSSL': None}; "
            "from netchat.client.cli.command import main; "
            f"sys.exit(main(['health', {where!r}, '--ca', {str(own.file)!r}]))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment(tmp_path, HTTPS_PROXY=proxy.url),
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", [["--name", "ci"], ["health"]])
def test_a_request_that_comes_after_the_question_for_a_name_is_reported(
    server: Server, tmp_path: Path, command: list[str]
) -> None:
    with WebProxy(greeting=b"Enter username: ") as proxy:
        where = f"ws://chat.test:{server.ports[0]}"
        code, _, error = run(tmp_path, *command, where, HTTP_PROXY=proxy.url)
    assert (code, error) == (
        1,
        f"netchat: {where}/ws asked for a name before the WebSocket began; "
        "try again, or give the port of the page, by default 5080.\n",
    )


class TlsServer(SocketServer):
    """Says nothing after the handshake, and knows which protocol the client has offered."""

    def __init__(self, own: Identity, folder: Path) -> None:
        (folder / "both.pem").write_bytes(own.key_pem + own.pem)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(folder / "both.pem")
        self._context.set_alpn_protocols(["http/1.1"])
        self.negotiated: list[str | None] = []
        super().__init__()

    def handle(self, connection: socket.socket) -> None:
        with self._context.wrap_socket(connection, server_side=True) as secure:
            self.negotiated.append(secure.selected_alpn_protocol())


@pytest.mark.parametrize("command", [["--name", "ci"], ["health"]])
@pytest.mark.parametrize("trust", ["--ca", "--fingerprint"])
def test_a_websocket_tells_in_the_handshake_of_tls_that_it_speaks_http(
    tmp_path: Path, command: list[str], trust: str
) -> None:
    own = identity(tmp_path, "127.0.0.1")
    trusting = [trust, str(own.file) if trust == "--ca" else own.fingerprint.hex()]
    with TlsServer(own, tmp_path) as server:
        address = f"127.0.0.1:{server.port}"
        assert run(tmp_path, *command, f"wss://{address}", *trusting)[0] == 1
        assert run(tmp_path, *command, address, *trusting)[0] == 1
    assert server.negotiated == ["http/1.1", None]


def test_a_server_without_tls_is_told_apart(server: Server, tmp_path: Path) -> None:
    where = f"wss://{server.address}"
    for command in (["--name", "ci"], ["health"]):
        code, _, error = run(tmp_path, *command, where)
        assert (code, error) == (
            1,
            f"netchat: {where}/ws does not use TLS; write ws://, or give its TLS port.\n",
        )
