"""Private lines, replies and read marks in the client, with a whole server in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from netchat.chat.telling import HAS_LEFT
from tests.client.test_owned_names import HERE, World
from tests.support.client_fakes import ClientHarness
from tests.support.proofs import PASSWORD


class Pair(World):
    """Alice, who owns her name on a laptop and a phone, and Bob, a guest."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.laptop = self.owner(host=HERE, marks_read=True)
        self.laptop.connection.own_with_password(PASSWORD)
        self.network.settle()
        self.bob = self.client("Bob", device="bob")
        self.laptop.new_events()
        self.bob.new_events()

    def phone(self) -> ClientHarness:
        return self.client(device="phone", host=HERE, account_password=PASSWORD, history=50)


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def test_a_reply_goes_to_whoever_has_written_last(pair: Pair) -> None:
    pair.laptop.say("/reply too early")
    assert pair.laptop.new_events() == [
        "! Nobody has sent you a private line yet; type /msg NAME TEXT."
    ]
    pair.bob.say("/msg Alice psst")
    pair.laptop.say("/reply yes?")
    assert pair.laptop.new_events() == ["[Bob -> you] psst", "[you -> Bob] yes?"]
    assert pair.bob.new_events() == ["[you -> Alice] psst", "[Alice -> you] yes?"]


def test_a_reply_does_not_go_to_another_guest_of_the_same_name(pair: Pair) -> None:
    pair.bob.say("/msg Alice psst")
    pair.leave(pair.bob)
    another = pair.client("Bob", device="another")
    another.new_events()
    pair.laptop.new_events()
    pair.laptop.say("/reply a secret")
    assert pair.laptop.new_events() == [f"! {HAS_LEFT.format('Bob')}"]
    assert another.new_events() == []


def test_a_private_line_reaches_every_device_and_reads_as_sent_where_the_user_sent_it_elsewhere(
    pair: Pair,
) -> None:
    phone = pair.phone()
    phone.new_events()
    pair.bob.say("/msg Alice psst")
    pair.laptop.say("/msg Bob yes?")
    read = ["[Bob -> you] psst", "[you -> Bob] yes?"]
    assert pair.laptop.new_events() == read
    assert phone.new_events() == read


def test_a_private_line_is_kept_for_who_is_away_and_comes_with_its_time(pair: Pair) -> None:
    pair.leave(pair.laptop)
    pair.bob.say("/msg Alice psst")
    pair.bob.wait(120)
    events = pair.phone().new_events()
    assert "[12:00] [Bob -> you] psst" in events


def test_a_private_line_that_was_sent_meanwhile_comes_once_after_a_reconnect(pair: Pair) -> None:
    pair.bob.say("/msg Alice one")
    assert pair.laptop.new_events() == ["[Bob -> you] one"]
    pair.laptop.endpoint.cut()
    pair.bob.say("/msg Alice two")
    pair.laptop.wait(3)
    events = pair.laptop.new_events()
    assert [event for event in events if "->" in event] == ["[Bob -> you] two"]
    pair.laptop.wait(3)
    pair.leave(pair.laptop)
    assert not [event for event in pair.phone().new_events() if "->" in event]


def test_what_was_read_on_one_device_is_no_news_on_another(pair: Pair) -> None:
    pair.bob.say("one", "two")
    pair.laptop.wait(3)
    pair.leave(pair.laptop)
    pair.bob.say("three")
    events = pair.phone().new_events()
    shown = [event.removeprefix("(on entry) ") for event in events]
    assert shown[shown.index("[12:00] Bob: two") + 1 :][:2] == ["-- new --", "[12:00] Bob: three"]


def test_a_guest_reports_nothing_as_read(pair: Pair) -> None:
    pair.bob.say("one")
    pair.bob.wait(3)
    assert not [event for event in pair.bob.new_events() if event.startswith("!")]
