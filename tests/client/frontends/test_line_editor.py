"""What one types: keys, completion, messages of several lines. The terminal is in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from netchat.client.conversation.interfaces import OpenRoom
from netchat.client.frontends.typed_history import open_history
from tests.support.terminals import LOBBY, User, at_a_terminal, said

ALT = "\x1b"
UP, DOWN, PAGE_UP = "\x1b[A", "\x1b[B", "\x1b[5~"
SHIFT_TAB = "\x1b[Z"
SEVEN = "".join(f"line {number}\n" for number in range(7))
LEAVE = "* Press Ctrl-C again to leave."


def pasted(text: str) -> str:
    return f"\x1b[200~{text}\x1b[201~"


def test_ctrl_c_clears_the_line_and_ctrl_y_brings_it_back(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types("half a line\x03")
        await alice.sees("You:")
        await alice.types("\x19!\r")
        assert alice.chat.said == ["half a line!"]
        assert not alice.chat.leaving

    at_a_terminal(tmp_path, test)


def test_ctrl_c_leaves_at_the_second_time_only_if_nothing_was_typed_between(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types("x\x03\x03")
        await alice.sees(LEAVE, "You:")
        await alice.types("y\x03")
        await alice.sees(LEAVE, "You:")
        await alice.types("\x03y\x7f\x03")
        await alice.sees(LEAVE, LEAVE, LEAVE, "You:")
        assert not alice.chat.leaving
        await alice.types("\x03")
        assert alice.chat.leaving

    at_a_terminal(tmp_path, test)


def test_alt_enter_makes_one_message_of_several_lines(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types(f"one{ALT}\rtwo")
        await alice.sees("You: one", "     two")
        assert alice.chat.said == []
        await alice.shows(said("Bob", "hi"))
        await alice.sees("Bob: hi", "You: one", "     two")
        await alice.types("\r")
        assert alice.chat.said == ["one", "two"]
        await alice.sees("Bob: hi", "You: one", "You: two", "You:")
        await alice.types(UP)
        await alice.sees("You: one", "     two")

    at_a_terminal(tmp_path, test)


def test_a_line_that_is_left_of_a_message_is_sent_as_one(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types(f"{ALT}\rone{ALT}\r{ALT}\r\r")
        assert alice.chat.said == ["one"]
        await alice.sees("You: one", "You:")

    at_a_terminal(tmp_path, test)


def test_a_paste_that_the_user_does_not_send_is_edited(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types(f"see {pasted(SEVEN)}")
        await alice.sees("Send 7 lines? (yes/no)")
        await alice.types(f"q\t{UP}{PAGE_UP}\x7fno\r")
        await alice.sees("You: see line 0", *[f"     line {number}" for number in range(1, 7)])
        await alice.types("\x15\x7f\x15\x7f\x15\x7f\r")
        assert alice.chat.said == ["see line 0", "line 1", "line 2", "line 3"]
        assert alice.chat.done == []

    at_a_terminal(tmp_path, test)


def test_no_word_that_answers_the_question_gets_into_the_message(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        for answer in ("n\r", "no\r", "NO\r", "\r", "yesno\r", "no\x03", f"y{pasted('es')}\x04"):
            await alice.types(pasted(SEVEN))
            await alice.sees("Send 7 lines? (yes/no)")
            await alice.types(answer)
            await alice.sees("You: line 0", *[f"     line {number}" for number in range(1, 7)])
            assert alice.chat.said == []
            await alice.types("\x03")
        for answer in ("y", "Yes"):
            await alice.types(f"{pasted(SEVEN)}{answer}\r")
            await alice.sees("You: line 6", "You:")

    at_a_terminal(tmp_path, test)


def test_a_message_of_many_lines_is_asked_about_however_it_was_made(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types(pasted(SEVEN) + "n\r")
        await alice.types("\r")
        await alice.sees("Send 7 lines? (yes/no)")
        await alice.types("yes\r")
        assert len(alice.chat.said) == 7
        await alice.sees("You: line 6", "You:")

    at_a_terminal(tmp_path, test)


def test_a_paste_of_sixty_lines_is_editable_on_a_small_screen(tmp_path: Path) -> None:
    lines = [f"line {number}" for number in range(60)]

    async def test(alice: User) -> None:
        await alice.types(pasted("\n".join(lines)) + "no\r")
        await alice.types(" is the last")
        await alice.shows(said("Bob", "hi"))
        assert alice.terminal.rows[-1].strip() == "line 59 is the last"
        await alice.types("\ry\r")
        assert alice.chat.said == [*lines[:-1], "line 59 is the last"]
        await alice.sees("You: line 59 is the last", "You:")
        assert not [row for row in alice.terminal.scrollback if "(yes/no)" in row]

    at_a_terminal(tmp_path, test, columns=40, rows=12)


def test_a_question_that_comes_between_keeps_the_paste(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types(pasted(SEVEN))
        await alice.sees("Send 7 lines? (yes/no)")
        alice.frontend.secret_required("The password is another one.", 0, "password")
        await alice.sees(" Enter password:")
        await alice.types("sesame\r")
        await alice.waits(lambda: alice.terminal.rows[-1] == "     line 6")
        await alice.types("\ry\r")
        assert alice.chat.said[0] == "line 0"

    at_a_terminal(tmp_path, test)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x" * 4097, "! That line has 4097 bytes, and the server takes 4096; split it."),
        (
            f"short{ALT}\r{'x' * 4097}",
            "! Line 2: That line has 4097 bytes, and the server takes 4096; split it.",
        ),
        (
            f"one{ALT}\r/usr/bin/env{ALT}\rtwo",
            "! Line 2: There is no command /usr/bin/env; try /help.",
        ),
    ],
)
def test_what_is_refused_stays_in_the_line(tmp_path: Path, text: str, problem: str) -> None:
    async def test(alice: User) -> None:
        await alice.types(f"{text}\r")
        await alice.waits(lambda: alice.terminal.rows[0].startswith(problem[:70]))
        assert alice.chat.said == []
        assert alice.frontend._editor._buffer.text == text.replace(f"{ALT}\r", "\n")

    at_a_terminal(tmp_path, test, columns=120, rows=60)


def test_exit_in_a_message_of_several_lines_is_a_word(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types(f"if x{ALT}\r  exit{ALT}\rfi\r")
        assert alice.chat.said == ["if x", "text:   exit", "fi"]

    at_a_terminal(tmp_path, test)


def test_a_private_message_of_several_lines_stays_private(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types(f"/msg Bob one{ALT}\rsecret{ALT}\r/msg Carol three\r")
        assert alice.chat.said == ["/msg Bob one", "/msg Bob secret", "/msg Carol three"]
        await alice.types(f"hello{ALT}\r/msg Bob secret\r")
        await alice.types(f"one{ALT}\rtwo\r")
        stored = list(open_history(tmp_path / "history").load_history_strings())
        assert stored == ["one\ntwo"]

    at_a_terminal(tmp_path, test)


def test_tab_goes_through_the_names_and_never_repeats_one(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        alice.chat.participants = ["Alice", "Carol", "Boris", "Bob"]
        await alice.types("bo\t")
        await alice.sees("You: Bob:")
        assert alice.terminal.status == [" Bob  Boris"]
        assert alice.terminal.style_of("Boris").bold is False
        await alice.types("\t")
        await alice.sees("You: Boris:")
        assert alice.terminal.style_of("Boris").bold
        await alice.types("\t")
        await alice.sees("You: Bob:")
        await alice.types(f"{SHIFT_TAB}{SHIFT_TAB}{SHIFT_TAB}")
        await alice.sees("You: Boris:")
        await alice.types("hi ca\t")
        await alice.sees("You: Boris: hi Carol")
        assert alice.terminal.status[0].startswith(" lobby")
        await alice.types("\t\t")
        await alice.sees("You: Boris: hi Carol")
        await alice.types("\r")
        assert alice.chat.said == ["Boris: hi Carol "]

    at_a_terminal(tmp_path, test)


def test_tab_after_all_names_adds_none(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types("b\t and \t\t\t")
        await alice.sees("You: Bob:  and")

    at_a_terminal(tmp_path, test)


def test_tab_completes_in_the_middle_of_a_line(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types("ask b now\x1b[D\x1b[D\x1b[D\x1b[D\t")
        await alice.sees("You: ask Bob now")
        await alice.types("!\r")
        assert alice.chat.said == ["ask Bob! now"]

    at_a_terminal(tmp_path, test)


def test_tab_makes_an_emoji_of_its_name(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types("well done :tad\t\r")
        assert alice.chat.said == ["well done 🎉"]

    at_a_terminal(tmp_path, test)


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_the_row_of_completions_fits_and_has_the_one_in_the_line(
    tmp_path: Path, columns: int
) -> None:
    async def test(alice: User) -> None:
        await alice.types("/")
        for _ in range(70):
            await alice.types("\t")
            word = alice.terminal.rows[-1].removeprefix("You: ")
            (row,) = alice.terminal.status
            assert word in row.split()
            assert len(row) < columns

    at_a_terminal(tmp_path, test, columns=columns)


def test_a_screen_reader_is_told_the_completions_once(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.sets("reader on")
        alice.chat.participants = ["Alice", "Boris", "Bob"]
        await alice.types("bo\t")
        await alice.sees("* Bob, Boris", "You: Bob:")
        await alice.types("\t")
        await alice.sees("You: Boris:")
        await alice.types(f"hi{ALT}\rthere")
        await alice.sees("You: Boris: hi / there")
        await alice.types("\r")
        assert alice.chat.said == ["Boris: hi", "there"]
        await alice.types("\x03")
        await alice.sees(LEAVE)

    at_a_terminal(tmp_path, test)


def test_the_keys_of_the_rooms(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        alice.rooms(LOBBY, OpenRoom("dev"), OpenRoom("Bob", kind="talk"))
        await alice.types(f"half{ALT}2{ALT}3{ALT}4{ALT}a{PAGE_UP}\x1b[6~{ALT}1")
        assert alice.chat.done == [
            ("go to", "dev"),
            ("go to", "Bob"),
            ("go to next news",),
            ("older",),
            ("go to", "lobby"),
        ]
        await alice.sees("You: half")

    at_a_terminal(tmp_path, test)


def test_up_and_down_go_through_what_was_typed(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types("one\r")
        await alice.types("two\r")
        await alice.types(f"{UP}{UP}")
        await alice.sees("You: one")
        await alice.types(f"{DOWN} again\r")
        assert alice.chat.said == ["one", "two", "two again"]

    at_a_terminal(tmp_path, test)


def test_keys_lists_the_keys(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types("/keys\r")
        rows = "\n".join(alice.terminal.rows)
        assert "* Alt-Enter             begin a new line in the same message" in rows
        assert "* Alt-1 to Alt-9        show that room or talk" in rows
        assert alice.chat.said == []

    at_a_terminal(tmp_path, test)


def test_ctrl_r_searches_what_was_typed(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types("first of all\r")
        await alice.types("second\r")
        await alice.types("\x12irs")
        assert "first of all" in alice.terminal.rows[-1]
        await alice.types("\r\x05!\r")
        assert alice.chat.said[-1] == "first of all!"

    at_a_terminal(tmp_path, test)
