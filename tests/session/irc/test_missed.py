"""What a client of IRC has missed, and up to where it has read, on each device of an owner."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pytest
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from netchat.journal.memory.journal import MemoryJournal
from netchat.testing import Network
from tests.support.irc import PASSWORD, connect, log_in, own, register, texts

TAGS = ("batch", "labeled-response")


@pytest.fixture
def network() -> Network:
    return Network("--plain-passwords")


def test_an_owner_who_comes_back_reads_exactly_what_they_have_missed(network: Network) -> None:
    own(network, "Ann")
    tom = network.join("Tom")
    ann = log_in(network, "Ann")
    ann.ask("JOIN #lobby")
    tom.say("read")
    assert texts(ann.read()) == ["read"]
    ann.hang_up()
    tom.say("missed")
    ann = log_in(network, "Ann")
    assert texts(ann.ask("JOIN #lobby")) == ["[12:00] missed"]
    tom.say("live")
    assert texts(ann.read()) == ["live"]


def test_a_private_line_for_an_owner_who_is_away_is_read_at_the_next_login(
    network: Network,
) -> None:
    own(network, "Ann")
    network.join("Tom").say("/msg Ann psst")
    client = connect(network)
    for line in (f"PASS Ann:{PASSWORD}", "NICK Ann", "USER a 0 * :A"):
        client.say(f"{line}\r")
    assert texts(client.read()) == ["[12:00] psst"]


def test_a_read_marker_moves_forward_and_is_told_on_joining_and_to_other_devices(
    network: Network,
) -> None:
    own(network, "Ann")
    network.join("Tom").say("hello")
    one, two = (log_in(network, "Ann", "draft/read-marker") for _ in range(2))
    assert ":server MARKREAD #lobby *" in [
        re.sub("^:[^ ]+", ":server", line) for line in one.ask("JOIN #lobby")
    ]
    two.ask("JOIN #lobby")
    marker = "MARKREAD #lobby timestamp=2026-01-01T12:00:00.150Z"
    assert [line.partition(" ")[2] for line in one.ask(marker)] == [marker]
    assert [line.partition(" ")[2] for line in two.read()] == [marker]
    earlier = one.ask("MARKREAD #lobby timestamp=2019-01-01T00:00:00.000Z")
    assert [line.partition(" ")[2] for line in earlier] == [marker]
    two.say("PART #lobby\r")
    joined = [line.partition(" ")[2] for line in two.ask("JOIN #lobby")]
    assert joined.index(marker) < joined.index("366 Ann #lobby :End of /NAMES list")


def test_an_owner_joins_many_rooms_with_their_markers_while_the_journal_is_slow(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netchat.chat.delivery.lookups.MAX_READS", 1)
    network = Network("--plain-passwords")
    own(network, "Ann")
    tom = network.program("Tom", rooms=["a", "b"])
    for room in ("a", "b", "a", "b"):
        tom.ask("say", room=room, text="hello")
    program = network.program("Ann", rooms=["a", "b"])
    program.ask("auth", method="password", password=PASSWORD)
    for room in ("a", "b"):
        program.ask("read", room=room, id=1)  # by its number: it has no time
    ann = log_in(network, "Ann", "draft/read-marker", "batch", "labeled-response")
    reads: list[Callable[[], None]] = []
    read = MemoryJournal.read
    monkeypatch.setattr(MemoryJournal, "read", lambda *given: reads.append(partial(read, *given)))
    tom.ask("history", room="a")
    assert ann.ask("@label=1 JOIN #a,#b") == []
    while reads:
        reads.pop(0)()
        network.settle()
    lines = ann.read()
    assert lines[0].startswith("@label=1 ")
    assert [line.split()[-2:][0] for line in lines if " MARKREAD " in line] == ["#a", "#b"]
    assert all("timestamp=" in line for line in lines if " MARKREAD " in line)
    assert texts(lines) == ["[12:00] hello", "[12:00] hello"]
    assert "PONG" in ann.ask("PING x")[0]


def test_an_error_of_a_command_that_answers_later_has_its_label(network: Network) -> None:
    ann = register(network, "Ann", *TAGS)
    for line in ("JOIN", "BATCH"):
        (answer,) = ann.ask(f"@label=1 {line}")
        assert answer.startswith("@label=1 ")
        assert " 461 " in answer


def test_an_owner_is_told_how_many_lines_are_not_played_back(network: Network) -> None:
    own(network, "Ann")
    tom = network.join("Tom")
    ann = log_in(network, "Ann")
    ann.ask("JOIN #lobby")
    tom.say("first")
    ann.hang_up()
    for number in range(503):
        tom.say(f"m{number}")
    ann = log_in(network, "Ann")
    notice, *lines = ann.ask("JOIN #lobby")
    assert "NOTICE Ann :You have not read 3 more lines of #lobby" in notice
    assert texts(lines)[0] == "[12:00] m3"
    assert len(texts(lines)) == 500


def test_a_read_marker_of_two_owners_lasts_and_is_told_to_other_devices(network: Network) -> None:
    own(network, "Ann")
    own(network, "Bob")
    one, two = (log_in(network, "Ann", "draft/read-marker") for _ in range(2))
    marker = "MARKREAD Bob timestamp=2026-01-01T12:00:00.150Z"
    for lines in (one.ask(marker), two.read()):
        assert [line.partition(" ")[2] for line in lines] == [marker]
    for device in (one, two):
        device.hang_up()
    (answer,) = log_in(network, "Ann", "draft/read-marker").ask("MARKREAD bob")
    assert answer.endswith(" MARKREAD bob timestamp=2026-01-01T12:00:00.150Z")
    (answer,) = register(network, "Tom").ask(f"MARKREAD {'x' * 99}")
    assert "FAIL MARKREAD INVALID_PARAMS" in answer


def test_who_asks_for_private_lines_is_sent_none_at_the_login(network: Network) -> None:
    own(network, "Ann")
    network.join("Tom").say("/msg Ann psst")
    client = connect(network)
    for line in ("CAP REQ draft/chathistory", f"PASS Ann:{PASSWORD}", "NICK Ann", "USER a 0 * :A",
                 "CAP END"):  # fmt: skip
        client.say(f"{line}\r")
    assert texts(client.read()) == []
    assert texts(client.ask("CHATHISTORY LATEST Tom * 5")) == ["[12:00] psst"]


def test_an_owner_reads_again_what_may_not_have_reached_them(network: Network) -> None:
    own(network, "Ann")
    tom = network.join("Tom")
    ann = log_in(network, "Ann")
    ann.ask("JOIN #lobby")
    tom.say("read")
    ann.ask("PING x")
    tom.say("lost")
    network.door(ann).connectionLost(Failure(ConnectionLost()))
    ann = log_in(network, "Ann")
    assert texts(ann.ask("JOIN #lobby")) == ["[12:00] lost"]
