"""Real processes and a proxy that cuts connections, between a line and its answer, and anywhere."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from selectors import EVENT_READ, DefaultSelector

import pytest

from tests.support.client_processes import CLIENT, environment
from tests.support.processes import PATIENCE, Server


class CuttingProxy:
    """Forwards bytes, and cuts each of the first `cuts` connections after some of them."""

    def __init__(self, port: int, cuts: int, seed: int) -> None:
        self.cut = 0
        self._port = port
        self._cuts = cuts
        self._dice = Random(seed)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
                with near, socket.create_connection(("127.0.0.1", self._port), PATIENCE) as far:
                    self._pass_on(near, far)
            except ConnectionError:
                continue
            except OSError:
                return

    def _pass_on(self, near: socket.socket, far: socket.socket) -> None:
        # The login takes about 600 bytes.
        left = self._dice.randint(700, 12_000) if self.cut < self._cuts else 1 << 40
        with DefaultSelector() as selector:
            selector.register(near, EVENT_READ, far)
            selector.register(far, EVENT_READ, near)
            while True:
                for key, _ in selector.select(PATIENCE):
                    data = key.fileobj.recv(min(left, 65536))  # type: ignore[union-attr]
                    if not data:
                        return
                    key.data.sendall(data)
                    left -= len(data)
                    if left <= 0:
                        self.cut += 1
                        return

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()


@pytest.fixture
def server(page_server: Server) -> Server:
    """The server whose connections are cut."""
    return page_server


@pytest.fixture(params=["tcp", "websocket"])
def proxy(
    server: Server, request: pytest.FixtureRequest
) -> Iterator[Callable[[int, int], CuttingProxy]]:
    """An address of the server whose connections are cut: `proxy(cuts, seed)`."""
    proxies: list[CuttingProxy] = []

    def make(cuts: int, seed: int) -> CuttingProxy:
        websocket = request.param == "websocket"
        port = server.page_port if websocket else server.ports[0]
        proxies.append(CuttingProxy(port, cuts, seed))
        if websocket:
            proxies[-1].address = f"ws://{proxies[-1].address}"
        return proxies[-1]

    yield make
    for one in proxies:
        one.close()


def run(home: Path, *arguments: str, stdin: str = "") -> tuple[int, str]:
    """Return the exit code and stdout of `netchat` with `arguments`."""
    done = subprocess.run(
        [*CLIENT, *arguments],
        input=stdin,
        env=environment(home),
        stdout=subprocess.PIPE,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("how", [("--name", "ci"), ("say", "--name", "ci")], ids=["pipe", "say"])
def test_lines_said_through_cuts_are_stored_once_and_in_order(
    server: Server,
    proxy: Callable[[int, int], CuttingProxy],
    tmp_path: Path,
    how: tuple[str, ...],
) -> None:
    bad = proxy(6, 7)
    lines = [f"line {number}" for number in range(500)]
    command = [*how, bad.address] if how[0] == "say" else [bad.address, *how]
    code, _ = run(tmp_path, *command, stdin="".join(f"{line}\n" for line in lines))
    assert (code, bad.cut) == (0, 6)
    code, out = run(tmp_path, "tail", server.address, "--name", "log", "--after", "0", "--json")
    said = [json.loads(line) for line in out.splitlines()]
    assert [line["text"] for line in said] == lines
    assert [line["id"] for line in said] == list(range(1, 501))


def test_lines_of_others_come_out_once_and_in_order(
    server: Server, proxy: Callable[[int, int], CuttingProxy], tmp_path: Path
) -> None:
    bad = proxy(6, 3)
    arguments = ("tail", bad.address, "--name", "log", "--last", "0", "--follow", "--json")
    with (
        subprocess.Popen(
            [*CLIENT, *arguments], env=environment(tmp_path), stdout=subprocess.PIPE, text=True
        ) as tail,
        server.guest("Bob") as bob,
    ):
        server.wait_for_log("connected  [ log ]")
        bob.socket.sendall(b"".join(b"line %d\n" % number for number in range(500)))
        assert tail.stdout is not None
        said = [json.loads(tail.stdout.readline()) for _ in range(500)]
        tail.terminate()
        assert (tail.stdout.read(), tail.wait(PATIENCE)) == ("", 0)
    assert [line["id"] for line in said] == list(range(1, 501))
    assert bad.cut == 6
