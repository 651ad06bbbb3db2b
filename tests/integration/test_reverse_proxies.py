"""The reverse proxies of docs/reverse-proxies.md, with the configurations as they are printed."""

from __future__ import annotations

import http.client
import os
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from websockets.sync.client import connect as websocket
from websockets.typing import Origin

from netchat.dialects.jsonl.websocket import SUBPROTOCOL
from tests.support.certificates import Identity, identity
from tests.support.checkout import CHECKOUT
from tests.support.client_processes import CLIENT, environment
from tests.support.needs import needs
from tests.support.processes import ANY_PORT, PATIENCE, Server
from tests.support.web_servers import WebProxy

OF_ANOTHER_PAGE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": SUBPROTOCOL,
    "Origin": "https://evil.example",
}
"""What a browser sends for a WebSocket that a page of another site opens (RFC 6455)."""

DOCUMENT = (CHECKOUT / "docs" / "reverse-proxies.md").read_text(encoding="utf-8")
NGINX, NGINX_PATH = re.findall(r"```nginx\n(.*?)```", DOCUMENT, re.DOTALL)
CADDY, CADDY_PATH = re.findall(r"```caddyfile\n(.*?)```", DOCUMENT, re.DOTALL)
ROOT = "    location / {\n        proxy_pass http://127.0.0.1:5080;\n"
BROWSER = "127.0.0.2"
"""The address from which the clients reach the reverse proxy."""


@contextmanager
def reserved_port() -> Iterator[int]:
    """Yield a port that nobody gets from the kernel; a program may listen there.

    Linux lets it: both sockets have SO_REUSEADDR, and this one does not listen.
    """
    with socket.socket() as reserving:
        reserving.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserving.bind(("127.0.0.1", 0))
        yield reserving.getsockname()[1]


