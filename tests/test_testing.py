"""`netchat.testing`, the network in memory, works as documented."""

from __future__ import annotations

import re

from twisted.protocols.basic import LineOnlyReceiver

import netchat.testing
from netchat.testing import Network
from tests.support.checkout import CHECKOUT

README = CHECKOUT / "README.md"


class MyBot(LineOnlyReceiver):
    """Answers a line "ping" with "pong"."""

    delimiter = b"\n"

    def connectionMade(self) -> None:
        self.sendLine(b"bot")

    def lineReceived(self, line: bytes) -> None:
        if line.endswith(b": ping"):
            self.sendLine(b"pong")


def test_the_example_in_its_docstring_runs() -> None:
    example = re.search(r"\n\n((?: {4}.*\n|\n)+)", netchat.testing.__doc__ or "")
    assert example
    exec(re.sub(r"^ {4}", "", example[1], flags=re.MULTILINE), {"MyBot": MyBot})


def test_the_bot_in_the_readme_answers() -> None:
    example = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert example
    exec(example[1], {"MyBot": MyBot})


def test_time_passes_only_when_the_test_says_so() -> None:
    network = Network()
    guest = network.guest()
    network.settle()
    assert guest.online
    network.advance(14.8)
    assert guest.online
    network.advance(0.1)
    assert not guest.online


def test_each_network_is_a_server_of_its_own() -> None:
    one, other = Network("--lobby", "hall"), Network()
    alice = one.join("Alice")
    other.join("Alice").say("hello")
    alice.say("/names")
    assert alice.heard() == ["* In hall: Alice"]
