"""`python -m benchmarks.start`: how long the client takes until one can type, and its memory.

Each round starts, one after the other, a Python that imports Twisted's reactor and prompt_toolkit
and nothing else, and the client on a terminal. It measures when the import has ended, when the
first question stands on the screen, and when the line editor shows a key that was typed then; and
the time of the processor, which depends less on what else runs. Exit code 1 if the median of the
client is more than 1.3 times that of the import.
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import signal
import statistics
import sys
import time
from dataclasses import astuple, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.client_processes import environment

MOST = 1.3
"""How many times the time of the import the client may take."""
_IMPORT = "from twisted.internet import reactor; import prompt_toolkit"
_QUESTION = b"Enter username: "
_KEY = b"Zq"
_PATIENCE = 60.0


@dataclass(frozen=True)
class Figures:
    """One round, or the medians: times in seconds, `memory` in MiB."""

    loaded: float
    loaded_processor: float
    question: float
    ready: float
    ready_processor: float
    memory: float

    def __str__(self) -> str:
        return (
            f"import {self.loaded:.3f} s (processor {self.loaded_processor:.3f} s); "
            f"question {self.question:.3f} s; "
            f"key shown {self.ready:.3f} s (processor {self.ready_processor:.3f} s): "
            f"{self.ready / self.loaded:.2f} times the import "
            f"(processor {self.ready_processor / self.loaded_processor:.2f}); "
            f"{self.memory:.1f} MiB"
        )


def main() -> int:
    """Print the figures of each round and the medians; return the exit code."""
    parser = argparse.ArgumentParser(prog="start", description=__doc__)
    parser.add_argument("rounds", nargs="?", type=int, default=15)
    rounds = parser.parse_args().rounds
    with TemporaryDirectory(prefix="netchat-start-") as directory:
        home = environment(Path(directory))
        # The first start compiles the modules.
        _measure(home)
        figures = []
        for _ in range(rounds):
            figures.append(_measure(home))
            print(figures[-1])
    medians = Figures(*map(statistics.median, zip(*map(astuple, figures), strict=True)))
    print(f"median: {medians}")
    return int(medians.ready > MOST * medians.loaded)


def _measure(home: dict[str, str]) -> Figures:
    begin = time.perf_counter()
    process = os.posix_spawn(sys.executable, [sys.executable, "-c", _IMPORT], home)
    loaded_processor = _processor_time(process)
    loaded = time.perf_counter() - begin
    begin = time.perf_counter()
    process, terminal = pty.fork()
    if process == 0:
        arguments = [sys.executable, "-m", "netchat", "127.0.0.1:1"]
        os.execve(sys.executable, arguments, home)  # noqa: S606 - it needs no shell
    try:
        question = _wait_for(terminal, _QUESTION) - begin
        os.write(terminal, _KEY)
        ready = _wait_for(terminal, _KEY) - begin
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    finally:
        os.kill(process, signal.SIGKILL)
        ready_processor = _processor_time(process)
        os.close(terminal)
    memory = int(status.partition("VmRSS:")[2].split()[0]) / 1024
    return Figures(loaded, loaded_processor, question, ready, ready_processor, memory)


def _processor_time(process: int) -> float:
    """Wait for the end of `process`; return how long it has used a processor, in seconds."""
    _, _, used = os.wait4(process, 0)
    return used.ru_utime + used.ru_stime


def _wait_for(terminal: int, text: bytes) -> float:
    """Read until `text` is on the screen; return the time."""
    shown = b""
    while text not in shown:
        if not select.select([terminal], [], [], _PATIENCE)[0]:
            raise TimeoutError(f"{text!r} did not come, but {shown!r}")
        shown += os.read(terminal, 65536)
    return time.perf_counter()


if __name__ == "__main__":
    sys.exit(main())
