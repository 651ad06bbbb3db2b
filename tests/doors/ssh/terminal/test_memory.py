"""How much memory a user at a terminal behind SSH needs, who only reads."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from netchat.testing import Network
from tests.support.ssh_terminals import join

MAX_BYTES = 16 * 1024
"""Of the 40 KiB that an idle session may need in all; SSH itself needs most of the others."""
_USERS = 80


@pytest.mark.parametrize("others", [1, 500])
def test_an_idle_terminal_needs_little_memory_in_any_crowd(others: int) -> None:
    network = Network("--max-per-address", "0")
    program = network.program("ci")
    crowd = [network.program(f"somebody{number}") for number in range(others)]
    known = join(network, "known")
    users = [known]
    for kept in (program, *crowd):
        kept.told()
    gc.collect()
    tracemalloc.start()
    try:
        users += [join(network, f"user{number}") for number in range(_USERS)]
        network.advance(10)
        for user in users:
            user.terminal.written = b""
            user.writes.clear()
        gc.collect()
        only = tracemalloc.take_snapshot().filter_traces(
            [
                tracemalloc.Filter(True, "*/netchat/client/*"),
                tracemalloc.Filter(True, "*/netchat/doors/ssh/*"),
            ]
        )
    finally:
        tracemalloc.stop()
    size = sum(trace.size for trace in only.traces)
    assert size < _USERS * MAX_BYTES, size / _USERS
