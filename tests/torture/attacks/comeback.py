"""The server stops and starts again, and a thousand clients reconnect and resume."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any
from uuid import UUID

from netchat.client.connection.retry import backoff_delay, requested_delay
from netchat.model.disconnects import SHUTDOWN
from tests.support.processes import PATIENCE
from tests.torture.checked_clients import CheckedClient, Ledger
from tests.torture.checked_irc_client import CheckedIrcClient
from tests.torture.event_loop import EventLoop
from tests.torture.figures import Figure, all_zero, at_most, exactly, reported
from tests.torture.server_process import ServerProcess, stored

A_TENTH = 0.1
SPREAD = 0.25
"""The share of the clients that may reconnect in one tenth of a second.

If they were spread evenly over a second, it would be 0.1.
"""
LOOPBACK = "127.0.0.1"


def run(  # noqa: PLR0913 - each has a name
    directory: Path,
    rng: Random,
    *,
    clients: int,
    pace: float,
    stop: float,
    back: float,
    dialect: str = "json",
) -> list[Figure]:
    """Stop the server, which may take `stop` seconds, and start it again.

    After `back` seconds all clients must have resumed. Together they say `pace` lines a second.
    """
    returning = _ReturningClients(rng, pace, dialect)
    with returning.loop:
        with ServerProcess(cwd=directory) as server:
            returning.connect_all(server.port, clients)
            returning.run_until(lambda: monotonic() > returning.began + 2.0, "two seconds", 20)
            before = len(returning.ledger.acknowledged)
            begin = monotonic()
            server.process.send_signal(signal.SIGTERM)
            returning.run_until(
                lambda: server.process.poll() is not None, "the end of the server", 20
            )
            stopped = monotonic() - begin
            code = server.stop()
            log = server.log
        again = _StartingServer(directory, returning.port)
        returning.run_until(lambda: again.done, "the start of the server", 20)
        with again.server as server:
            returning.run_until(
                lambda: returning.all_in, "the resume of all clients", 3 * back + 10
            )
            took = monotonic() - begin
            returning.stop_talking()
            rows = stored(directory)
            server.stop()
    reasons = Counter(client.reasons[0] for client in returning.clients if client.reasons)
    return [
        reported("clients, lines acknowledged before", f"{clients}, {before}"),
        exactly("exit code", 0, code),
        exactly("bugs in the log", 0, log.count("Traceback")),
        at_most("the server ended after", stop, stopped, "s"),
        exactly("reasons given to the clients", {"shutdown": clients}, dict(reasons)),
        at_most("all clients had resumed after", back, took, "s"),
        reported("attempts to connect until then", len(returning.attempts)),
        at_most(
            "attempts in any tenth of a second",
            clients * SPREAD,
            _most(returning.attempts),
            "clients",
        ),
        *all_zero(returning.ledger.compare(rows)),
        *(reported("one of these faults", fault) for fault in returning.ledger.faults[:3]),
    ]


class _Returning:
    """A client that reconnects after the same random delays as netchat's own client."""

    returning: _ReturningClients
    name: str
    waiting: dict[str, str]
    entered: bool
    last: int
    said: int

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self._retry = 0.0
        self._failures = 0

    def log_in(self, port: int) -> None:
        """Log in over a new connection."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """Say one line."""
        raise NotImplementedError

    def record_reason(self, reason: str, retry: float = 0.0) -> None:
        """Record why the server closes, and when the client may come back."""
        self.reasons.append(reason)
        self._retry = retry

    def came_in(self) -> None:
        """Called when the client is logged in."""
        self._failures = 0

    def try_again(self) -> None:
        """Plan to reconnect after a random delay."""
        self._failures += 1
        retry, self._retry = self._retry, 0.0
        chance = self.returning.rng.random()
        self.returning.plan(
            self, requested_delay(retry, chance) if retry else backoff_delay(self._failures, chance)
        )

    def try_now(self, port: int) -> None:
        """Reconnect now; if no server listens, plan another try."""
        try:
            self.log_in(port)
        except ConnectionError:
            self.try_again()


class _ReturningJsonClient(CheckedClient, _Returning):
    """Uses JSON lines."""

    def __init__(self, returning: _ReturningClients, name: str) -> None:
        client = str(UUID(int=returning.rng.getrandbits(128), version=4))
        CheckedClient.__init__(self, returning.loop, returning.ledger, name, client=client)
        _Returning.__init__(self)
        self.returning = returning

    def handle_event(self, event: dict[str, Any]) -> None:
        """Record the reason why the server closes, and its `retry`."""
        super().handle_event(event)
        if event["type"] == "closing":
            self.record_reason(event["reason"], event["retry"] or 0.0)
        elif event["type"] == "entered":
            self.came_in()

    def lost(self) -> None:
        """Plan to reconnect."""
        super().lost()
        self.try_again()


class _ReturningIrcClient(CheckedIrcClient, _Returning):
    """Uses IRC."""

    def __init__(self, returning: _ReturningClients, name: str) -> None:
        CheckedIrcClient.__init__(self, returning.loop, returning.ledger, name)
        _Returning.__init__(self)
        self.returning = returning

    def told(self, text: str) -> None:
        """Record why the server closes; IRC has no `retry`, so it is as long as in JSON lines."""
        reason = "shutdown" if text == SHUTDOWN.message else text
        self.record_reason(reason, SHUTDOWN.retry or 0.0)

    def came_in(self) -> None:
        """Called when the client is logged in."""
        _Returning.came_in(self)

    def lost(self) -> None:
        """Plan to reconnect."""
        super().lost()
        self.try_again()


_CLIENTS: dict[str, Callable[[_ReturningClients, str], _Returning]] = {
    "json": _ReturningJsonClient,
    "irc": _ReturningIrcClient,
}


class _ReturningClients:
    """All clients, in the lobby; a random one says the next line."""

    def __init__(self, rng: Random, pace: float, dialect: str) -> None:
        self.loop = EventLoop()
        self.ledger = Ledger()
        self.rng = rng
        self.clients: list[_Returning] = []
        self.attempts: list[float] = []
        self.port = 0
        self.began = 0.0
        self._kind = _CLIENTS[dialect]
        self._pace = pace
        self._plans: list[tuple[float, int, _Returning]] = []
        self._count = count()
        self._next = 0.0

    @property
    def all_in(self) -> bool:
        """Whether all are logged in, all lines are acknowledged, and no client is far behind."""
        return all(client.entered and not client.waiting for client in self.clients) and self._level

    @property
    def _level(self) -> bool:
        # The newest lines may not have reached all clients yet.
        last = [client.last for client in self.clients]
        return max(last) - min(last) <= self._pace

    def connect_all(self, port: int, clients: int) -> None:
        """Connect so many clients for the first time."""
        self.port = port
        for number in range(clients):
            self.clients.append(self._kind(self, f"guest{number}"))
            self.clients[-1].log_in(port)
            self.loop.run_once(0)
        self.loop.run_until(lambda: all(g.entered for g in self.clients), "all logins")
        self.began = self._next = monotonic()

    def plan(self, client: _Returning, seconds: float) -> None:
        """Let `client` reconnect after so many seconds."""
        heappush(self._plans, (monotonic() + seconds, next(self._count), client))

    def run_until(self, until: Any, what: str, seconds: float) -> None:
        """Serve all clients until `until()` is true, which takes about `seconds`.

        Raises AssertionError, with `what` in its text, PATIENCE seconds after that.
        """
        seconds += PATIENCE
        end = monotonic() + seconds
        while not until():
            now = monotonic()
            assert now < end, f"not reached after {seconds:g} s: {what}"
            while self._plans and self._plans[0][0] <= now:
                planned, _, client = heappop(self._plans)
                self.attempts.append(planned)
                client.try_now(self.port)
            if self._next <= now:
                self._next = max(self._next + 1 / self._pace, now)
                speaker = self.rng.choice(self.clients)
                if speaker.entered:
                    speaker.say(f"{speaker.name} {speaker.said}")
            self.loop.run_once(0.005)

    def stop_talking(self) -> None:
        """Say no further lines, and wait until all clients have received all lines."""
        self.loop.run_until(
            lambda: (
                not any(client.waiting for client in self.clients)
                and len({client.last for client in self.clients}) == 1
            ),
            "delivery of all lines",
        )


class _StartingServer:
    """Starts a server in a thread, so that the clients go on meanwhile."""

    def __init__(self, directory: Path, port: int) -> None:
        self._servers: list[ServerProcess] = []
        self._listen = f"tcp:{port}:interface={LOOPBACK}"
        self._directory = directory
        self._thread = threading.Thread(target=self._start)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether the start has ended, with success or not."""
        return not self._thread.is_alive()

    @property
    def server(self) -> ServerProcess:
        """The started server."""
        self._thread.join()
        (server,) = self._servers
        return server

    def _start(self) -> None:
        self._servers.append(ServerProcess("--listen", self._listen, cwd=self._directory))


def _most(times: list[float]) -> int:
    tenths = Counter(int(time / A_TENTH) for time in times)
    return max(tenths.values(), default=0)
