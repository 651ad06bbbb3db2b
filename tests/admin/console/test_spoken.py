"""What an account has said is exported, and deleted when it is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.state.changes import CONSOLE, OwnName
from netchat.state.records import Proof
from netchat.testing import Network

if TYPE_CHECKING:
    from pathlib import Path


def prepare(data: Path) -> None:
    """Have Bob say one line as a guest, and own his name for the others."""
    network = Network("--data", str(data))
    chat = network.service.factory.chat
    bob = network.join("Bob")
    bob.say("as a guest")
    bob.hang_up()
    network.advance(1)
    own = OwnName("Bob", Proof(0, "key", "ab"))
    network.service.admin.factory.console.change(own, CONSOLE, lambda _: None)  # type: ignore[union-attr]
    network.settle()
    carol = network.join("Carol")
    carol.say("hello")
    speak(network, "Bob", "one", "secret")
    speak(network, "Bob", "elsewhere", room="class")
    assert chat.state.owner("Bob") is not None
    network.stop()
