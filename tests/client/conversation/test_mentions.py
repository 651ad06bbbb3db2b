"""Which lines are addressed to the user."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from netchat.client.conversation.mentions import Mentions
from netchat.client.conversation.roster import Roster
from netchat.testing import Network
from tests.support.client_fakes import ClientHarness
from tests.support.conversations import said


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("alice?", True),
        ("malice", False),
        ("DEPLOY failed", True),
        ("deployment", False),
    ],
)
def test_the_name_and_watched_words_are_found_as_words_in_any_case(text: str, found: bool) -> None:
    mentions = Mentions(Roster("Alice"))
    mentions.watch(["deploy"])
    assert mentions.has_one(said(1, "Bob", text)) is found


def test_a_line_to_everybody_mentions_the_user_if_the_server_says_so() -> None:
    mentions, line = Mentions(Roster("Alice")), said(1, "Bob", "@all hi")
    assert not mentions.has_one(line)
    assert mentions.has_one(replace(line, everybody=True))


def test_what_the_user_says_is_no_mention() -> None:
    assert not Mentions(Roster("Alice")).has_one(said(1, "Alice", "Alice here"))


def test_earlier_lines_that_mention_the_user_are_marked_wherever_they_are_shown() -> None:
    network = Network()
    bob = network.program("Bob", rooms=["lobby"])
    for number in range(4):
        bob.ask("say", room="lobby", text=f"{number}, Alice?")
        bob.ask("say", room="lobby", text=f"{number}, Carol?")
    network.settle()
    client = ClientHarness(network, several_rooms=True, history=4)
    marked = client.frontend.highlighted
    assert marked == ["Bob: 2, Alice?", "Bob: 3, Alice?"]
    marked.clear()
    client.connection.older()
    network.settle()
    assert marked == ["Bob: 0, Alice?", "Bob: 1, Alice?"]
    marked.clear()
    client.say("/search 3")
    assert marked == ["Bob: 3, Alice? (#7)"]
