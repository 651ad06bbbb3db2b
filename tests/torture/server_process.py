"""A real server process, its memory and descriptors, and the content of its journal file."""

from __future__ import annotations

import socket
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec

from tests.support.processes import PATIENCE, Server

FILE = "journal.sqlite"
_ID = (1 << 40) - 1


class ServerProcess(Server):
    """A server process; a thread reads its log all the time.

    `ready` is the seconds from the start of the process to the first answered ping.
    """

    def __init__(
        self, *arguments: str, cwd: Path, command: tuple[str, ...] = ("twistd",), **env: str
    ) -> None:
        begin = monotonic()
        self.log_times: list[float] = []
        """The time of each line of the log after "SERVER WORKING"."""
        command = (*command, "--nodaemon", "--pidfile=")
        super().__init__(*arguments, cwd=cwd, command=command, **env)
        self.pid = self.process.pid
        self.port = self.ports[0]
        self._drain = threading.Thread(target=self._read_log, daemon=True)
        self._drain.start()
        self.ping()
        self.ready = monotonic() - begin

    def ping(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """Send a ping over a new connection, and return the answer."""
        return ask(self.port, {"type": "ping"}, seconds=seconds)

    def kill(self) -> None:
        """End the process with kill -9."""
        self.process.kill()
        self._gone()

    def stop(self, number: int = 15) -> int:
        """Send a signal, read the log to its end, and return the exit code."""
        self.process.send_signal(number)
        return self._gone()

    def memory(self, field: str = "VmRSS") -> float:
        """Return the resident memory in MiB; with `VmHWM`, its peak."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        (line,) = (line for line in status.splitlines() if line.startswith(f"{field}:"))
        return int(line.split()[1]) / 1024

    def reset_peak_memory(self) -> None:
        """Reset `VmHWM` to the current resident memory (proc(5), clear_refs)."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5", encoding="ascii")

    @property
    def descriptors(self) -> int:
        """The number of open file descriptors."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self._gone()

    def _gone(self) -> int:
        code = self.process.wait(PATIENCE)
        self._drain.join(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def _read_log(self) -> None:
        for _ in self._lines():
            self.log_times.append(monotonic())


def ask(port: int, request: dict[str, Any], *, seconds: float = PATIENCE) -> dict[str, Any]:
    """Send a request that needs no login over a new connection; return the first event."""
    with socket.create_connection(("127.0.0.1", port), seconds) as connection:
        connection.sendall(msgspec.json.encode(request) + b"\n")
        received = b""
        while not received.endswith(b"\n"):
            data = connection.recv(65536)
            assert data, f"the server closed after {received!r}"
            received += data
    answer: dict[str, Any] = msgspec.json.decode(received.removeprefix(b"Enter username: "))
    return answer


def stored(cwd: Path, room: str = "lobby") -> list[tuple[int, str]]:
    """Return id and text of each row of `room` in the journal file, in the order of the ids."""
    return [(id, text.decode()) for id, text in stored_bytes(cwd, room)]


def stored_bytes(cwd: Path, room: str = "lobby") -> list[tuple[int, bytes]]:
    """Return id and text of each row, with the text as the bytes in the file."""
    return [(id, text) for id, text, _ in _rows(cwd, room)]


def dates(cwd: Path, room: str = "lobby") -> list[int]:
    """Return the times of the lines of `room` in milliseconds, in the order of the ids."""
    return [time for _, _, time in _rows(cwd, room)]


def _rows(cwd: Path, room: str) -> list[tuple[int, bytes, int]]:
    query = """SELECT key & ?, CAST(text AS BLOB), time FROM lines
        WHERE key >> 40 = (SELECT number FROM rooms WHERE name = ?) ORDER BY key"""
    path = (cwd / "data" / FILE).absolute()
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(query, (_ID, room)).fetchall()
