"""What a client of IRC is told beside a refusal: what would be taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.irc import register

if TYPE_CHECKING:
    from netchat.testing import Network


def test_who_knows_standard_replies_reads_a_note_and_others_a_notice(network: Network) -> None:
    new = register(network, "New", "standard-replies")
    old = register(network, "Old")
    sentence = "That cannot be the name of a channel here; try #c--"
    refusal = ":server 403 {} #c++ :No such channel"
    note = f"NOTE JOIN INVALID_CHANNEL #c++ :{sentence}"
    refused, told = new.ask("JOIN #c++")
    assert refused == refusal.format("New")
    assert told.endswith(note)
    refused, told = old.ask("JOIN #c++")
    assert refused == refusal.format("Old")
    assert told.endswith(f"NOTICE Old :{sentence}")
