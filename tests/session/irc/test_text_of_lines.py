"""The text of a line as clients of IRC read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.model.lines import LINE_BREAK
from tests.support.irc import register

if TYPE_CHECKING:
    from netchat.testing import Network


def test_a_line_keeps_the_blanks_that_it_begins_with(network: Network) -> None:
    ivy = register(network, "Ivy")
    network.join("Bob").say("    return 1")
    assert ivy.messages()[-1].parameters == ("#lobby", "    return 1")


def test_the_lines_of_a_message_are_messages_without_empty_ones(network: Network) -> None:
    ivy = register(network, "Ivy")
    lines = f"first {LINE_BREAK} second{LINE_BREAK}{LINE_BREAK}fourth"
    network.join("Bob").say(lines)
    texts = [message.parameters[-1] for message in ivy.messages() if message.command == "PRIVMSG"]
    assert texts == ["first", "second", "fourth"]
