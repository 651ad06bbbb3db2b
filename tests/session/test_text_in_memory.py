"""The text dialect of docs/protocol.md, against the whole server in memory."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netchat.model.events import TopicSet
from netchat.testing import START, Guest, Network
from tests.support.journals import JournalFile, append, close

if TYPE_CHECKING:
    from pathlib import Path

WELCOME = "Welcome to chat room. Enter 'exit' anytime to exit"


def test_the_prompt_for_the_name_has_no_line_end(network: Network) -> None:
    alice = network.guest()
    assert alice.received == b"Enter username: "
    alice.say("Alice")
    assert alice.received == f"Enter username: {WELCOME}\n".encode()


def test_two_guests_talk_and_one_leaves(network: Network) -> None:
    alice, bob = network.join("Alice"), network.join("Bob")
    alice.say("Je suis Alice")
    bob.say("Je suis bob")
    bob.say("exit")
    assert alice.heard() == ["* Bob joined", "Bob: Je suis bob", "* Bob left"]
    assert bob.heard() == ["Alice: Je suis Alice", "DISCONNECTED!!"]
    assert not bob.online


CONVERSATION = (
    b"Alice\nhello\n/me waves\n/topic fish\n/topic\n/names\n/rooms\n/nick Ally\n/msg bob psst\n"
    b"/msg nobody psst\n/foo\n//foo\n/join dev\nalone\n/history 1\n/join lobby\n/history 2\n"
    b"\n   \n\ttab\x1b[2J\n/quit\nnot said\n"
)


def converse(stream: list[bytes]) -> tuple[bytes, bytes]:
    """Return what Alice and Bob read when Alice sends the parts of `stream`."""
    network = Network()
    bob = network.join("Bob")
    alice = network.guest()
    for part in stream:
        alice.send(part)
    return alice.received, bob.received


def test_a_conversation_has_the_same_output_however_its_bytes_are_split() -> None:
    alice, bob = converse([CONVERSATION])
    assert bob.decode().splitlines()[1:] == [
        "* Alice joined",
        "Alice: hello",
        "* Alice waves",
        "* Alice changed the topic to: fish",
        "* Alice is now Ally",
        "[Ally -> you] psst",
        "Ally: /foo",
        "* Ally left",
        "* Ally joined",
        "Ally:  tab[2J",
        "* Ally left",
    ]
    assert alice.decode().removeprefix(f"Enter username: {WELCOME}\n").splitlines() == [
        "* Alice changed the topic to: fish",
        "* Topic: fish",
        "* In lobby: Bob, Alice",
        "* Rooms: lobby (2)",
        "* Alice is now Ally",
        "[you -> Bob] psst",
        "! Nobody here is called nobody; try /names.",
        "! There is no command /foo; try /help.",
        "* You are now in dev",
        "[12:00] Ally: alone",
        "* You are now in lobby",
        "* Topic: fish",
        "[12:00] Alice: hello",
        "[12:00] * Alice waves",
        "[12:00] Ally: /foo",
        "[12:00] * Alice waves",
        "[12:00] Ally: /foo",
        "DISCONNECTED!!",
    ]
    crlf = CONVERSATION.replace(b"\n", b"\r\n")
    assert converse([bytes([byte]) for byte in CONVERSATION]) == (alice, bob)
    assert converse([crlf]) == (alice, bob)
    assert converse([bytes([byte]) for byte in crlf]) == (alice, bob)


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's local time is UTC."""
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def test_a_guest_who_joins_reads_the_newest_lines() -> None:
    network = Network("--history", "2")
    bob = network.join("Bob")
    bob.say("one")
    bob.say("two")
    network.advance(5400)
    bob.say("three")
    alice = network.guest()
    alice.say("Alice")
    bob.say("four")
    assert START % 86400 == 12 * 3600
    assert alice.heard()[1:] == [WELCOME, "[12:00] Bob: two", "[13:30] Bob: three", "Bob: four"]


