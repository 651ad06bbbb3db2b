"""Three server processes that share the log on a real PostgreSQL, each behind relays of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from netchat.admin.compare import position_of
from netchat.admin.stored import journal_in
from tests.support.checkout import CHECKOUT
from tests.support.postgres_pair import PostgresPair
from tests.support.processes import PATIENCE
from tests.support.relay import Relay
from tests.torture.cluster.diary import Diary
from tests.torture.server_process import ServerProcess, ask

SERVERS = 3
_TRIES = 100


class SiteProcess:
    """The server called `name`, which reaches each place of `pair` through a relay."""

    def __init__(self, directory: Path, name: str, pair: PostgresPair, database: str) -> None:
        self.directory = directory / name
        self.directory.mkdir()
        self.name = name
        self.starts = 0
        self._guests = 0
        self.answer = ""
        """What the last one who tried to log in was told."""
        self.relays = [Relay("") for _ in pair.places]
        self.server: ServerProcess | None = None
        self._pair = pair
        self._database = database
        self.lead()

    @property
    def data(self) -> Path:
        """The directory of its journal."""
        return self.directory / "data"

    @property
    def port(self) -> int:
        """Where guests find it; 0: nowhere."""
        server = self.server
        return server.port if server is not None else 0

    @property
    def ended(self) -> bool:
        """Whether there is no process."""
        return self.server is None or self.server.process.poll() is not None

    def lead(self) -> None:
        """Let the relays lead to where PostgreSQL is now."""
        for relay, place in zip(self.relays, self._pair.places, strict=True):
            relay.target = place.socket if place is not None else "/nowhere"

    def start(self) -> None:
        """Start it, again and again while the log cannot be reached."""
        hosts = ",".join(f"127.0.0.1:{relay.port}" for relay in self.relays)
        url = f"postgresql://netchat@{hosts}/{self._database}"
        options = ["--cluster", url, "--cluster-name", self.name]
        options += ["--max-renames", "0", "--join-rate", "0", "--max-rooms", "0", "--no-web"]
        said = ""
        for _ in range(_TRIES):
            try:
                self.server = ServerProcess(*options, cwd=self.directory)
            except AssertionError as error:
                # It says so in one sentence, and ends.
                said = str(error)
                if "The log on" not in said:
                    raise
            else:
                self.starts += 1
                return
        raise AssertionError(f"{self.name} does not start: {said}")

    def takes_guests(self) -> bool:
        """Return whether somebody can log in, which needs the log."""
        self._guests += 1
        hello = {"type": "hello", "name": f"probe.{self.name}.{self._guests}", "rooms": []}
        try:
            self.answer = str(ask(self.port, hello, seconds=5))
        except (AssertionError, OSError) as error:
            self.answer = str(error)
        return "'welcome'" in self.answer

    def kill(self) -> None:
        """End it with kill -9, if it has not ended by itself."""
        server, self.server = self.server, None
        if server is not None:
            server.__exit__()
            (self.directory / f"log.{self.starts}").write_text(server.log, encoding="utf-8")

    def send_signal(self, number: int) -> None:
        """Send the process a signal."""
        assert self.server is not None
        self.server.process.send_signal(number)

    def close(self) -> None:
        """End all of it."""
        self.kill()
        for relay in self.relays:
            relay.close()


class SiteOfProcesses:
    """All servers of a site, and PostgreSQL with its standby."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.diary = Diary(directory / "diary")
        self.pair = PostgresPair()
        database = self.pair.primary.new_database()
        self.servers = [
            SiteProcess(directory, f"server{number}", self.pair, database)
            for number in range(1, SERVERS + 1)
        ]

    def ports(self) -> list[int]:
        """Return where guests find those that run."""
        return [port for server in self.servers if (port := server.port)]

    def freeze_alike(self) -> bool:
        """Stop all servers where each has taken the log up to the same entry, if they are there."""
        for server in self.servers:
            server.send_signal(signal.SIGSTOP)
        if len({position_of(journal_in(server.data)) for server in self.servers}) == 1:
            return True
        for server in self.servers:
            server.send_signal(signal.SIGCONT)
        return False

    def differences(self) -> list[str]:
        """Return where `netchat verify --against` finds the others different from the first."""
        found = []
        one, *others = self.servers
        for other in others:
            command = [sys.executable, "-m", "netchat", "verify", str(one.data)]
            ended = subprocess.run(
                [*command, "--against", str(other.data)],
                cwd=CHECKOUT,
                capture_output=True,
                text=True,
                timeout=10 * PATIENCE,
                check=False,
            )
            if ended.returncode:
                found.append(f"{one.name}, {other.name}: {ended.stdout}{ended.stderr}")
        return found

    def close(self) -> None:
        """End all of it."""
        for server in self.servers:
            server.close()
        for number, lines in enumerate(self.pair.logs):
            (self.directory / f"postgres.{number}").write_text("".join(lines), encoding="utf-8")
        self.pair.remove()
        self.diary.close()

    def __enter__(self) -> SiteOfProcesses:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
