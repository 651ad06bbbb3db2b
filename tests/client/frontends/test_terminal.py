"""`netchat` on a real terminal: the screen, letter for letter."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.support.client_processes import ScriptedServer, TerminalUser
from tests.support.hostile_lines import texts
from tests.support.processes import Server

# forkpty in a process with threads is safe here: the child calls exec at once.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of forkpty:DeprecationWarning")

WELCOME = "Welcome to chat room. Enter 'exit' anytime to exit"
NO_NAME = "! A name has letters, digits and _ . - only; choose another one."
StartClient = Callable[..., TerminalUser]


def test_two_users_talk_and_see_what_the_readme_shows(
    server: Server, terminal_user: StartClient
) -> None:
    bob = terminal_user(server.address)
    bob.sees(" CREATING NEW ID:", " Enter username:")
    bob.types("Bob\r")
    bob.sees(WELCOME, "You:")
    alice = terminal_user(server.address)
    alice.sees(" CREATING NEW ID:", " Enter username:")
    alice.types("Alice\r")
    alice.sees(" Enter username: Alice", WELCOME, "You:")
    bob.sees("* Alice joined", "You:")
    alice.types("Je suis Alice\r")
    bob.sees("Alice: Je suis Alice", "You:")
    bob.types("Je suis bob\r")
    alice.sees("Bob: Je suis bob", "You:")
    alice.types("exit\r")
    assert alice.leaves() == 0
    assert alice.screen == [
        " CREATING NEW ID:",
        " Enter username: Alice",
        WELCOME,
        "You: Je suis Alice",
        "Bob: Je suis bob",
        "You: exit",
        "DISCONNECTED!!",
    ]
    bob.sees("You: Je suis bob", "* Alice left", "You:")


def test_the_line_being_typed_survives_incoming_lines(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.sees(WELCOME, "You:")
    alice.types("half a ")
    alice.sees("You: half a")
    scripted_server.send_lines("Bob", "one", "two")
    alice.sees(WELCOME, "Bob: one", "Bob: two", "You: half a")
    alice.types("line\r")
    assert scripted_server.read_line() == "half a line"
    alice.sees("Bob: two", "You: half a line", "You:")


def test_a_taken_name_is_asked_for_again(server: Server, terminal_user: StartClient) -> None:
    terminal_user(server.address, "--name", "Bob").sees(WELCOME, "You:")
    alice = terminal_user(server.address)
    alice.sees(" Enter username:")
    alice.types("Bob\r")
    alice.sees("! Bob is taken; choose another name.", " Enter username:")
    alice.types("two words\r")
    alice.sees(" Enter username: two words", NO_NAME, " Enter username:")
    alice.types("\r")
    alice.sees(NO_NAME, " Enter username:", " Enter username:")
    alice.types("Alice\r")
    alice.sees(" Enter username: Alice", WELCOME, "You:")


def test_a_hostile_server_does_not_move_the_cursor_set_the_title_or_clear_the_screen(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.sees(WELCOME, "You:")
    before = alice.shown.count(b"\x07")
    scripted_server.send_lines(
        "Bob",
        "\x1b[2J\x1b[H\x1b]0;owned\x07\x1b[31m\x9b5A\x08\x08<b>x</b> \x1b[6n\r\nYou\r: y",
        "\u202egnihton",
    )
    scripted_server.send_event(
        type="topic", room="lobby", text="\x1b]52;c;AAAA\x07", by="\x1b[1mEve"
    )
    alice.sees(
        "Bob: [2J[H]0;owned[31m5A<b>x</b> [6n  You : y",
        "Bob: gnihton",
        "* [1mEve changed the topic to: ]52;c;AAAA",
        "You:",
    )
    assert alice.shown.count(b"\x07") == before
    assert b"\x1b]" not in alice.shown
    assert b"\x1b[2J" not in alice.shown
    assert b"\x1b[6n" not in alice.shown


def test_a_thousand_hostile_lines_change_neither_the_prompt_nor_the_line_being_typed(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.sees(WELCOME, "You:")
    alice.types("half a line")
    alice.sees("You: half a line")
    screen = alice._screen

    def state() -> tuple[object, ...]:
        return set(screen.mode), screen.title, screen.icon_name, screen.charset, screen.cursor.x

    visible = 25 << 5
    alice.waits(lambda: alice.status != "" and screen.cursor.x == 16 and visible in screen.mode)
    kept = state()
    lines = list(texts(Random(8), 1000))
    for first in range(0, len(lines), 50):
        bells = alice.shown.count(b"\x07")
        scripted_server.send_lines("Bob", *lines[first : first + 50], f"END {first}")
        alice.sees(f"Bob: END {first}", "You: half a line")
        # The line below is drawn last, and then the cursor is back.
        alice.waits(lambda: state() == kept and alice.status != "")
        assert alice.shown.count(b"\x07") == bells
        assert re.fullmatch(r"lobby 2 here {35,}connected.*  /help", alice.status)
    alice.types(", and the rest\r")
    assert scripted_server.read_line() == "half a line, and the rest"


def test_a_paste_of_a_few_lines_is_sent_as_that_many_lines(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.sees("You:")
    alice.types("see ")
    alice.pastes("one\r\ntwo\n\n3\n4\n5\n")
    assert [scripted_server.read_line() for _ in range(5)] == ["see one", "two", "3", "4", "5"]
    alice.sees("You: see one", "You: two", "You: 3", "You: 4", "You: 5", "You:")


def test_a_paste_of_one_line_waits_for_enter(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.sees("You:")
    alice.pastes("rm -rf\n")
    alice.sees(WELCOME, "You: rm -rf")
    alice.types("?\r")
    assert scripted_server.read_line() == "rm -rf?"


BREAKS = "\u2028\u2029\x85\v\f\x1c\x1d\x1e"
"""Characters at which `str.splitlines` cuts."""


@pytest.mark.parametrize("char", "\u2028\u2029\x85", ids=ascii)
def test_a_hidden_line_break_that_is_typed_makes_no_second_line(
    scripted_server: ScriptedServer, terminal_user: StartClient, char: str
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.sees("You:")
    alice.types(f"x{char}/nick Evil\r")
    assert scripted_server.read_line() == "x /nick Evil"
    alice.types("next\r")
    assert scripted_server.read_line() == "next"


def test_a_line_end_that_is_typed_literally_is_seen_before_it_is_sent(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.sees("You:")
    alice.types("x\x11\ny")
    alice.sees(WELCOME, "You: x", "     y")
    alice.types("\r")
    assert [scripted_server.read_line() for _ in range(2)] == ["x", "y"]


@pytest.mark.parametrize("char", BREAKS, ids=ascii)
def test_a_hidden_line_break_that_is_pasted_makes_no_second_line(
    scripted_server: ScriptedServer, terminal_user: StartClient, char: str
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.sees("You:")
    alice.pastes(f"x{char}/nick Evil")
    alice.types("\r")
    assert scripted_server.read_line() == "x /nick Evil"
    alice.pastes(f"one{char}/nick Evil\ntwo")
    assert scripted_server.read_line() == "one /nick Evil"
    assert scripted_server.read_line() == "two"
    alice.sees("You: one /nick Evil", "You: two", "You:")


def test_a_pasted_line_is_echoed_without_control_characters(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.sees("You:")
    alice.pastes("a\x9b5A\nb\x1b]0;owned\x07")
    assert [scripted_server.read_line() for _ in range(2)] == ["a5A", "b]0;owned"]
    alice.sees("You: a5A", "You: b]0;owned", "You:")


def test_a_name_that_is_pasted_needs_no_line_end(
    server: Server, terminal_user: StartClient
) -> None:
    alice = terminal_user(server.address)
    alice.sees(" Enter username:")
    alice.pastes("Alice\r\n")
    alice.types("\r")
    alice.sees(" Enter username: Alice", WELCOME, "You:")


def test_a_paste_of_many_lines_asks_first(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.sees("You:")
    paste = "".join(f"line {number}\n" for number in range(6))
    alice.pastes(paste)
    alice.sees(WELCOME, "Send 6 lines? (yes/no)")
    alice.types("no\r")
    alice.sees(WELCOME, "You: line 0", *[f"     line {number}" for number in range(1, 6)])
    alice.types("\r")
    alice.sees(WELCOME, "Send 6 lines? (yes/no)")
    alice.types("y\r")
    assert [scripted_server.read_line() for _ in range(6)] == [
        f"line {number}" for number in range(6)
    ]
    alice.sees("You: line 5", "You:")


@pytest.mark.parametrize("key", ["\x03\x03", "\x04"], ids=["Ctrl-C twice", "Ctrl-D"])
def test_ctrl_c_twice_and_ctrl_d_leave_with_a_goodbye(
    scripted_server: ScriptedServer, terminal_user: StartClient, key: str
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.sees("You:")
    alice.types(key)
    scripted_server.accept_goodbye()
    assert alice.leaves() == 0
    assert alice.screen[-1] == "DISCONNECTED!!"


@pytest.mark.parametrize("key", ["\x03", "\x04", "exit\r"], ids=["Ctrl-C", "Ctrl-D", "exit"])
def test_a_user_can_leave_before_the_login(
    scripted_server: ScriptedServer, terminal_user: StartClient, key: str
) -> None:
    alice = terminal_user(scripted_server.address)
    alice.sees(" Enter username:")
    alice.types(key)
    assert alice.leaves() == 0
    assert alice.screen[-1] == "DISCONNECTED!!"


def test_ctrl_c_at_the_question_for_a_name_clears_what_is_typed_first(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address)
    alice.sees(" Enter username:")
    alice.types("Alixe")
    alice.sees(" Enter username: Alixe")
    alice.types("\x03")
    alice.sees(" CREATING NEW ID:", " Enter username:")
    alice.types("\x03")
    assert alice.leaves() == 0


def test_ctrl_c_ends_a_connection_attempt(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept()
    alice.types("\x03")
    assert alice.leaves() == 0
    assert alice.screen == ["DISCONNECTED!!"]


@pytest.mark.parametrize("arguments", [(), ("--name", "Alice")], ids=["asked", "in"])
def test_no_process_is_left_when_the_window_is_closed(
    scripted_server: ScriptedServer, terminal_user: StartClient, arguments: tuple[str, ...]
) -> None:
    alice = terminal_user(scripted_server.address, *arguments)
    if arguments:
        scripted_server.accept_login()
        alice.sees(WELCOME, "You:")
        scripted_server.disconnect()
    else:
        alice.sees(" Enter username:")
    terminal = alice._child.ptyproc
    terminal.fileobj.close()
    terminal.wait()
    assert not terminal.isalive()


def test_unstored_lines_are_counted_in_the_prompt_and_at_the_end(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.types("one\r")
    assert scripted_server.read_request()["text"] == "one"
    alice.sees("You: one", "[1 not stored yet] You:")
    scripted_server.disconnect()
    scripted_server.close()
    alice.sees(
        f"! {scripted_server.address} closed the connection; coming back by itself.",
        "[1 not stored yet] You:",
    )
    alice.types("two\rthree\r")
    alice.sees("You: two", "You: three", "[3 not stored yet] You:")
    alice.types("exit\r")
    assert alice.leaves() == 0
    assert alice.screen[-4:] == [
        "You: exit",
        "* Waiting until all is stored.",
        "! Your last 3 lines may not be stored.",
        "DISCONNECTED!!",
    ]


def test_the_prompt_is_as_before_when_every_line_is_stored(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.types("one\rtwo\rhalf a")
    one, two = scripted_server.read_request(), scripted_server.read_request()
    alice.sees("You: one", "You: two", "[2 not stored yet] You: half a")
    for said in (one, two):
        scripted_server.send_event(
            **scripted_server.said("Alice", said["text"], nonce=said["nonce"])
        )
    alice.sees("You: one", "You: two", "You: half a")


def test_a_line_that_cannot_be_stored_is_reported_kept_and_sent_again(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.types("one\r")
    said = scripted_server.read_request()
    error = {"type": "error", "code": "storage", "message": "The disk is full."}
    scripted_server.send_event(**error, nonce=said["nonce"])
    alice.sees(
        "You: one",
        "! The disk is full. What you say is kept here, and is sent again by itself.",
        "[1 not stored yet] You:",
    )
    assert scripted_server.read_line() == "one"
    alice.waits(lambda: alice.screen[-1] == "You:")


def test_when_the_server_ends_the_conversation_the_line_being_typed_is_removed(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.types("half")
    alice.sees("You: half")
    scripted_server.send_event(type="closing", reason="bye", message="", retry=None)
    assert alice.leaves() == 0
    assert alice.screen == [WELCOME, "DISCONNECTED!!"]


def test_the_history_is_there_in_the_next_run_and_only_its_owner_can_read_it(
    scripted_server: ScriptedServer, terminal_user: StartClient, tmp_path: Path
) -> None:
    for keys, line in [("deploy\r", "deploy"), ("\x1b[A again\r", "deploy again")]:
        alice = terminal_user(scripted_server.address, "--name", "Alice")
        scripted_server.last = 0
        scripted_server.accept_login()
        alice.sees("You:")
        alice.types(keys)
        assert scripted_server.read_line() == line
        alice.types("\x04")
        scripted_server.accept_goodbye()
        assert alice.leaves() == 0
    (history,) = (tmp_path / "state").rglob("history")
    assert history.stat().st_mode & 0o777 == 0o600


def test_a_private_line_can_be_recalled_and_is_not_in_the_history_file(
    scripted_server: ScriptedServer, terminal_user: StartClient, tmp_path: Path
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.sees("You:")
    alice.types("hello\r")
    assert scripted_server.read_line() == "hello"
    alice.types("  /msg Bob secret\r")
    assert scripted_server.read_request()["text"] == "secret"
    alice.types("\x1b[A again\r")
    assert scripted_server.read_request()["text"] == "secret again"
    (history,) = (tmp_path / "state").rglob("history")
    assert "+hello" in history.read_text()
    assert "secret" not in history.read_text()


def test_the_day_is_shown_where_it_changes(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice", "--timestamps")
    scripted_server.accept_login(("Bob", "one"))
    alice.waits(
        lambda: alice.screen[1:3] == ["-- Thursday, 2026-01-01 --", "[2026-01-01 12:00] Bob: one"]
    )


def test_a_lost_connection_is_reported_and_restored_without_loss_or_duplicates(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login(("Bob", "one"))
    alice.sees("[2026-01-01 12:00] Bob: one", "You:")
    alice.types("stored\r")
    said = scripted_server.read_request()
    alice.sees("You: stored", "[1 not stored yet] You:")
    scripted_server.disconnect()
    alice.types("kept\r")
    alice.sees("You: kept", "[2 not stored yet] You:")
    login_requests = scripted_server.accept_login(("Alice", "stored"), ("Bob", "two"))
    assert login_requests["after"] == {"lobby": 1}
    assert scripted_server.read_request() == said
    scripted_server.send_event(
        **{**scripted_server.said("Alice", "stored", nonce=said["nonce"]), "id": 2}
    )
    scripted_server.last = 3
    assert scripted_server.read_line() == "kept"
    scripted_server.send_lines("Bob", "three")
    alice.waits(lambda: alice.screen[-2:] == ["Bob: three", "You:"])
    away = alice.screen.index("You: kept")
    shown = [re.sub(r"\d\d:\d\d", "HH:MM", line, count=1) for line in alice.screen[away + 1 :]]
    assert re.fullmatch(r"-- \w+day, 20\d\d-\d\d-\d\d --", shown.pop(3))
    assert shown == [
        "* Connected again.",
        "-- new since HH:MM --",
        "[2026-01-01 HH:MM] Bob: two",
        "Bob: three",
        "You:",
    ]


def test_the_bell_rings_at_a_mention_and_not_more_than_once_a_second(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login(("Bob", "Alice!"))
    alice.sees("[2026-01-01 12:00] Bob: Alice!", "You:")
    scripted_server.send_lines("Bob", "malice")
    alice.sees("Bob: malice", "You:")
    assert b"\x07" not in alice.shown
    scripted_server.send_lines("Bob", "hey ALICE", *["Alice"] * 5, "end")
    alice.sees("Bob: end", "You:")
    assert alice.shown.count(b"\x07") == 1


def test_tab_completes_names_and_commands(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.sees("You:")
    for typed, completed in [("bo\t", "Bob:"), ("/ni\t", "/nick"), ("/msg B\t", "/msg Bob")]:
        alice.types(typed)
        alice.sees(WELCOME, f"You: {completed}")
        alice.types("\x15")
        alice.sees(WELCOME, "You:")


def test_wide_characters_and_emoji_are_edited_at_their_width(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.sees("You:")
    alice.types("日本語😀x\x1b[D\x1b[D中\x1b[3~")
    alice.sees(WELCOME, "You: 日本語中x")
    alice.types("\r")
    assert scripted_server.read_line() == "日本語中x"


def test_the_line_being_typed_survives_a_resize_of_the_window(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.types("half a line")
    alice.sees("You: half a line")
    alice.resizes(10, 40)
    scripted_server.send_lines("Bob", "hi")
    alice.waits(lambda: alice.screen[-2:] == ["Bob: hi", "You: half a line"])


def test_each_name_has_a_colour_unless_no_color_is_set(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    for more, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        alice = terminal_user(scripted_server.address, "--name", "Alice", **more)
        scripted_server.last = 0
        scripted_server.accept_login(("Bob", "hi"))
        alice.sees("[2026-01-01 12:00] Bob: hi", "You:")
        assert (re.search(rb"\x1b\[[0-9;]*38;5;\d+mBob", alice.shown) is not None) is coloured
        alice.types("\x04")
        scripted_server.accept_goodbye()
        assert alice.leaves() == 0


def test_timestamps_stand_before_lines_received_and_said(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice", "--timestamps")
    scripted_server.accept_login()
    scripted_server.send_lines("Bob", "hi")
    stamped = r"\[\d\d:\d\d\] "
    expected = re.compile(f"{WELCOME}\n{stamped}Bob: hi\n{stamped}You:")
    alice.waits(lambda: expected.fullmatch("\n".join(alice.screen)) is not None)


def test_a_dumb_terminal_gets_plain_lines(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    alice = terminal_user(scripted_server.address, TERM="dumb")
    alice.sees(" CREATING NEW ID:", " Enter username:")
    alice.types("Alice\r")
    assert scripted_server.accept_login(("Bob", "hi"))["name"] == "Alice"
    alice.sees(" Enter username: Alice", WELCOME, "[2026-01-01 12:00] Bob: hi")
    alice.types("hello\r")
    assert scripted_server.read_line() == "hello"
    assert b"\x1b" not in alice.shown


def test_a_server_that_cannot_be_reached_is_reported_in_one_sentence(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    scripted_server.close()
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    assert alice.leaves() == 1
    sentence = "check the address, or start the server."
    assert (
        alice.shown.decode()
        .rstrip()
        .endswith(f"netchat: No server listens at {scripted_server.address}; {sentence}")
    )
