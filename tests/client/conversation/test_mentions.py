"""Which lines are addressed to the user."""

from __future__ import annotations

import pytest

from netchat.client.conversation.members import Members
from netchat.client.conversation.mentions import Mentions
from netchat.client.conversation.roster import Roster
from netchat.dialects.jsonl.state_events import Moderated, Roles
from tests.support.conversations import said


def moderated_by_bob() -> Members:
    members = Members()
    members.update(Roles("lobby", {"Bob": "moderator"}))
    return members


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("alice?", True),
        ("malice", False),
        ("DEPLOY failed", True),
        ("deployment", False),
        ("@all lunch", True),
        ("call @allison", False),
    ],
)
def test_the_name_watched_words_and_all_are_found_as_words_in_any_case(
    text: str, found: bool
) -> None:
    mentions = Mentions(Roster("Alice"))
    mentions.watch(["deploy"])
    assert mentions.has_one(said(1, "Bob", text), moderated_by_bob()) is found


def test_only_who_keeps_order_addresses_everybody() -> None:
    mentions, members = Mentions(Roster("Alice")), moderated_by_bob()
    assert not mentions.has_one(said(1, "Eve", "@all hi"), members)
    until = "2026-01-01T12:00:00.000Z"
    members.update(Moderated("lobby", "none", "Bob", "Mo", until, None, ""))
    assert not mentions.has_one(said(1, "Bob", "@all hi"), members)


def test_what_the_user_says_is_no_mention() -> None:
    assert not Mentions(Roster("Alice")).has_one(said(1, "Alice", "Alice here"), Members())
