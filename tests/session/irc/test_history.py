"""Earlier lines: those played back on JOIN, CHATHISTORY, read markers, and REDACT."""

from __future__ import annotations

import re

import pytest

from netchat.testing import Network
from tests.support.irc import IrcGuest, log_in, own, register, texts

TAGS = ("batch", "server-time", "message-tags", "labeled-response")
HISTORY = (*TAGS, "draft/chathistory", "draft/message-redaction", "echo-message")
ALWAYS = "timestamp=2020-01-01T00:00:00.000Z timestamp=2262-01-01T00:00:00.000Z"


@pytest.fixture
def network() -> Network:
    return Network("--plain-passwords")


def msgid(line: str) -> str:
    """Return the msgid of `line`."""
    found = re.search("msgid=([^ ;]+)", line)
    assert found is not None
    return found[1]


def say_some(network: Network, client: IrcGuest, target: str = "#lobby") -> list[str]:
    """Say m0 to m5 a second apart; return what the client reads of that."""
    lines = []
    for number in range(6):
        lines += client.ask(f"PRIVMSG {target} m{number}")
        network.advance(1)
    return lines


def test_a_guest_reads_the_last_lines_on_joining_with_a_clock_if_there_is_no_other(
    network: Network,
) -> None:
    tom = network.join("Tom")
    tom.say("hello")
    ann = register(network, "Ann", rooms="")
    assert texts(ann.ask("JOIN #lobby")) == ["[12:00] hello"]
    bob = register(network, "Bob", *TAGS, rooms="")
    batch = bob.ask("JOIN #lobby")[-3:]
    assert texts(batch) == ["hello"]
    assert batch[0].split()[1:] == ["BATCH", "+h", "chathistory", "#lobby"]


@pytest.mark.parametrize("capability", ["draft/chathistory", ""])
def test_a_bot_and_who_asks_for_history_itself_read_none_on_joining(
    network: Network, capability: str
) -> None:
    network.join("Tom").say("hello")
    ann = register(network, "Ann", *([capability] if capability else []), rooms="")
    if not capability:
        ann.ask("MODE Ann +B")
    assert texts(ann.ask("JOIN #lobby")) == []


def test_lines_are_found_by_msgid_and_by_time(network: Network) -> None:
    ann = register(network, "Ann", *HISTORY)
    said = say_some(network, ann)
    ids = [msgid(line) for line in said]
    times = [line.partition("time=")[2].partition(";")[0] for line in said]
    for two, four, zero in (
        (f"msgid={ids[2]}", f"msgid={ids[4]}.2", f"msgid={ids[0]}"),
        tuple(f"timestamp={times[number]}" for number in (2, 4, 0)),
    ):
        for question, answer in (
            ("LATEST #lobby * 2", "45"),
            (f"LATEST #lobby {two} 2", "45"),
            (f"BEFORE #lobby {two} 9", "01"),
            (f"AFTER #lobby {two} 2", "34"),
            (f"AROUND #lobby {two} 3", "123"),
            (f"BETWEEN #lobby {zero} {four} 2", "12"),
            (f"BETWEEN #lobby {four} {zero} 2", "23"),
            (f"BEFORE #lobby {zero} 2", ""),
        ):
            lines = ann.ask(f"@label=l CHATHISTORY {question}")
            assert texts(lines) == [f"m{number}" for number in answer], question
            assert lines[0].startswith("@label=l ")


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("", "UNKNOWN_COMMAND"),
        ("ALL #lobby * 1", "UNKNOWN_COMMAND"),
        ("LATEST #lobby *", "NEED_MORE_PARAMS"),
        ("LATEST #lobby * 0", "INVALID_PARAMS"),
        ("BEFORE #lobby * 5", "INVALID_MSGREFTYPE"),
        ("BEFORE #lobby msgid=x 5", "INVALID_PARAMS"),
        ("LATEST #nowhere * 5", "INVALID_TARGET"),
        ("LATEST Bob * 5", "INVALID_TARGET"),
    ],
)
def test_a_question_that_cannot_be_answered_fails_with_its_code(
    network: Network, question: str, code: str
) -> None:
    ann = register(network, "Ann", *HISTORY)
    (answer,) = ann.ask(f"CHATHISTORY {question}")
    assert answer.split()[1:4] == ["FAIL", "CHATHISTORY", code]


def test_the_private_lines_of_owners_are_the_same_for_both_sides(network: Network) -> None:
    own(network, "Ann")
    own(network, "Bob")
    ann, bob = log_in(network, "Ann", *HISTORY), log_in(network, "Bob", *HISTORY)
    echoes = say_some(network, ann, "Bob")
    assert list(map(msgid, bob.read())) == list(map(msgid, echoes))
    question = f"CHATHISTORY AFTER {{}} msgid={msgid(echoes[3])} 9"
    for client, peer in ((ann, "Bob"), (bob, "ann")):
        assert texts(client.ask(question.format(peer))) == ["m4", "m5"]
    assert " CHATHISTORY TARGETS Ann " in bob.ask(f"CHATHISTORY TARGETS {ALWAYS} 5")[1]


def test_an_owner_deletes_their_line_and_others_may_not(network: Network) -> None:
    own(network, "Ann")
    ann, bob = log_in(network, "Ann", *HISTORY), register(network, "Bob", *HISTORY)
    ann.ask("JOIN #lobby")
    bob.read()
    line = msgid(ann.ask("PRIVMSG #lobby :oops")[0])
    bob.read()
    (answer,) = bob.ask(f"REDACT #lobby {line}")
    assert f"FAIL REDACT REDACT_FORBIDDEN #lobby {line} :" in answer
    (deleted,) = ann.ask(f"REDACT #lobby {line} :wrong room")
    assert deleted.endswith(f" REDACT #lobby {line} :wrong room")
    assert bob.read()[0].endswith(f" REDACT #lobby {line} :wrong room")
    assert texts(bob.ask("CHATHISTORY LATEST #lobby * 5")) == []
    assert "UNKNOWN_MSGID" in ann.ask(f"REDACT #lobby {line[:-1]}999")[0]
    assert "INVALID_TARGET" in ann.ask(f"REDACT #nowhere {line}")[0]
