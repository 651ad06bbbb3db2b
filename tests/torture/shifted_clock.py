"""twistd with a wall clock that can be set: `python -m tests.torture.shifted_clock FILE ...twistd's
arguments`.

FILE has 8 bytes: by how many seconds, as a double, the clock is wrong. Only `time.time` is, as on a
machine whose clock is set: what counts up by itself goes on. Twisted's reactor takes its time from
there as well.
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
    right = time.time

    def wrong() -> float:
        (seconds,) = struct.unpack("d", shift[:8])
        return right() + float(seconds)

    time.time = wrong
    from twisted.scripts.twistd import run

    run()


if __name__ == "__main__":
    main()
