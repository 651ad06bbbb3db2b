"""A real PostgreSQL for tests: a server of its own in a temporary folder, on a Unix socket."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.support.needs import missing, postgres_programs
from tests.support.processes import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PORT = 5432
"""It names the socket in the folder; PostgreSQL opens no port."""

READY = "ready to accept"
"""What it says once it can be used; a standby accepts read-only connections."""

_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "log_min_messages": "log",
    "log_checkpoints": "off",
}
_names = (f"chat{number}" for number in count(1))


class Postgres:
    """PostgreSQL's server. It does not run as root, so as root it runs as the user postgres."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="netchat-postgres-"))
        self.data = self.folder / "data"
        self.log: list[str] = []
        self.port = PORT
        self._process: subprocess.Popen[str] | None = None
        self._reader = threading.Thread()
        if not os.geteuid():
            shutil.chown(self.folder, "postgres", "postgres")

    @classmethod
    def make(cls) -> Postgres:
        """Return a new one that runs."""
        postgres = cls()
        postgres.do("initdb", "-D", str(postgres.data), "-A", "trust", "-U", "netchat", "-N")
        postgres.start()
        return postgres

    def start(self, **settings: str) -> None:
        """Start it, and wait until it can be used."""
        # What a killed one has left behind keeps its memory until the last process has ended.
        while not self._start_with(settings):
            assert "shared memory block" in self.log[-1] + self.log[-2], self.log

    def start_far(self, host_rule: str, **settings: str) -> int:
        """Start it on a port of the loopback, for what `host_rule` allows; return the port."""
        rules = self.data / "pg_hba.conf"
        rules.write_text(f"local all all trust\n{host_rule}\n", encoding="utf-8")
        while True:
            with socket.create_server(("127.0.0.1", 0)) as found:
                self.port = int(found.getsockname()[1])
            given = {"listen_addresses": "127.0.0.1", "port": str(self.port), **settings}
            if self._start_with(given):
                return self.port
            # Another program was faster.
            assert any("in use" in line for line in self.log), self.log

    def stop(self) -> None:
        """Stop it, without waiting for who is connected."""
        self._end(signal.SIGQUIT)

    def kill(self) -> None:
        """Kill it with all its processes at once, as a failure of the power would.

        If the first process alone is killed, the others live on for a moment, and show each other
        what no standby has.
        """
        self.freeze()
        for pid in self._processes():
            os.kill(pid, signal.SIGKILL)
        self._end(signal.SIGKILL)

    def promote(self) -> None:
        """Make a primary of a standby."""
        self.do("pg_ctl", "-D", str(self.data), "-w", "promote")

    def standby(self) -> Postgres:
        """Return a running copy, which follows."""
        copy = Postgres()
        source = ["-h", str(self.folder), "-U", "netchat", "-D", str(copy.data)]
        copy.do("pg_basebackup", *source, "-R", "-c", "fast", "-N", "-d", "application_name=copy")
        copy.start()
        return copy

    def freeze(self) -> None:
        """Let its processes stand still, but for those of the kernel."""
        first, *_ = self._processes()
        os.kill(first, signal.SIGSTOP)  # From here on it makes no more of them.
        for pid in self._processes():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        for pid in self._processes():
            with suppress(ProcessLookupError):  # The first one buries those that have ended.
                os.kill(pid, signal.SIGCONT)

    @property
    def runs(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def socket(self) -> str:
        """The path of its socket."""
        return str(self.folder / f".s.PGSQL.{self.port}")

    def remove(self) -> None:
        """Stop it, if it runs, and delete it."""
        if self._process is not None:
            self.stop()
        shutil.rmtree(self.folder)

    def url(self, database: str) -> str:
        """Return the URL of `database` on the socket."""
        return f"postgresql://netchat@/{database}?host={self.folder}&port={self.port}"

    def new_database(self) -> str:
        """Make an empty database; return its name."""
        name = next(_names)
        self.ask("postgres", f"CREATE DATABASE {name}")
        return name

    def ask(self, database: str, query: str) -> list[tuple[object, ...]]:
        """Return the rows of `query`."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def do(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs."""
        done = subprocess.run(
            self._command(program, *arguments),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{done.stderr}{''.join(self.log[-20:])}"

    def _command(self, program: str, *arguments: str) -> list[str]:
        programs = postgres_programs()
        assert programs is not None
        user = ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
        # It ends with the process of the tests, even if that is killed.
        ends = ["setpriv", "--pdeathsig=QUIT", *([] if os.geteuid() else user)]
        return [*ends, str(programs / program), *arguments]

    def _start_with(self, settings: Mapping[str, str]) -> bool:
        given = {**_SETTINGS, "unix_socket_directories": str(self.folder), **settings}
        options = [f"--{name}={value}" for name, value in given.items()]
        return self._start("postgres", "-D", str(self.data), *options)

    def _start(self, *command: str) -> bool:
        """Start the server; return whether it has not ended at once."""
        self._process = subprocess.Popen(
            self._command(*command), cwd=self.folder, stderr=subprocess.PIPE, text=True
        )
        started = threading.Event()
        self.log = []
        self._reader = threading.Thread(target=self._read, args=(self._process, started))
        self._reader.start()
        assert started.wait(PATIENCE), self.log
        if any(READY in line for line in self.log):
            return True
        self._end(signal.SIGKILL)
        return False

    def _read(self, process: subprocess.Popen[str], started: threading.Event) -> None:
        """Read what the server says to its end."""
        assert process.stderr is not None
        with process.stderr:
            for line in process.stderr:
                self.log.append(line)
                if READY in line:
                    started.set()
        started.set()

    def _end(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        self._process = None

    def _processes(self) -> list[int]:
        assert self._process is not None
        first = self._process.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL that all tests share; each makes a database."""
    if reason := missing("PostgreSQL"):
        pytest.skip(reason)
    made = Postgres.make()
    yield made
    made.remove()


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A PostgreSQL that a test may kill."""
    if reason := missing("PostgreSQL"):
        pytest.skip(reason)
    made = Postgres.make()
    yield made
    made.remove()