def test_a_guest_reads_the_message_of_the_day_without_history(tmp_path: object) -> None:
    motd = f"{tmp_path}/motd"
    with open(motd, "w", encoding="utf-8") as file:
        file.write("Be kind.\n\x1b[2JNo caps.\n")
    network = Network("--history", "0", "--motd", motd, "--lobby", "hall")
    network.join("Bob").say("one")
    alice = network.guest()
    alice.say("Alice")
    alice.say("/names")
    assert alice.heard() == [
        "Enter username: ",
        WELCOME,
        "* Be kind.",
        "* [2JNo caps.",
        "* In hall: Bob, Alice",
    ]


def test_an_invalid_or_taken_name_is_refused_and_the_guest_is_asked_again(network: Network) -> None:
    network.join("Bob")
    alice = network.guest()
    for name in ("bob", "two words", "admin", "Alice"):
        alice.say(name)
    assert alice.heard() == [
        "Enter username: ",
        "! bob looks too much like Bob, who is here; choose another name.",
        "Enter username: ",
        "! A name has letters, digits and _ . - only; choose another one.",
        "Enter username: ",
        "! admin is reserved; choose another name.",
        "Enter username: ",
        WELCOME,
    ]


@pytest.mark.parametrize(
    "first",
    ["Bob\r\nhi\r\n".encode("utf-16"), b"\xfe\xff" + '{"type":"ping"}\n'.encode("utf-16-be")],
)
def test_utf_16_is_refused_in_a_sentence_that_names_it(network: Network, first: bytes) -> None:
    """PowerShell sends it through a pipe."""
    guest = network.guest()
    guest.send(first)
    assert guest.heard()[1] == "! That is UTF-16; send UTF-8."


def test_telnet_negotiation_is_not_taken_for_utf_16(network: Network) -> None:
    guest = network.guest()
    guest.send(b"\xff\xfe\x01\xff\xfe\x03Bob\r\n")
    assert guest.heard()[1] == WELCOME


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"", "That took too long; connect again and give a name sooner."),
        (
            b"Bob",
            "That took too long, and no line end has come; "
            "connect again and end each line with LF.",
        ),
    ],
)
def test_a_client_that_sends_no_line_end_is_told_what_is_missing(
    network: Network, sent: bytes, why: str
) -> None:
    guest = network.guest()
    guest.send(sent)
    network.advance(15)
    assert guest.heard()[-1] == f"! {why}"
    program = network.guest()
    program.send(b'{"type":"hello"')
    network.advance(15)
    assert b"no line end has come" in program.received


@pytest.mark.parametrize("first", [b"Bob\n", b'{"type":"hello","name":"Bob"}\n'])
def test_a_byte_order_mark_before_the_first_line_is_ignored(network: Network, first: bytes) -> None:
    guest = network.connect(Guest())
    guest.network = network
    guest.send(b"\xef\xbb\xbf" + first)
    ann = network.join("Ann")
    ann.say("/names")
    assert ann.heard() == ["* In lobby: Bob, Ann"]


def test_a_guest_is_disconnected_after_five_refused_names(network: Network) -> None:
    alice = network.guest()
    alice.say("no name\n" * 4 + "no name")
    *_, why, closed = alice.heard()
    assert why == "! A name has letters, digits and _ . - only; choose another one."
    assert closed == "! Too many tries; connect again with another name."
    assert alice.received.count(b"Enter username: ") == 5
    assert not alice.online


def test_input_does_not_extend_the_deadline_for_the_name(network: Network) -> None:
    slow = network.guest()
    for _ in range(14):
        network.advance(1)
        slow.send(b"x")
    assert slow.online
    network.advance(1)
    assert slow.received.startswith(b"Enter username: \n! That took too long")
    assert not slow.online


def test_a_guest_with_a_name_may_be_silent_for_any_time(network: Network) -> None:
    alice = network.join("Alice")
    network.advance(100_000)
    assert alice.online


def test_a_limit_of_0_is_off() -> None:
    network = Network("--login-timeout", "0", "--login-tries", "0", "--max-line", "0")
    alice = network.guest()
    network.advance(100_000)
    alice.say("no name\n" * 50 + "Alice")
    bob = network.join("Bob")
    alice.say("x" * 100_000)
    assert bob.heard() == [f"Alice: {'x' * 100_000}"]


