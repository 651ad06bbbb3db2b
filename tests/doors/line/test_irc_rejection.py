"""A client of IRC that is not admitted reads why in IRC."""

from __future__ import annotations

from netchat.testing import Network
from tests.support.irc import IrcGuest


def test_a_client_of_irc_that_is_denied_or_finds_no_room_reads_an_error() -> None:
    for options in (["--deny", "203.0.113.0/24"], ["--max-per-address", "1"]):
        network = Network(*options)
        for _ in range(2):
            client = IrcGuest()
            client.network = network
            network.connect(client, "203.0.113.9")
            client.say("NICK Ann\r")
        assert client.received.startswith(b"ERROR :")
        assert client.received.endswith(b"\r\n")
        assert not client.online
