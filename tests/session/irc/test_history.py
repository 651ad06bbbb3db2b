"""Earlier lines: those played back on JOIN, CHATHISTORY, read markers, and REDACT."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pytest

from netchat.journal.memory.journal import MemoryJournal
from netchat.testing import Network
from tests.support.irc import IrcGuest, connect, register

TAGS = ("batch", "server-time", "message-tags", "labeled-response")
HISTORY = (*TAGS, "draft/chathistory", "draft/message-redaction", "echo-message")
PASSWORD = "sesame-seeds-7"
ALWAYS = "timestamp=2020-01-01T00:00:00.000Z timestamp=2262-01-01T00:00:00.000Z"


@pytest.fixture
def network() -> Network:
    return Network("--plain-passwords")


def log_in(network: Network, name: str, *capabilities: str) -> IrcGuest:
    """Return a client that has logged in as the owner `name`, in no room."""
    client = connect(network)
    if capabilities:
        client.say(f"CAP REQ :{' '.join(capabilities)}\r")
    for line in (f"PASS {name}:{PASSWORD}", f"NICK {name}", "USER a 0 * :A", "CAP END"):
        client.say(f"{line}\r")
    assert any(" 001 " in line for line in client.heard())
    return client


def own(network: Network, name: str) -> None:
    """Let somebody own `name`."""
    guest = network.join(name)
    guest.say(f"/own {PASSWORD}")
    guest.say("exit")


def texts(lines: list[str]) -> list[str]:
    """Return the texts of the messages among `lines`."""
    return [line.rpartition("PRIVMSG ")[2].partition(" ")[2].lstrip(":") for line in lines
            if " PRIVMSG " in line]  # fmt: skip


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