def test_history_can_be_requested_if_none_is_shown_on_entry() -> None:
    network = Network("--history", "0")
    alice = network.join("Alice")
    alice.say("one")
    alice.say("/history")
    assert alice.heard() == ["[12:00] Alice: one"]


def test_a_topic_can_be_removed(network: Network) -> None:
    alice = network.join("Alice")
    for line in ("/topic fish", "/topic -", "/topic"):
        alice.say(line)
    assert alice.heard() == [
        "* Alice changed the topic to: fish",
        "* Alice removed the topic",
        "* lobby has no topic",
    ]


def test_a_topic_of_more_than_512_bytes_is_refused(network: Network) -> None:
    alice = network.join("Alice")
    longest = "\u00e9" * 256
    for topic in (longest, f"{longest}!", "\u00e9" * 300):
        alice.say(f"/topic {topic}")
    alice.say("/topic")
    too_long = "! A topic has at most 512 bytes; choose a shorter one."
    assert alice.heard() == [
        f"* Alice changed the topic to: {longest}",
        too_long,
        too_long,
        f"* Topic: {longest}",
    ]


def test_exit_at_the_prompt_for_the_name_disconnects(network: Network) -> None:
    alice = network.guest()
    alice.say("exit")
    assert alice.heard() == ["Enter username: ", "DISCONNECTED!!"]
    assert not alice.online


@pytest.mark.parametrize("stream", [b"Alice\nlast words", b"Alice\nlast words\n"])
def test_the_end_of_input_is_an_exit_after_a_last_line_with_or_without_a_line_end(
    network: Network, stream: bytes
) -> None:
    bob = network.join("Bob")
    alice = network.guest()
    alice.send(stream)
    alice.end_input()
    assert bob.heard() == ["* Alice joined", "Alice: last words", "* Alice left"]
    assert alice.heard()[-1] == "DISCONNECTED!!"
    assert not alice.online


def test_a_last_line_without_a_line_end_is_said_when_the_connection_is_closed(
    network: Network,
) -> None:
    """TLS has no half-closed connections."""
    alice, bob = network.join("Alice"), network.join("Bob")
    bob.send(b"last words")
    bob.hang_up()
    assert alice.heard() == ["* Bob joined", "Bob: last words", "* Bob left"]


def test_a_guest_whose_connection_is_lost_has_left(network: Network) -> None:
    alice, bob = network.join("Alice"), network.join("Bob")
    bob.hang_up()
    assert alice.heard() == ["* Bob joined", "* Bob left"]
    assert network.join("Bob").online


@pytest.mark.parametrize(
    "text", ["x" * 4096, "ü" * 2048], ids=["4096 bytes", "4096 bytes, 2048 letters"]
)
def test_a_line_may_have_4096_bytes_but_not_more(network: Network, text: str) -> None:
    alice, bob = network.join("Alice"), network.join("Bob")
    alice.say(text)
    alice.say(f"{text}x")
    alice.say("still here")
    assert bob.heard() == [f"Alice: {text}", "Alice: still here"]
    assert alice.heard() == [
        "* Bob joined",
        "! That line is too long, so nobody saw it; send shorter ones.",
    ]


def test_a_line_of_more_than_512_bytes_before_login_is_refused(network: Network) -> None:
    alice = network.guest()
    alice.say("x" * 513)
    alice.say("x" * 512)
    assert alice.heard()[1::2] == [
        "! That line is too long, so nobody saw it; send shorter ones.",
        "! A name has 1 to 32 characters; choose another one.",
    ]


def test_the_line_limit_changes_at_login_however_the_input_is_split() -> None:
    for parts in ([b"Alice\n" + b"x" * 300 + b"\n"], [b"Alice\n", b"x" * 300 + b"\n"]):
        network = Network("--max-line", "100")
        alice = network.guest()
        for part in parts:
            alice.send(part)
        assert alice.heard()[-1].startswith("! That line is too long")


