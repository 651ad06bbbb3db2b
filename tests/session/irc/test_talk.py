"""A client of IRC talks with those of the other dialects, in one room and one order."""

from __future__ import annotations

import pytest

from netchat.testing import Network
from tests.support.irc import connect, register


@pytest.fixture
def network() -> Network:
    return Network()


def test_a_client_registers_joins_and_is_heard(network: Network) -> None:
    bob = network.join("Bob")
    ann = connect(network)
    ann.say("NICK Ann\r")
    ann.say("USER ann 0 * :Ann Example\r")
    welcome = ann.read()
    assert welcome[0].startswith(":server 001 Ann :Welcome")
    assert ann.ask("JOIN #lobby")[-3:] == [
        ":Ann!~ann@guest JOIN #lobby",
        ":server 353 Ann = #lobby :Bob Ann",
        ":server 366 Ann #lobby :End of /NAMES list",
    ]
    ann.say("PRIVMSG #lobby :good morning\r")
    bob.say("hello Ann")
    assert bob.heard() == ["* Ann joined", "Ann: good morning"]
    assert ann.read() == [":Bob!~u@guest PRIVMSG #lobby :hello Ann"]


def test_private_lines_reach_one_person_in_either_direction(network: Network) -> None:
    bob, ann = network.join("Bob"), register(network, "Ann")
    bob.heard()
    ann.say("PRIVMSG Bob :psst\r")
    assert bob.heard() == ["[Ann -> you] psst"]
    bob.say("/msg Ann what?")
    assert ann.read() == [":Bob!~u@guest PRIVMSG Ann what?"]


def test_a_client_reads_its_own_line_if_it_has_asked_for_that(network: Network) -> None:
    ann = register(network, "Ann", "echo-message", "labeled-response", "batch")
    bob = register(network, "Bob")
    assert ann.ask("@label=7 PRIVMSG #lobby :hello") == [
        "@label=7 :Ann!~Ann@guest PRIVMSG #lobby hello"
    ]
    assert bob.read() == [":Ann!~Ann@guest PRIVMSG #lobby hello"]
    assert bob.ask("PRIVMSG #lobby :hi") == []


def test_a_nick_that_is_taken_is_refused_and_another_is_accepted(network: Network) -> None:
    network.join("Ann")
    ann = connect(network)
    answers = ann.ask("NICK ann", "USER ann 0 * :x")
    assert answers[0].startswith(":server 433 ")
    assert ann.ask("NICK Anna")[0].startswith(":server 001 Anna ")


def test_a_name_of_the_text_dialect_is_still_taken(network: Network) -> None:
    guest = network.guest()
    guest.say("NICK")
    assert guest.heard()[1].startswith("Welcome")
