"""PRIVMSG, NOTICE, CTCP and TAGMSG, and messages of several lines."""

from __future__ import annotations

import pytest

from netchat.testing import Network
from tests.support.irc import IrcGuest, register

ALL = ("message-tags", "echo-message", "batch", "labeled-response", "draft/multiline")


@pytest.fixture
def network() -> Network:
    return Network()


def pair(network: Network, *capabilities: str) -> tuple[IrcGuest, IrcGuest]:
    """Return Ann and Bob in the lobby, who have read that."""
    ann, bob = register(network, "Ann", *capabilities), register(network, "Bob", *capabilities)
    ann.read()
    return ann, bob


def commands(lines: list[str]) -> list[str]:
    """Return `lines` without their tags and sources."""
    bare = (line.partition(" ")[2] if line.startswith("@") else line for line in lines)
    return [line.partition(" ")[2] if line.startswith(":") else line for line in bare]


def test_what_somebody_does_is_told_as_that_in_rooms_and_to_people(network: Network) -> None:
    tom = network.join("Tom")
    ann, bob = pair(network)
    tom.heard()
    ann.ask("PRIVMSG #lobby,Bob :\x01ACTION waves\x01")
    assert commands(bob.read()) == [
        "PRIVMSG #lobby :\x01ACTION waves\x01",
        "PRIVMSG Bob :\x01ACTION waves\x01",
    ]
    assert tom.heard() == ["* Ann waves"]


def test_a_notice_is_one_for_clients_of_irc_and_programs_and_a_line_for_people(
    network: Network,
) -> None:
    tom, program = network.join("Tom"), network.program("Pip")
    ann, bob = pair(network)
    tom.heard(), program.told()
    ann.ask("NOTICE #lobby :up again")
    assert commands(bob.read()) == ["NOTICE #lobby :up again"]
    assert tom.heard() == ["Ann: up again"]
    assert [(said["text"], said["notice"]) for said in program.told()] == [("up again", True)]


def test_nobody_is_told_why_a_notice_was_not_sent(network: Network) -> None:
    ann, _ = pair(network)
    assert ann.ask("NOTICE #nowhere :x", "NOTICE nobody :x", "NOTICE", "NOTICE Bob") == []


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("PRIVMSG", "411"),
        ("PRIVMSG #lobby", "412"),
        ("PRIVMSG #lobby :\x02\x03", "412"),
        ("PRIVMSG nobody :x", "401"),
        ("PRIVMSG #nowhere :x", "403"),
        ("PRIVMSG Bob :\x01DCC SEND x 1 2 3\x01", "404"),
        ("PRIVMSG #lobby :\x01VERSION\x01", "404"),
        ("PRIVMSG a,b,c,d,e :x", "407"),
    ],
)
def test_a_message_that_cannot_be_sent_gets_its_numeric(
    network: Network, line: str, number: str
) -> None:
    ann, bob = pair(network)
    assert [answer.split()[1] for answer in ann.ask(line)] == [number]
    assert bob.read() == []


def test_bold_and_colours_reach_nobody(network: Network) -> None:
    tom = network.join("Tom")
    ann, bob = pair(network)
    tom.heard()
    ann.ask("PRIVMSG #lobby :\x02bold\x02 \x0304,01red\x0f")
    assert commands(bob.read()) == ["PRIVMSG #lobby :bold red"]
    assert tom.heard() == ["Ann: bold red"]


def test_ctcp_reaches_one_person_and_is_not_kept(network: Network) -> None:
    ann, bob = pair(network)
    ann.ask("PRIVMSG Bob :\x01VERSION\x01")
    assert commands(bob.read()) == ["PRIVMSG Bob \x01VERSION\x01"]


def test_tags_are_relayed_to_those_who_know_tags(network: Network) -> None:
    plain = register(network, "Cid")
    ann, bob = pair(network, "message-tags")
    plain.read()
    ann.ask("@+typing=active;+other=1 TAGMSG #lobby")
    (line,) = bob.read()
    assert "+typing=active" in line
    assert "other" not in line
    assert plain.read() == []


def test_a_message_to_oneself_comes_back_once_as_the_answer(network: Network) -> None:
    ann, _ = pair(network, *ALL)
    delivered, echo = ann.ask("@label=7 PRIVMSG Ann :note")
    assert "label" not in delivered
    assert echo.startswith("@label=7;")
    assert commands([delivered]) == commands([echo]) == ["PRIVMSG Ann note"]


def test_a_message_of_several_lines_is_one_here_and_several_for_those_who_know_no_batch(
    network: Network,
) -> None:
    tom, plain = network.join("Tom"), register(network, "Cid", "message-tags")
    ann, bob = pair(network, *ALL)
    plain.read(), tom.heard()
    echo = ann.ask(
        "@label=x BATCH +1 draft/multiline #lobby",
        "@batch=1 PRIVMSG #lobby :hello",
        "@batch=1 PRIVMSG #lobby :",
        "@batch=1 PRIVMSG #lobby :how is ",
        "@batch=1;draft/multiline-concat PRIVMSG #lobby all?",
        "BATCH -1",
    )
    assert echo[0].startswith("@label=x;msgid=")
    assert commands(echo) == [
        "BATCH +m1 draft/multiline #lobby",
        "PRIVMSG #lobby hello",
        "PRIVMSG #lobby :",
        "PRIVMSG #lobby :how is all?",
        "BATCH -m1",
    ]
    assert commands(bob.read()) == commands(echo)
    first, second = plain.read()
    assert commands([first, second]) == ["PRIVMSG #lobby hello", "PRIVMSG #lobby :how is all?"]
    assert second.partition(" ")[0] == f"{first.partition(' ')[0]}.2"
    assert tom.heard() == ["Ann: hello ↵  ↵ how is all?"]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["@batch=2 PRIVMSG #lobby x"], "MULTILINE_INVALID"),
        (["@batch=1 PRIVMSG #other x"], "MULTILINE_INVALID_TARGET"),
        (["@batch=1;draft/multiline-concat PRIVMSG #lobby :"], "MULTILINE_INVALID"),
        (["@batch=1 PRIVMSG #lobby x"] * 33, "MULTILINE_MAX_LINES"),
        (["@batch=1 PRIVMSG #lobby " + "x" * 400] * 11, "MULTILINE_MAX_BYTES"),
    ],
)
def test_a_batch_that_breaks_a_rule_is_refused_once_and_nobody_reads_of_it(
    network: Network, lines: list[str], code: str
) -> None:
    ann, bob = pair(network, *ALL)
    (answer,) = ann.ask("BATCH +1 draft/multiline #lobby", *lines)
    assert answer.split()[1:4] == ["FAIL", "BATCH", code]
    ann.ask("BATCH -1")
    assert bob.read() == []