@contextmanager
def running(folder: Path, ready: str, *command: str | Path) -> Iterator[None]:
    """Run `command` from when it says that it is `ready`."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder)},
        stderr=subprocess.PIPE,
        text=True,
    )
    said = ""
    try:
        assert process.stderr is not None
        for line in process.stderr:
            said += line
            if ready in line:
                break
        else:
            raise AssertionError(said)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


@contextmanager
def nginx(folder: Path, port: int, behind: int, own: Identity, path: str) -> Iterator[None]:
    """Run nginx on `port`, with the server at the port `behind`."""
    site = NGINX.replace(ROOT, NGINX_PATH) if path else NGINX
    assert (ROOT in site) == (not path)
    key, pem = folder / "key.pem", folder / "cert.pem"
    key.write_bytes(own.key_pem)
    pem.write_bytes(own.pem)
    for printed, real in {
        "listen 443": f"listen 127.0.0.1:{port}",
        "/etc/ssl/chat.example.org.pem": str(pem),
        "/etc/ssl/private/chat.example.org.key": str(key),
        "5080": str(behind),
    }.items():
        assert printed in site
        site = site.replace(printed, real)
    temporary = "".join(
        f"{kind}_temp_path {folder};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"{'user root;' if os.geteuid() == 0 else ''} daemon off; error_log stderr notice;\n"
        f"pid {folder}/pid; events {{}}\nhttp {{ access_log off;\n{temporary}{site}}}\n",
        encoding="utf-8",
    )
    with running(
        folder, "start worker process", "nginx", "-e", "stderr", "-c", folder / "nginx.conf"
    ):
        yield


@contextmanager
def caddy(folder: Path, port: int, behind: int, own: Identity, path: str) -> Iterator[None]:
    """Run Caddy on `port`, with the server at the port `behind`."""
    (folder / "both.pem").write_bytes(own.key_pem + own.pem)
    site = CADDY_PATH if path else CADDY
    site = re.sub(
        "^.*{$", rf"\g<0>\n    tls {folder}/both.pem {folder}/both.pem", site, count=1, flags=re.M
    )
    (folder / "Caddyfile").write_text(
        f"{{\nadmin off\nauto_https disable_redirects\nhttps_port {port}\n"
        f"default_bind 127.0.0.1\n}}\n{site.replace('5080', str(behind))}",
        encoding="utf-8",
    )
    with running(
        folder, "serving initial configuration", "caddy", "run", "--config", folder / "Caddyfile"
    ):
        yield


def run(home: Path, *arguments: str, **more: str) -> tuple[int, str, str]:
    """Return the exit code of `netchat` with `arguments`, its stdout and its stderr."""
    done = subprocess.run(
        [*CLIENT, *arguments],
        env=environment(home, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("path", ["", "/chat/"], ids=["root", "path"])
@pytest.mark.parametrize(
    "start",
    [pytest.param(nginx, marks=needs("nginx")), pytest.param(caddy, marks=needs("caddy"))],
)
def test_clients_go_through_the_proxy_with_their_own_address(
    tmp_path: Path, start: object, path: str
) -> None:
    host = "www.example.org" if path and start is caddy else "chat.example.org"
    own = identity(tmp_path, host)
    web = ("--listen", ANY_PORT, "--web", f"{ANY_PORT}:backlog=50")
    with (
        Server(*web, "--web-host", host, "--web-proxy", "127.0.0.1", cwd=tmp_path) as server,
        WebProxy(source=BROWSER) as proxy,
        reserved_port() as port,
        start(tmp_path, port, server.page_port, own, path),  # type: ignore[operator]
    ):
        where = f"wss://{host}:{port}{path}"
        trust = ["--ca", str(own.file)]
        assert run(tmp_path, "health", where, *trust, HTTPS_PROXY=proxy.url) == (0, "", "")
        said = run(tmp_path, "say", where, "--name", "ci", "hi", *trust, HTTPS_PROXY=proxy.url)
        assert said == (0, "", "")
        got = run(tmp_path, "tail", where, "--name", "log", *trust, HTTPS_PROXY=proxy.url)
        assert (got[0], got[1].endswith("ci: hi\n"), got[2]) == (0, True, "")
        trusting = ssl.create_default_context(cafile=str(own.file))
        page = http.client.HTTPSConnection("127.0.0.1", proxy.port, context=trusting)
        page.set_tunnel(host, port)
        page.request("GET", path or "/")
        answer = page.getresponse()
        assert (answer.status, answer.getheader("content-type", "")[:9]) == (200, "text/html")
        page.close()
        connect = partial(
            websocket, f"{where.rstrip('/')}/ws", ssl=trusting, proxy=proxy.url, compression=None
        )
        with connect(origin=Origin(f"https://{host}:{port}"), subprotocols=[SUBPROTOCOL]) as chat:
            chat.send('{"type":"ping"}')
            assert '"pong"' in str(chat.recv())
        page.connect()
        page.request("GET", f"{path.rstrip('/')}/ws", headers=OF_ANOTHER_PAGE)
        assert page.getresponse().status == 403
        page.close()
        server.stop()
        told = [line for line in server.log.splitlines() if "[ ci ]" in line]
        assert [BROWSER in line for line in told] == [True, True]


@needs("nginx")
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_proxy_that_does_not_pass_on_the_upgrade_is_named_as_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    own = identity(tmp_path, "chat.example.org")
    broken = NGINX.replace("proxy_set_header Upgrade", "# ").replace("$netchat_connection;", '"";')
    monkeypatch.setattr(f"{__name__}.NGINX", broken.replace("version 1.1", f"version {version}"))
    web = ("--listen", ANY_PORT, "--web", f"{ANY_PORT}:backlog=50")
    with (
        Server(*web, "--web-host", "chat.example.org", cwd=tmp_path) as server,
        WebProxy() as proxy,
        reserved_port() as port,
        nginx(tmp_path, port, server.page_port, own, ""),
    ):
        where = f"wss://chat.example.org:{port}"
        code, _, error = run(
            tmp_path, "health", where, "--ca", str(own.file), HTTPS_PROXY=proxy.url
        )
    assert code == 1
    assert "a proxy before it does not pass on the upgrade." in error
