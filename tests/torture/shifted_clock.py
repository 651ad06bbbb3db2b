"""Runs twistd with a shifted wall clock: `python -m tests.torture.shifted_clock FILE ARGUMENTS`.

FILE has 8 bytes, a double: the seconds to add to the time. It affects `time.time`, which Twisted's
reactor uses as well, and not the monotonic clock, as on a machine whose clock is set.
"""

from __future__ import annotations

import mmap
import struct
import sys
import time
from pathlib import Path


def main() -> None:
    """Run twistd."""
    with Path(sys.argv.pop(1)).open("rb") as file:
        shift = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
    true_time = time.time

    def shifted_time() -> float:
        (seconds,) = struct.unpack("d", shift[:8])
        return true_time() + float(seconds)

    time.time = shifted_time
    from twisted.scripts.twistd import run

    run()


if __name__ == "__main__":
    main()
