"""A guest on a terminal who leaves and comes back, with a real server."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.support.client_processes import TerminalUser
from tests.support.processes import Server

# forkpty in a process with threads is safe here: the child calls exec at once.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of forkpty:DeprecationWarning")

StartClient = Callable[..., TerminalUser]


def test_what_was_missed_stands_below_the_marker_after_what_was_read(
    server: Server, terminal_user: StartClient
) -> None:
    with server.guest("Bob") as bob:
        alice = terminal_user(server.address, "--name", "Alice", "--room", "lobby", "--room", "dev")
        alice.sees("You:")
        alice.types("/go dev\r/names\r")
        alice.waits(lambda: "* In dev: Alice" in alice.screen)
        alice.types("/go lobby\r/names\r")
        alice.waits(lambda: any(line.startswith("* In lobby: ") for line in alice.screen))
        bob.say("one")
        alice.waits(lambda: "Bob: one" in alice.screen)
        alice.types("exit\r")
        assert alice.leaves() == 0
        bob.say("two")
        bob.say("/join dev")
        bob.say("dinner, Alice?")
        bob.say("/names")
        bob.read_until(b"In dev: Bob")
    again = terminal_user(server.address, "--name", "Alice")
    again.waits(lambda: any(line.endswith("] Bob: two") for line in again.screen))
    times = [re.sub("([0-9-]{10} )?[0-9]{2}:[0-9]{2}", "9:99", line) for line in again.screen]
    start = times.index("[9:99] Bob: one")
    assert times[start : start + 3] == [
        "[9:99] Bob: one",
        "-- new since 9:99 --",
        "[9:99] Bob: two",
    ]
    again.waits(lambda: b"dev @1" in again.shown)
