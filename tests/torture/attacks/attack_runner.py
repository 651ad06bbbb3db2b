"""Runs an attack in its own process: `python -m tests.torture.attacks.attack_runner MODULE FUNCTION
ARGUMENTS`.

The function is called with a `Controller` and with ARGUMENTS, a JSON object; the last line printed
is what it returns. The process has a lower priority than the users that are measured, since their
delay should show the server, not the lack of a processor.
"""

from __future__ import annotations

import json
import os
import resource
import select
import sys
from collections.abc import Iterator
from importlib import import_module
from time import monotonic
from typing import Any

NICENESS = 5


class Controller:
    """The attack's side of the pipes to the scenario."""

    def report(self, what: object) -> None:
        """Report progress to the scenario."""
        print(json.dumps({"report": what}), flush=True)

    def wait_for_go(self, seconds: float) -> bool:
        """Wait at most so long for the scenario's `go`; return whether it arrived."""
        ready, _, _ = select.select([sys.stdin], [], [], seconds)
        return bool(ready) and os.read(sys.stdin.fileno(), 1) is not None

    def paced(self, count: int, rate: float) -> Iterator[int]:
        """Yield 0 to `count` - 1, at most `rate` of them a second on average."""
        begin = monotonic()
        for number in range(count):
            early = begin + number / rate - monotonic()
            if early > 0:
                select.select([], [], [], early)
            yield number


def main() -> None:
    """Run the function that the arguments name."""
    _, module, function, arguments = sys.argv
    os.nice(NICENESS)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    result: Any = getattr(import_module(module), function)(Controller(), **json.loads(arguments))
    print(json.dumps({"result": result}), flush=True)


if __name__ == "__main__":
    main()