def test_a_line_without_an_end_closes_only_its_own_connection(network: Network) -> None:
    alice, bob = network.join("Alice"), network.join("Bob")
    for _ in range(16):
        assert alice.online
        alice.send(b"x" * 4096)
    assert alice.heard()[-1] == "! That line goes on and on; connect again and send shorter ones."
    assert not alice.online
    assert bob.heard() == ["* Alice left"]


def test_a_line_that_is_too_long_has_a_deadline(network: Network) -> None:
    alice = network.join("Alice")
    alice.send(b"x" * 5000)
    network.advance(9)
    alice.send(b"\n" + b"x" * 5000)
    network.advance(9)
    assert alice.online
    network.advance(1)
    assert alice.heard()[-1] == "! That line goes on and on; connect again and send shorter ones."
    assert not alice.online


def test_a_line_that_is_not_utf_8_is_refused_and_the_guest_stays_connected(
    network: Network,
) -> None:
    alice, bob = network.join("Alice"), network.join("Bob")
    alice.send(b"caf\xe9\n\xff\xfe\nfine\n")
    assert bob.heard() == ["Alice: fine"]
    assert [line[:18] for line in alice.heard()[1:]] == ["! That is not UTF-"] * 2


def test_telnet_negotiation_is_ignored_before_and_after_login(network: Network) -> None:
    bob = network.join("Bob")
    alice = network.guest()
    alice.send(b"\xff\xfd\x03\xff\xfb\x18Alice\r\nhel\xff\xfa\x18\x00xterm\xff\xf0lo\xff\xf1\r\n")
    assert bob.heard() == ["* Alice joined", "Alice: hello"]


def test_a_change_of_rooms_is_announced_in_both(network: Network) -> None:
    alice, bob, carol = (network.join(name) for name in ("Alice", "Bob", "Carol"))
    carol.say("/join dev")
    bob.say("/join DEV")
    bob.say("just us")
    assert alice.heard() == ["* Bob joined", "* Carol joined", "* Carol left", "* Bob left"]
    assert carol.heard() == ["* You are now in dev", "* Bob joined", "Bob: just us"]
    alice.say("/rooms")
    assert alice.heard() == ["* Rooms: dev (2), lobby (1)"]


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("/join lobby", "! You are in lobby already."),
        ("/join no way", "! A room has letters, digits and _ . - only; choose another one."),
        ("/nick Bob", "! Bob is taken; choose another name."),
        ("/nick root", "! root is reserved; choose another name."),
        ("/msg Alice hi me", "! That is you; name somebody else."),
        ("/msg " + "x" * 4000 + " hi", "! Nobody here has a name that long; try /names."),
        ("/nick Alice", "! You are Alice already."),
        (
            "/nick a\u202eb",
            "! A name has letters, digits and _ . - only; choose another one.",
        ),
        (
            "/join a\x00b",
            "! A room has letters, digits and _ . - only; choose another one.",
        ),
        ("/msg a\u202eb hi", "! Nobody here is called ab; try /names."),
        (" /msg nobody a slip", "! Nobody here is called nobody; try /names."),
        ("/\x1b[2J", "! There is no command /[2J; try /help."),
    ],
)
def test_a_refusal_is_read_only_by_the_guest_who_sent_the_request(
    network: Network, line: str, refusal: str
) -> None:
    bob, alice = network.join("Bob"), network.join("Alice")
    alice.say(line)
    alice.say("still here")
    assert alice.heard() == [refusal]
    assert bob.heard() == ["* Alice joined", "Alice: still here"]


def test_fifty_guests_who_speak_at_once_read_the_lines_in_one_order(network: Network) -> None:
    guests = [network.join(f"Guest{number}") for number in range(50)]
    for guest in guests:
        guest.heard()
    dice = random.Random(7)
    lines = [(guest, number) for guest in guests for number in range(4)]
    dice.shuffle(lines)
    for guest, number in lines:
        guest.queue(f"line {number}\n".encode())
    network.settle()
    everything = {guest: guest.heard() for guest in guests}
    assert all(len(heard) == 49 * 4 for heard in everything.values())
    witness = network.join("Witness")
    witness.say("/history 200")
    order = [line.partition("] ")[2] for line in witness.heard()]
    for number, guest in enumerate(guests):
        others = [line for line in order if not line.startswith(f"Guest{number}:")]
        assert everything[guest] == others


