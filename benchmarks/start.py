"""`python -m benchmarks.start`: how long the client takes until one can type, and its memory.

Each round starts, one after the other, a Python that imports Twisted's reactor and prompt_toolkit
and nothing else, and, each on a terminal with an empty home and without a server, netchat's client,
weechat and irssi. It measures when the import has ended, when the first question or the prompt is
on the screen, and when a key is shown that was typed then; and the time of the processor, which
depends less on what else runs. A client that is not installed is left out. Exit code 1 if the
median of netchat is more than 1.3 times that of the import.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from dataclasses import astuple
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clients import IRSSI, NETCHAT, WEECHAT, Client, Start, processor_time, start
from benchmarks.rounds import rotated
from tests.support.client_processes import environment

MOST = 1.3
"""How many times the time of the import the client may take."""
_IMPORT = "from twisted.internet import reactor; import prompt_toolkit"


def main() -> int:
    """Print the figures of each round, the medians and the ratios; return the exit code."""
    parser = argparse.ArgumentParser(prog="start", description=__doc__)
    parser.add_argument("rounds", nargs="?", type=int, default=15)
    rounds = parser.parse_args().rounds
    clients = [NETCHAT]
    for other in (WEECHAT, IRSSI):
        if other.missing():
            print(other.missing())
        else:
            clients.append(other)
    with TemporaryDirectory(prefix="netchat-start-") as directory:
        # The first start compiles the modules.
        start(NETCHAT, Path(directory, "compiled"))
        played = [_play(clients, Path(directory, str(number)), number) for number in range(rounds)]
    loaded = statistics.median(time for time, _ in played)
    print(f"median: import {loaded:.3f} s")
    medians = {client: _median([starts[client] for _, starts in played]) for client in clients}
    for client, figures in medians.items():
        print(f"median: {client.name}: {figures}")
    print(comparison(loaded, {client.name: figures for client, figures in medians.items()}))
    return int(medians[NETCHAT].ready > MOST * loaded)


def comparison(loaded: float, medians: dict[str, Start]) -> str:
    """Return the ratios of netchat to the import, which took `loaded` seconds, and to others."""
    ours = medians[NETCHAT.name]
    ratios = [f"netchat: key shown after {ours.ready / loaded:.2f} times the import"]
    for name, other in medians.items():
        if name != NETCHAT.name:
            ratios.append(
                f"netchat / {name}: prompt {ours.prompt / other.prompt:.1f}, "
                f"key shown {ours.ready / other.ready:.1f}, "
                f"processor {ours.processor / other.processor:.1f}, "
                f"memory {ours.memory / other.memory:.1f}"
            )
    return "\n".join(ratios)


def _play(clients: list[Client], home: Path, number: int) -> tuple[float, dict[Client, Start]]:
    """Start the import and every client once; begin with another client in each round."""
    loaded = _import(environment(home))
    starts = {}
    for client in rotated(clients, number):
        starts[client] = start(client, home / client.name)
        print(f"{client.name}: {starts[client]}")
    return loaded, starts


def _import(variables: dict[str, str]) -> float:
    begin = time.perf_counter()
    process = os.posix_spawn(sys.executable, [sys.executable, "-c", _IMPORT], variables)
    processor = processor_time(process)
    loaded = time.perf_counter() - begin
    print(f"import: {loaded:.3f} s (processor {processor:.3f} s)")
    return loaded


def _median(starts: list[Start]) -> Start:
    return Start(*map(statistics.median, zip(*map(astuple, starts), strict=True)))


if __name__ == "__main__":
    sys.exit(main())
