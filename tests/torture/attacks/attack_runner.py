"""An attack in a process of its own: `python -m tests.torture.attacks.attack_runner MODULE FUNCTION
ARGUMENTS`.

The function is called with a `Commander` and with ARGUMENTS, a JSON object; what it returns is the
last line that is printed. It is nicer than those who are measured: what they wait for is the
server, not a processor.
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

NICER = 5


class Commander:
    """The scenario, from where the attack is."""

    def tell(self, what: object) -> None:
        """Let it know how far we are."""
        print(json.dumps({"told": what}), flush=True)

    def ordered(self, seconds: float) -> bool:
        """Wait at most so long for an order; return whether one has come."""
        ready, _, _ = select.select([sys.stdin], [], [], seconds)
        return bool(ready) and os.read(sys.stdin.fileno(), 1) is not None

    def paced(self, count: int, rate: float) -> Iterator[int]:
        """Yield 0, 1, 2 ... as many times as `count`, `rate` of them in a second; never ahead."""
        begin = monotonic()
        for number in range(count):
            early = begin + number / rate - monotonic()
            if early > 0:
                select.select([], [], [], early)
            yield number


def main() -> None:
    """Do what the arguments say."""
    _, module, function, arguments = sys.argv
    os.nice(NICER)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    result: Any = getattr(import_module(module), function)(Commander(), **json.loads(arguments))
    print(json.dumps({"result": result}), flush=True)


if __name__ == "__main__":
    main()