def test_at_shutdown_accepted_lines_are_delivered_and_every_guest_reads_why(
    network: Network,
) -> None:
    alice, bob, nameless = network.join("Alice"), network.join("Bob"), network.guest()
    done: list[None] = []
    network.door(alice).dataReceived(b"last line\n")
    network.stop().addCallback(done.append)
    farewell = "! The server is shutting down; come back later."
    assert bob.heard() == ["Alice: last line", farewell]
    assert alice.heard() == ["* Bob joined", farewell]
    assert nameless.heard() == ["Enter username: ", "", farewell]
    assert done == [None]
    assert network.clock.getDelayedCalls() == []


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=80), max_size=8), st.booleans())
def test_no_input_raises_an_error_or_disconnects_another_guest(
    chunks: list[bytes], named: bool
) -> None:
    network = Network()
    bob = network.join("Bob")
    stranger = network.join("Stranger") if named else network.guest()
    for chunk in chunks:
        if stranger.online:
            stranger.send(chunk)
    bob.say("/names")
    assert bob.online
    assert bob.heard()[-1].startswith("* In lobby: Bob")
    stranger.received.decode()


def test_a_history_of_long_lines_is_cut_to_the_newest_that_fit_in_a_page(tmp_path: Path) -> None:
    network = Network("--data", str(tmp_path), "--history", "0")
    bob = network.join("Bob")
    for number in range(100):
        bob.say(f"{number} " + "x" * 4000)
    bob.say("/history 90")
    lines = [line.split()[2] for line in bob.heard()]
    assert 30 < len(lines) < 40
    assert lines == [str(number) for number in range(100 - len(lines), 100)]
    network.stop()


def test_lines_and_topics_survive_a_restart(tmp_path: Path) -> None:
    network = Network("--data", str(tmp_path))
    bob = network.join("Bob")
    bob.say("/join Dev")
    bob.say("hello")
    bob.say("/topic fish")
    network.stop()
    network = Network("--data", str(tmp_path))
    alice = network.join("Alice")
    alice.say("/join dev")
    alice.say("again")
    alice.say("/history 1")
    alice.say("/rooms")
    assert alice.heard() == [
        "* You are now in Dev",
        "* Topic: fish",
        "[12:00] Bob: hello",
        "[12:00] Alice: again",
        "* Rooms: Dev (1)",
    ]
    network.stop()


def test_a_topic_from_before_the_limit_was_introduced_is_shown(tmp_path: Path) -> None:
    topic = "\u00e9" * 2000
    journal = JournalFile(tmp_path).open()
    append(journal, TopicSet("lobby", topic, "Bob"))
    close(journal)
    network = Network("--data", str(tmp_path))
    alice = network.guest()
    alice.say("Alice")
    alice.say("/topic")
    assert alice.heard() == ["Enter username: ", WELCOME, *[f"* Topic: {topic}"] * 2]
    network.stop()


def test_a_guest_who_sends_a_name_before_the_prompt_reads_the_prompt_all_the_same(
    network: Network,
) -> None:
    guest = network.connect(Guest())
    guest.network = network
    guest.say("no way")
    guest.say("Alice")
    network.advance(1)
    assert guest.heard() == [
        "Enter username: ",
        "! A name has letters, digits and _ . - only; choose another one.",
        "Enter username: ",
        WELCOME,
    ]


def test_the_first_line_decides_the_dialect_for_the_whole_connection(network: Network) -> None:
    guest = network.guest()
    guest.say("no way")
    guest.say('{"type":"hello","name":"Alice"}')
    assert [line[:2] for line in guest.heard()] == ["En", "! ", "En", "! ", "En"]


def test_a_guest_is_a_plain_twisted_protocol(network: Network) -> None:
    guest = network.connect(Guest())
    network.advance(1)
    assert guest.heard() == ["Enter username: "]
