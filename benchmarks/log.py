"""How fast two servers append to the shared log: python -m benchmarks.log URL.

The URL is that of an empty database of PostgreSQL. Each server is a process. With one batch in
flight, the time is measured until its own server has heard it, and until the other one has.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from statistics import quantiles

from twisted.internet import reactor

from netchat.log.interface import Entry, LogError
from netchat.log.postgres.log import PostgresLog
from netchat.log.postgres.target import parse_target
from netchat.threads.background import run_in_background
from netchat.threads.worker import ThreadWorker

ALONE = 3000
"""Batches that are said one after the other."""

SECONDS = 5.0
"""For which both servers have `IN_FLIGHT` batches in flight."""

IN_FLIGHT = 64
LINE = b"x" * 200


def make_log(url: str) -> PostgresLog:
    """Return a log that is not open yet."""
    deliver = reactor.callFromThread  # type: ignore[attr-defined]
    target = parse_target(url)
    return PostgresLog(target, clock=reactor, worker=ThreadWorker(deliver), deliver=deliver)


class Speaker:
    """A server that appends `limit` batches, or for some seconds, with some of them in flight."""

    def __init__(self, url: str, in_flight: int, limit: int) -> None:
        self._in_flight = in_flight
        self._limit = limit
        self._sent = 0
        self._own: list[float] = []
        self._others: list[float] = []
        # What another run has left is not read.
        last = make_log(url).open("", 0).last
        self._log = make_log(url)
        self._incarnation = self._log.open("", last).incarnation
        self._end = float("inf")

    def run(self) -> None:
        """Speak, once a line comes on the standard input; write the figures in one line."""
        self._log.follow(self)
        run_in_background(self._wait, "standard input")
        reactor.run()

    def _wait(self) -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        self._call(self._begin)
        sys.stdin.readline()
        self._call(partial(self._log.close, self._closed))

    def _call(self, call: Callable[[], None]) -> None:
        reactor.callFromThread(call)  # type: ignore[attr-defined]

    def _begin(self) -> None:
        self._begun = time.monotonic()
        self._end = self._begun + SECONDS
        for _ in range(self._in_flight):
            self._say()

    def _say(self) -> None:
        if self._sent < self._limit and time.monotonic() < self._end:
            self._sent += 1
            now = str(time.monotonic_ns()).encode()
            self._log.append(self._sent, now + b" " + LINE)

    def heard(self, entries: Sequence[Entry]) -> None:
        """Measure, and go on."""
        now = time.monotonic_ns()
        for entry in entries:
            taken = (now - int(entry.payload.split()[0])) / 1e6
            if entry.incarnation == self._incarnation:
                self._own.append(taken)
                self._last = now / 1e9
                self._say()
            else:
                self._others.append(taken)

    def refused(self, batch: int, why: str) -> None:
        """Stop."""
        raise SystemExit(f"{batch}: {why}")

    def buried(self) -> None:
        """Stop."""
        raise SystemExit("buried")

    def failed(self, error: LogError) -> None:
        """Stop."""
        raise SystemExit(str(error))

    def _closed(self) -> None:
        seconds = self._last - self._begun if self._own else 1.0
        figures = {"rate": len(self._own) / seconds, "own": self._own, "others": self._others}
        sys.stdout.write(json.dumps(figures) + "\n")
        reactor.stop()


def play(url: str, *speakers: tuple[int, int]) -> list[dict[str, list[float]]]:
    """Return the figures of servers with so many batches in flight, and at most so many."""
    running = [
        subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "benchmarks.log", url, str(in_flight), str(limit)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for in_flight, limit in speakers
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("begin\n")
        process.stdin.flush()
    time.sleep(SECONDS + 1)
    return [json.loads(process.communicate("end\n")[0]) for process in running]


def percentiles(times: list[float]) -> str:
    """Return the median and the 99th percentile of milliseconds."""
    cut = quantiles(times, n=100)
    return f"p50 {cut[49]:.2f} ms, p99 {cut[98]:.2f} ms"


def main(url: str) -> None:
    """Measure, and print."""
    one, other = play(url, (1, ALONE), (0, 0))
    print("one in flight, own server:  ", percentiles(one["own"]))
    print("one in flight, other server:", percentiles(other["others"]))
    figures = play(url, (IN_FLIGHT, 1 << 30), (IN_FLIGHT, 1 << 30))
    rates = " + ".join(f"{figure['rate']:,.0f}" for figure in figures)
    print(
        f"{IN_FLIGHT} in flight, both servers: {rates} batches/s,", percentiles(figures[0]["own"])
    )


if __name__ == "__main__":
    if len(sys.argv) == 2:
        main(sys.argv[1])
    else:
        Speaker(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])).run()
