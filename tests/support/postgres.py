"""A real PostgreSQL for tests: a server of its own in a temporary folder, on a Unix socket."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.support.needs import missing, postgres_programs
from tests.support.processes import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

PORT = 5432
"""It names the socket in the folder; PostgreSQL opens no port."""

_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "log_min_messages": "fatal",
}
_names = (f"chat{number}" for number in count(1))


class Postgres:
    """PostgreSQL's server. It does not run as root, so as root it runs as the user postgres."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="netchat-postgres-"))
        self.data = self.folder / "data"
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
        given = {**_SETTINGS, "unix_socket_directories": str(self.folder), **settings}
        options = " ".join(f"-c {name}='{value}'" for name, value in given.items())
        log = str(self.folder / "log")
        self.do("pg_ctl", "-D", str(self.data), "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Stop it, without waiting for who is connected."""
        self.do("pg_ctl", "-D", str(self.data), "-w", "-m", "immediate", "stop")

    def kill(self) -> None:
        """Kill it, as a failure of the power would."""
        os.kill(self.pid, signal.SIGKILL)

    def freeze(self) -> None:
        """Let its processes stand still, but for those of the kernel."""
        for pid in self._processes():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        for pid in self._processes():
            os.kill(pid, signal.SIGCONT)

    @property
    def pid(self) -> int:
        """The number of its first process."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    @property
    def socket(self) -> str:
        """The path of its socket."""
        return str(self.folder / f".s.PGSQL.{PORT}")

    def remove(self) -> None:
        """Stop it, if it runs, and delete it."""
        if (self.data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder)

    def url(self, database: str) -> str:
        """Return the URL of `database` on the socket."""
        return f"postgresql://netchat@/{database}?host={self.folder}"

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
        programs = postgres_programs()
        assert programs is not None
        user = () if os.geteuid() else ("setpriv", "--reuid=postgres", "--regid=postgres")
        groups = () if os.geteuid() else ("--clear-groups",)
        done = subprocess.run(
            [*user, *groups, programs / program, *arguments],
            cwd=self.folder,
            # A pipe would be held open by the server that pg_ctl leaves behind.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        )
        log = self.folder / "log"
        assert done.returncode == 0, log.read_text()[-2000:] if log.exists() else program

    def _processes(self) -> list[int]:
        first = self.pid
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
