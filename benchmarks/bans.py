"""`python -m benchmarks.bans`: what many bans cost: the start, the memory, and each look-up.

The bans are a third each of names, of accounts (from rooms) and of networks with 17 lengths of
prefix. A look-up is one of a guest to whom none of them applies, as it is made at each login and at
each join of a room.
"""

from __future__ import annotations

import argparse
import tracemalloc
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from netchat.chat.enforcement import find_restriction
from netchat.state.record import Record
from netchat.state.state import ChatState
from tests.support.journals import ManualClock, close, make_journal
from tests.torture.attacks.banned import fill

LOOKUPS = 20_000


def main() -> None:
    """Print the figures for the number of bans that is given, and for none."""
    parser = argparse.ArgumentParser(prog="bans", description=__doc__)
    parser.add_argument("bans", nargs="?", type=int, default=100_000)
    arguments = parser.parse_args()
    for bans in (0, arguments.bans):
        with TemporaryDirectory(prefix="netchat-bans-") as directory:
            begin = perf_counter()
            fill(Path(directory), bans)
            print(f"{bans:,} bans, made in {perf_counter() - begin:.1f} s")
            records = _open(Path(directory))
        _measure(records, bans)


def _open(directory: Path) -> list[Record]:
    """Open the journal, print how long that takes, and return its records."""
    journal = make_journal(directory, ManualClock())
    begin = perf_counter()
    journal.open()
    records = [*journal.records()]
    print(f"  opening the journal: {perf_counter() - begin:.2f} s")
    close(journal)
    return records


def _measure(records: list[Record], bans: int) -> None:
    begin = perf_counter()
    state = ChatState(records)
    print(f"  indexing the records: {perf_counter() - begin:.2f} s")
    tracemalloc.start()
    kept = ChatState(records)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    each = f", {size / bans:.0f} bytes each" if bans else ""
    print(f"  memory of the indices: {size / (1 << 20):.1f} MiB{each}")
    del kept
    guests = [(f"guest{n}", ip_address((192 << 24) + n)) for n in range(LOOKUPS)]
    start = process_time()
    for name, host in guests:
        find_restriction(state, 0.0, "ban", account=0, name=name, host=host, room="lobby")
    print(f"  a look-up: {1e6 * (process_time() - start) / LOOKUPS:.1f} microseconds")


if __name__ == "__main__":
    main()
