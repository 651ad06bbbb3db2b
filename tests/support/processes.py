"""A server process, and guests on real sockets. Nothing here sleeps."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPTS = Path(sys.executable).parent
ANY_PORT = "tcp:0:interface=127.0.0.1"
PATIENCE = 60
"""Seconds to wait for something expected; only a failing test waits so long."""


class Server:
    """`twistd -n netchat`, on ports that the kernel chooses."""

    def __init__(
        self, *arguments: str, cwd: Path, command: tuple[str, ...] = ("twistd", "-n"), **env: str
    ) -> None:
        listen = () if "--listen" in arguments else ("--listen", ANY_PORT)
        # Guests in tests send fast, so only a test of the rate limit sets one.
        env = {"NETCHAT_DATA": str(cwd / "data"), "NETCHAT_RATE": "0", **env}
        self.process = subprocess.Popen(
            [SCRIPTS / command[0], *command[1:], "netchat", *listen, *arguments],
            cwd=cwd,
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._logged: list[str] = []
        try:
            self.wait_for_log("SERVER WORKING")
        except AssertionError:
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process.wait(PATIENCE)
            raise
        self.ports = [
            int(port) for port in re.findall(r"Listening on (?:tcp6?|haproxy):.*:(\d+)", self.log)
        ]

    @property
    def log(self) -> str:
        """The log so far."""
        return "".join(self._logged)

    @property
    def address(self) -> str:
        """The address for the client."""
        return f"127.0.0.1:{self.ports[0]}"

    @property
    def secure_address(self) -> str:
        """The address for the client with TLS."""
        return f"127.0.0.1:{re.findall(r'Listening on ssl:.*:([0-9]+)', self.log)[0]}"

    @property
    def page_port(self) -> int:
        """The port that serves nothing but the page, with --web."""
        return int(re.findall(r"The page is on .*:([0-9]+)", self.log)[0])

    @property
    def ssh_port(self) -> int:
        """The port that takes nothing but SSH, with --ssh."""
        return int(re.findall(r"SSH is on .*:([0-9]+)", self.log)[0])

    def wait_for_log(self, words: str) -> str:
        """Return the next line of the log that contains `words`."""
        for line in self._lines():
            if words in line:
                return line
        raise AssertionError(f"the server ended without {words!r}:\n{self.log}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, wait for the end and return the exit code; the log is complete then."""
        self.process.send_signal(number)
        for _ in self._lines():
            pass
        return self.process.wait(PATIENCE)

    def guest(self, name: str = "") -> Guest:
        """Return a connected guest, who is in the lobby if `name` is given."""
        return Guest(socket.create_connection(("127.0.0.1", self.ports[0]), PATIENCE), name)

    def cpu_seconds(self) -> float:
        """Return the CPU time that the process has used so far, in user space and in the kernel."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _lines(self) -> Iterator[str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._logged.append(line)
            yield line


class Guest:
    """A guest on a real socket."""

    def __init__(self, connection: socket.socket, name: str = "") -> None:
        connection.settimeout(PATIENCE)
        self.socket = connection
        self.address: tuple[str, int] = connection.getsockname()
        self._buffer = b""
        self.prompt = self.read_until(b": ")
        if name:
            self.say(name)
            assert self.line() == "Welcome to chat room. Enter 'exit' anytime to exit"

    def say(self, line: str) -> None:
        self.socket.sendall(f"{line}\n".encode())

    def line(self) -> str:
        """Return the next line."""
        return self.read_until(b"\n").decode().removesuffix("\n")

    def read_until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError(f"the server closed behind {self._buffer!r}")
            self._buffer += data
        read, _, self._buffer = self._buffer.partition(end)
        return read + end

    def rest(self) -> str:
        """Return all data until the server closes."""
        while data := self.socket.recv(65536):
            self._buffer += data
        return self._buffer.decode()

    def __enter__(self) -> Guest:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
