"""A client exceeds the rate limit: its further lines are delayed, and none is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, NamedTuple

from tests.torture.attacks.attack_process import AttackProcess
from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.event_loop import connect
from tests.torture.figures import Figure, at_most, exactly, reported


class Flood(NamedTuple):
    """How a client of a dialect joins the lobby, says a line there, and leaves."""

    log_in: Callable[[RawConnection, str], object]
    line: str
    end: str


FLOODS = {
    "text": Flood(RawConnection.greet, "{}\n", "exit\n"),
    "json": Flood(
        RawConnection.hello,
        '{{"type":"say","room":"lobby","text":"{0}","nonce":"{0}"}}\n',
        '{"type":"bye"}\n',
    ),
    "irc": Flood(
        lambda connection, name: connection.register(name, "lobby"),
        "PRIVMSG #lobby :{}\r\n",
        "QUIT\r\n",
    ),
}
SLACK = 0.3
"""Seconds that lines may be early, since a token of the rate limit may be a little old."""


def run(  # noqa: PLR0913 - each has a name
    directory: Path, rng: Random, *, burst: int, rate: float, lines: int, timeout: float,
    late: float, size: Size,
) -> list[Figure]:  # fmt: skip
    """Say `lines` lines at once, in each dialect; then exceed the limit without a break.

    The server disconnects the client after `timeout` seconds of that. `late` is the seconds of
    additional delay allowed everywhere.
    """
    limits = {"burst": burst, "rate": rate, "flood-timeout": timeout}
    options = [part for name, value in limits.items() for part in (f"--{name}", str(value))]
    with AttackedServer(directory, rng, *options) as target:
        target.measure_baseline(size.baseline)
        due = (lines - burst) / rate
        figures = []
        for dialect in FLOODS:
            with target.start_attack(
                say_at_once, port=target.port, dialect=dialect, lines=lines
            ) as process:
                times, in_order = delivery_times(
                    target, process, dialect, lines, seconds=due + late + 10
                )
            at_once = sum(time < times[0] + SLACK for time in times)
            figures += [
                reported(f"{dialect}: lines said at once", lines),
                exactly(
                    "received by another client, in order", (lines, True), (len(times), in_order)
                ),
                at_most("of them received at once", burst + rate * SLACK + 1, at_once, "lines"),
                exactly(
                    f"the last one not before {due:g} s", True, times[-1] - times[0] > due - SLACK
                ),
                at_most("but within", due + late, times[-1] - times[0], "s"),
            ]
        with target.start_attack(
            never_stop, port=target.port, patience=timeout + late + 20
        ) as process:
            result = target.wait_for_end(process, timeout + late + 40)
        return [
            *figures,
            reported("clients that did not stop", f"{result['clients']}"),
            exactly("closed because of", ["flood"] * len(result["reasons"]), result["reasons"]),
            exactly(f"not before {timeout:g} s", True, result["first"] > timeout - SLACK),
            at_most("but within", timeout + late, result["last"], "s"),
            *target.finish(size),
        ]


def delivery_times(  # noqa: PLR0913 - each has a name
    target: AttackedServer,
    process: AttackProcess,
    dialect: str,
    lines: int,
    *,
    seconds: float,
    meanwhile: Callable[[], bool] = lambda: False,
) -> tuple[list[float], bool]:
    """Return the time at which each line of the attack was delivered, and whether in order.

    `meanwhile` is called often until then.
    """
    times: list[float] = []
    received: list[str] = []
    word = f": fast {dialect} ".encode()

    def on_data(data: bytes) -> None:
        new = [part.partition(b"\n")[0].decode() for part in data.split(word)[1:]]
        received.extend(new)
        times.extend([monotonic()] * len(new))

    listener = connect(target.loop, target.port, on_data, lambda: None)
    listener.send(f"listener{len(target.others.delays)}\n".encode())
    target.run_for(0.3)
    process.go()
    target.run_until(lambda: meanwhile() or len(received) >= lines, f"{lines} lines", seconds)
    target.wait_for_end(process, seconds)
    listener.close()
    return times, received == [str(number) for number in range(lines)]


def say_at_once(controller: Controller, *, port: int, dialect: str, lines: int) -> str:
    """On `go`, say so many lines in one write; stay until all are acknowledged."""
    connection = RawConnection(port)
    flood = FLOODS[dialect]
    flood.log_in(connection, f"fast-{dialect}")
    said = [flood.line.format(f"fast {dialect} {number}") for number in range(lines)]
    while not controller.wait_for_go(30):
        pass
    connection.send("".join([*said, flood.end]).encode())
    return connection.rest().decode()[-200:]


def never_stop(_: Controller, *, port: int, patience: float) -> dict[str, Any]:
    """Say lines without a break in each dialect; return when and why each connection was closed."""
    connections = {dialect: RawConnection(port) for dialect in FLOODS}
    says = {}
    for dialect, flood in FLOODS.items():
        flood.log_in(connections[dialect], f"endless-{dialect}")
        line = flood.line.format("never").encode()
        says[dialect] = line * (2400 // len(line))
    begin = monotonic()
    received = dict.fromkeys(connections, b"")
    ends: dict[str, float] = {}
    for connection in connections.values():
        connection.socket.settimeout(0.01)
    while len(ends) < len(connections) and monotonic() < begin + patience:
        for dialect, connection in connections.items():
            if dialect not in ends:
                connection.push(says[dialect])
                data = connection.pull()
                if data is not None:
                    received[dialect] = (received[dialect] + data)[-2000:]
                    if not data:
                        ends[dialect] = monotonic() - begin
    return {
        "clients": len(connections),
        "reasons": [_reason(text) for text in received.values()],
        "first": min(ends.values(), default=0.0),
        "last": max(ends.values(), default=patience),
    }


def _reason(received: bytes) -> str:
    last = received.rstrip().rpartition(b"\n")[2].decode(errors="replace")
    told = '"reason":"flood"' in last or last.startswith("! ") or " ERROR " in last
    return "flood" if told else last[-80:]
