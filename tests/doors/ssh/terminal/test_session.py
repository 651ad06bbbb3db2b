"""What a user at a terminal behind SSH sees, while they type and others talk."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netchat.client.frontends.bell import MIN_INTERVAL
from netchat.client.frontends.new_password import DIFFERENT
from netchat.doors.ssh.terminal.paste import BEGIN, END, PASTE_TIME, TOO_LATE, TOO_LONG
from netchat.doors.ssh.terminal.typed_input import PASTED_PER_TURN, TYPED_PER_TURN
from netchat.testing import Network
from tests.support.ssh_terminals import SshUser, join

HOSTILE = (
    "\x1b[2J",
    "\x1b[1A\x1b[2K",
    "\x1b[999B\r",
    "\x9b2J",
    "\x1b]0;title\x07",
    "\x1bc",
    "\u202eYou: x",
    "\u2028You: x",
    "e" + "\u0301" * 40,
    "\x08" * 9,
    "👨\u200d" * 9,
    "\v\f\x85",
)
FAMILY = "👨‍👩‍👧‍👦"


def pasted(text: str) -> bytes:
    return BEGIN + text.encode() + END


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def alice(network: Network) -> SshUser:
    return join(network)


def test_the_words_are_those_of_the_chat(network: Network) -> None:
    bob = network.join("Bob")
    alice = join(network)
    alice.types("Je suis Alice\r")
    bob.say("Je suis bob")
    assert bob.heard() == ["* Alice joined", "Alice: Je suis Alice"]
    assert alice.sees() == [
        "Welcome to chat room. Enter 'exit' anytime to exit",
        "You: Je suis Alice",
        "Bob: Je suis bob",
        "You:",
    ]
    assert alice.terminal.below[0].startswith(" lobby 2 here")
    alice.types("exit\r")
    assert alice.sees()[-2:] == ["You: exit", "DISCONNECTED!!"]
    assert not alice.online
    assert alice.terminal.below == []
    assert b"\x1b[?2004l" in alice.writes[-1]


def test_history_is_shown_on_entry(network: Network) -> None:
    bob = network.join("Bob")
    bob.say("before")
    assert join(network).sees()[-2:] == ["[12:00] Bob: before", "You:"]


def test_others_lines_appear_above_the_half_typed_line(network: Network, alice: SshUser) -> None:
    bob = network.join("Bob")
    alice.types("half a li")
    bob.say("hello")
    assert alice.sees()[-2:] == ["Bob: hello", "You: half a li"]
    alice.types("ne")
    assert alice.sees()[-2:] == ["Bob: hello", "You: half a line"]


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("abc\x1b[D\x1b[DX", "aXbc"),
        ("abc\x01X\x05Y", "XabcY"),
        ("abc\x1b[HX\x1b[FY", "XabcY"),
        ("one two\x17X", "one X"),
        ("one two\x15X", "X"),
        ("one two\x1bb\x0bX", "one X"),
        ("one two\x17\x01\x19", "twoone "),
        ("one two\x1bb\x1bbX\x1bfY", "XoneY two"),
        ("one two\x1b[1;5DX", "one Xtwo"),
        ("abc\x1b[D\x1b[3~X", "abX"),
        ("e\u0301\x7fX", "X"),
        (f"{FAMILY}\x7fX", "X"),
        ("a日本\x7fX", "a日X"),
        (f"a{FAMILY}b\x1b[D\x1b[DX", f"aX{FAMILY}b"),
        ("🇩🇪🇫🇷\x7fX", "🇩🇪X"),
        ("tä\x1b[57422ust", "täst"),
        ("a\tb\x03c", "c"),
    ],
)
def test_the_line_is_edited(network: Network, alice: SshUser, keys: str, line: str) -> None:
    bob = network.join("Bob")
    alice.types(f"{keys}.\r")
    assert bob.heard()[-1].replace(".", "") == f"Alice: {line}"


def test_a_letter_may_be_split_over_packets(network: Network, alice: SshUser) -> None:
    bob = network.join("Bob")
    text = f"é日本{FAMILY}e\u0301"
    for byte in text.encode():
        alice.types(bytes((byte,)))
    assert alice.sees()[-1].startswith("You: é日")
    alice.types("\r")
    assert bob.heard()[-1] == f"Alice: {text}"


def test_up_and_down_bring_back_what_was_typed(alice: SshUser) -> None:
    alice.types("one\rtwo\rthr")
    alice.types("\x1b[A")
    assert alice.sees()[-1] == "You: two"
    alice.types("\x1b[A\x1b[A")
    assert alice.sees()[-1] == "You: one"
    alice.types("\x1b[B\x1b[B")
    assert alice.sees()[-1] == "You: thr"


def test_tab_completes_names_rooms_and_commands(network: Network, alice: SshUser) -> None:
    network.join("Bob")
    network.join("Bobby")
    alice.types("/na\t")
    assert alice.sees()[-1] == "You: /names"
    alice.types("\x15B\t")
    assert alice.sees()[-1] in ("You: Bob:", "You: Bobby:")
    assert {"Bob", "Bobby"} <= set(alice.terminal.below[0].split())
    alice.types("\t")
    assert alice.sees()[-1] in ("You: Bob:", "You: Bobby:")


def test_tab_knows_everybody_in_a_crowd(network: Network) -> None:
    network.join("Zoe")
    for number in range(100):
        network.join(f"guest{number}")
    alice = join(network)
    alice.types("Zo\t")
    assert alice.sees()[-1] == "You: Zoe:"


def test_ctrl_c_clears_first_and_leaves_at_the_second_on_an_empty_line(alice: SshUser) -> None:
    alice.types("something\x03")
    assert alice.sees()[-1] == "You:"
    alice.types("\x19")
    assert alice.sees()[-1] == "You: something"
    alice.types("\x03\x03")
    assert alice.sees()[-2:] == ["* Press Ctrl-C again to leave.", "You:"]
    alice.types("x\x7f\x03")
    assert alice.online
    alice.types("\x03")
    assert alice.sees()[-1] == "DISCONNECTED!!"
    assert not alice.online


def test_ctrl_d_leaves_where_the_line_is_empty(alice: SshUser) -> None:
    alice.types("ab\x01\x04")
    assert alice.sees()[-1] == "You: b"
    alice.types("\x04")
    assert alice.online
    alice.types("\x04")
    assert alice.sees()[-1] == "DISCONNECTED!!"


def test_ctrl_l_draws_the_screen_again(network: Network, alice: SshUser) -> None:
    alice.types("half")
    alice.terminal.feed(b"\x1b[2J\x1b[5;5Hgarbage")
    alice.types("\x0c")
    assert alice.terminal.screen.display[0].rstrip() == "You: half"
    assert alice.sees() == ["You: half"]


def test_a_long_line_takes_several_rows(alice: SshUser) -> None:
    alice.resizes(20, 24)
    alice.types("日" * 12)
    assert [row.replace(" ", "") for row in alice.sees()[-2:]] == ["You:" + "日" * 7, "日" * 5]
    alice.types("\x7f" * 12 + "x")
    assert alice.sees()[-1] == "You: x"


@pytest.mark.parametrize("columns", [80, 40, 20, 5])
def test_a_resize_redraws(network: Network, alice: SshUser, columns: int) -> None:
    bob = network.join("Bob")
    alice.types("typed")
    alice.resizes(columns, 24)
    bob.say("hello")
    alice.sees()
    alice.types("\r")
    assert bob.heard()[-1] == "Alice: typed"
    shown = "".join(row.strip() for row in alice.sees())
    assert "Bob: hello" in shown or columns < 20


def test_a_paste_of_one_line_is_edited(network: Network, alice: SshUser) -> None:
    bob = network.join("Bob")
    alice.types(b"a " + pasted("pas\x1b[Dted\r") + b" c")
    assert alice.sees()[-1] == "You: a pas[Dted c"
    alice.types("\r")
    assert bob.heard()[-1] == "Alice: a pas[Dted c"


def test_a_paste_of_a_few_lines_is_sent(network: Network, alice: SshUser) -> None:
    bob = network.join("Bob")
    alice.types(pasted("one\rexit\r\nthree"))
    assert bob.heard()[-3:] == ["Alice: one", "Alice: exit", "Alice: three"]
    assert alice.sees()[-4:] == ["You: one", "You: exit", "You: three", "You:"]


def test_a_paste_of_many_lines_asks_first(network: Network, alice: SshUser) -> None:
    bob = network.join("Bob")
    alice.types(pasted("\n".join("abcdefgh")))
    assert alice.sees()[-1] == "Send 8 lines? (yes/no)"
    assert bob.heard() == []
    alice.types("n\r")
    assert alice.sees()[-8:] == ["You: a", *(f"     {letter}" for letter in "bcdefgh")]
    alice.types("\ryes\r")
    assert bob.heard() == [f"Alice: {letter}" for letter in "abcdefgh"]


def test_a_paste_may_be_split_at_every_byte(network: Network) -> None:
    sent = pasted("pas\rted")
    bob = network.join("Bob")
    alice = join(network)
    for cut in range(1, len(sent)):
        bob.heard()
        alice.types(sent[:cut])
        alice.types(sent[cut:])
        assert bob.heard()[-2:] == ["Alice: pas", "Alice: ted"]
        assert alice.sees()[-1] == "You:"


def test_what_exceeds_a_paste_is_dropped_with_one_sentence(alice: SshUser) -> None:
    alice.types(BEGIN)
    for _ in range(40):
        alice.types(b"x" * 32 * 1024)
    alice.types(END)
    rows = alice.sees()
    assert sum(TOO_LONG in row for row in alice.terminal.scrollback + rows) == 1
    assert alice.online


def test_an_endless_paste_ends_by_time(network: Network, alice: SshUser) -> None:
    bob = network.join("Bob")
    alice.types(BEGIN + b"lost")
    network.advance(PASTE_TIME)
    assert alice.sees()[-2:] == [f"! {TOO_LATE}", "You: lost"]
    network.advance(5)
    alice.types(" and found\r")
    assert bob.heard()[-1] == "Alice: lost and found"


def test_input_is_handled_by_a_budget_per_turn(network: Network, alice: SshUser) -> None:
    session = alice.session
    session.data_received(b"x" * 10 * TYPED_PER_TURN)
    session._turn()
    assert alice.is_paused
    assert len(session._typed._unread) == 9 * TYPED_PER_TURN
    alice.types("\x15")
    assert not alice.is_paused
    session.data_received(BEGIN + b"x" * 10 * PASTED_PER_TURN)
    session._turn()
    session._turn()
    assert alice.is_paused
    assert len(session._typed._unread) > 8 * PASTED_PER_TURN
    alice.sees()
    assert not alice.is_paused


def test_what_is_typed_waits_until_it_is_stored(network: Network, alice: SshUser) -> None:
    bob = network.join("Bob")
    alice.types("".join(f"{number}\r" for number in range(300)))
    for _ in range(20):
        network.advance(1)
    said = [line for line in bob.heard() if line.startswith("Alice: ")]
    assert said == [f"Alice: {number}" for number in range(300)]


def test_everything_of_one_turn_is_written_at_once(network: Network, alice: SshUser) -> None:
    bob = network.join("Bob")
    alice.sees()
    alice.types("half")
    network.advance(1)
    writes = len(alice.writes)
    for number in range(20):
        bob.queue(f"line {number}\n".encode())
    network.settle()
    alice.sees()
    assert len(alice.writes) == writes + 1
    assert len(alice.writes[-1]) < 20 * 60 + 400
    assert alice.sees()[-2:] == ["Bob: line 19", "You: half"]


def test_a_mention_rings_and_is_highlighted(network: Network, alice: SshUser) -> None:
    bob = network.join("Bob")
    network.advance(MIN_INTERVAL)
    alice.writes.clear()
    bob.say("nothing")
    alice.sees()
    assert b"\a" not in b"".join(alice.writes)
    bob.say("lunch, Alice?")
    alice.sees()
    assert b"\a" in b"".join(alice.writes)
    assert alice.terminal.style_of("lunch").bold


@pytest.mark.parametrize(
    ("environment", "colour"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"term": "vt100"}, False),
        ({"term": "linux"}, True),
        ({"COLORTERM": "truecolor"}, True),
    ],
)
def test_colours_are_those_of_the_terminal(
    network: Network, environment: dict[str, Any], colour: bool
) -> None:
    alice = join(network, **environment)
    network.join("Bob").say("hello")
    alice.sees()
    assert (alice.terminal.style_of("Bob: hello").fg != "default") is colour


def test_the_environment_of_the_user_starts_nothing_here(network: Network) -> None:
    alice = join(network, DISPLAY=":0", PATH="/bin:/usr/bin")
    attention = alice.session._frontend._attention
    assert attention._notifications._desktop._program is None


def test_rooms_and_commands_are_those_of_the_client(network: Network, alice: SshUser) -> None:
    bob = network.join("Bob")
    alice.types("/join dev\r")
    bob.say("in the lobby")
    alice.sees()
    assert "1:lobby 1" in alice.terminal.below[0]
    assert "[2:dev] 1" in alice.terminal.below[0]
    alice.types("draft\x1b1")
    assert alice.sees()[-1] == "You:"
    assert "[12:00] Bob: in the lobby" in alice.sees()
    alice.types("\x1b2")
    assert alice.sees()[-1] == "You: draft"
    alice.types("\x15/msgg Bob hi\r")
    assert "did you mean /msg" in alice.sees()[-2]
    alice.types("/set joins off\r")
    assert alice.sees()[-2] == "* joins is off from now on."
    alice.types("/set\r")
    assert not any(row.startswith(("  name", "  rooms")) for row in alice.sees())
    alice.types("/set rooms on\r")
    assert alice.sees()[-2].startswith("! There is no setting 'rooms'")
    alice.types("/keys\r")
    assert not any("Ctrl-Z" in row for row in alice.sees())


def test_a_password_is_asked_for_and_not_shown(alice: SshUser) -> None:
    alice.types("/own password\r")
    assert alice.sees()[-1] == " Enter a new password:"
    alice.types("secret1\r")
    assert alice.sees()[-1] == " Enter it again:"
    alice.types("secret2\r")
    assert alice.sees()[-2:] == [DIFFERENT, "You:"]
    assert b"secret" not in b"".join(alice.writes)


def test_a_refused_name_ends_the_session_with_its_reason(network: Network) -> None:
    network.join("Alice")
    alice = join(network)
    assert alice.sees()[-1] == "DISCONNECTED!!"
    assert alice.sees()[-2].startswith("! ")
    assert not alice.online


def test_the_end_of_the_input_leaves_behind_what_was_typed(network: Network) -> None:
    bob = network.join("Bob")
    alice = join(network)
    alice.session.data_received(b"last words\r")
    alice.session.input_ended()
    alice.sees()
    assert bob.heard()[-2:] == ["Alice: last words", "* Alice left"]
    assert not alice.online


def test_a_dumb_terminal_gets_no_escape_sequence(network: Network) -> None:
    alice = join(network, term="dumb")
    bob = network.join("Bob")
    alice.types("hel")
    bob.say("hello, Alice")
    alice.types("lo\x7f\x7f!\r")
    assert b"\x1b" not in alice.terminal.written
    assert alice.terminal.rows[-3:] == ["You: hel", "Bob: hello, Alice", "You: hel!"]


def test_nothing_is_left_when_the_connection_is_lost(network: Network, alice: SshUser) -> None:
    alice.types(BEGIN + b"x")
    alice.session.connection_lost()
    before = len(alice.writes)
    alice.session.data_received(b"more\r")
    alice.session.chat_received(b"")
    alice.session.resize(40, 10)
    network.advance(60)
    assert len(alice.writes) == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=30),
            st.text(max_size=20).map(str.encode),
            st.sampled_from(
                [BEGIN, END, b"\r", b"\t", b"\x03", b"\x1b[A", b"/join x\r", b"\x1b1", b"\x1b[5~"]
            ),
        ),
        max_size=12,
    ),
    st.integers(1, 100),
)
def test_no_bytes_raise_and_the_prompt_is_there_afterwards(
    pieces: list[bytes], columns: int
) -> None:
    network = Network()
    bob = network.join("Bob")
    alice = join(network, columns=columns)
    for piece in pieces:
        alice.types(piece)
        bob.say("hello")
        alice.sees()
    network.advance(30)
    assert alice.session._typed.decoder.steps <= 4 * sum(map(len, pieces)) + 64 * len(pieces)
    if alice.online:
        alice.types(END + b"\r\r")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.text(max_size=60), st.sampled_from(HOSTILE)), max_size=6))
def test_what_others_say_never_reaches_beyond_its_line(lines: list[str]) -> None:
    network = Network()
    bob = network.join("Bob")
    alice = join(network, columns=200, rows=30)
    alice.types("half a line")
    for line in lines:
        bob.say(f"x{line}".replace("\n", " ").replace("\r", " "))
        bob.say("/me waves")
        rows = alice.sees()
        assert rows[-1] == "You: half a line"
        assert rows[-2] == "* Bob waves"
        assert alice.terminal.below[0].startswith(" lobby 2 here")
    assert alice.terminal.screen.display[0].rstrip().startswith("Welcome to chat room.")
    waves = [row for row in alice.terminal.rows if row == "* Bob waves"]
    assert len(waves) == len(lines)
