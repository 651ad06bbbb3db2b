"""What the log of a site costs: python -m benchmarks.cluster URL.

The URL is that of an empty database of PostgreSQL. A server alone is compared with servers of a
site, on this machine: the time until a line is acknowledged and until it is heard on the other
server, with one line in flight, and the CPU time of the servers per delivered line.
"""

from __future__ import annotations

import json
import os
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

LINES = 1000
"""Said one after the other."""
GUESTS = 200
"""Who read, spread over the servers."""
BURST, BURSTS = 20, 50
"""Lines that are said at once, and how often."""


class Server:
    """A server process with these further options."""

    def __init__(self, data: Path, *options: str) -> None:
        twistd = Path(sys.executable).parent / "twistd"
        command = [str(twistd), "-n", "--pidfile=", "netchat", "--data", str(data), "--no-web"]
        command += ["--listen", "tcp:0:interface=127.0.0.1", "--rate", "0", *options]
        self._process = subprocess.Popen(  # noqa: S603
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout is not None
        seen = ""
        for line in self._process.stdout:
            seen += line
            if "SERVER WORKING" in line:
                break
        found = re.search(r"Listening on tcp:.*:(\d+)", seen)
        if found is None:
            raise SystemExit(f"netchat: the server does not start:\n{seen}")
        self.port = int(found[1])

    def cpu(self) -> float:
        """Return the CPU time used so far, in seconds."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()


class Guest:
    """A program in the lobby."""

    def __init__(self, server: Server, name: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self._send(type="hello", name=name)
        self.wait_for(b'"type":"entered"')

    def say(self, text: str) -> None:
        """Say a line."""
        self._send(type="say", room="lobby", text=text)

    def wait_for(self, words: bytes) -> None:
        """Read up to the line with `words`."""
        while words not in self._buffer:
            data = self.socket.recv(1 << 18)
            if not data:
                raise SystemExit(f"netchat: the server closed behind {self._buffer!r}")
            self._buffer += data
        self._buffer = self._buffer.partition(words)[2].partition(b"\n")[2]

    def _send(self, **request: str) -> None:
        self.socket.sendall(json.dumps(request).encode() + b"\n")


def latencies(speaker: Guest, other: Guest) -> tuple[str, str]:
    """Return the times until a line is acknowledged, and until `other` hears it."""
    own: list[float] = []
    heard: list[float] = []
    for number in range(LINES):
        begin = time.monotonic()
        words = f'"text":"line {number}."'.encode()
        speaker.say(f"line {number}.")
        with selectors.DefaultSelector() as selector:
            for guest, times in ((speaker, own), (other, heard)):
                selector.register(guest.socket, selectors.EVENT_READ, (guest, times))
            while selector.get_map():
                for key, _ in selector.select():
                    guest, times = key.data
                    guest.wait_for(words)
                    times.append(time.monotonic() - begin)
                    selector.unregister(key.fileobj)
    return shown(own), shown(heard)


def shown(times: Sequence[float]) -> str:
    """Return p50 and p99 in milliseconds."""
    cuts = quantiles(times, n=100)
    return f"p50 {1000 * cuts[49]:.2f} ms, p99 {1000 * cuts[98]:.2f} ms"


def cpu_per_line(servers: Sequence[Server], speaker: Guest, guests: Sequence[Guest]) -> str:
    """Return the CPU time of all `servers` per line that a guest is sent."""
    before = sum(server.cpu() for server in servers)
    for burst in range(BURSTS):
        for number in range(BURST):
            speaker.say(f"burst {burst} {number}.")
        last = f'"text":"burst {burst} {BURST - 1}."'.encode()
        for guest in guests:
            guest.wait_for(last)
    used = sum(server.cpu() for server in servers) - before
    return f"{1e6 * used / (BURST * BURSTS * len(guests)):.2f} us of CPU per delivered line"


def main() -> int:
    """Measure, and print the figures."""
    if len(sys.argv) != 2:
        raise SystemExit(f"netchat: {__doc__.splitlines()[0]}")
    url = sys.argv[1]
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    for count in (0, 1, 2):
        with ExitStack() as stack:
            place = Path(stack.enter_context(TemporaryDirectory()))
            servers = [
                stack.enter_context(
                    Server(
                        place / str(number),
                        *(["--cluster", url, "--cluster-name", f"bench{number}"] if count else []),
                    )
                )
                for number in range(max(1, count))
            ]
            speaker, other = Guest(servers[0], "speaker"), Guest(servers[-1], "other")
            name = ["alone", "one server with the log", "two servers"][count]
            own, heard = latencies(speaker, other)
            print(f"{name}: acknowledged {own}; heard by another guest {heard}")
            guests = [Guest(servers[n % len(servers)], f"guest{n}") for n in range(GUESTS)]
            print(f"{name}: {cpu_per_line(servers, speaker, [*guests, speaker, other])}")
            for guest in (*guests, speaker, other):
                guest.socket.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
