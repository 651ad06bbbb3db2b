"""One shared word at the door: who knows it comes in, and nobody else learns who is there."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.admission.password_throttle import DELAY
from netchat.dialects.text.telnet import strip_negotiation
from netchat.model.limits import ConversationLimits
from netchat.model.password import MAX_PASSWORD, load_password
from netchat.model.requests import Hello
from netchat.session.login import Login
from netchat.testing import Guest, Network, Program

WORD = "corréct horse "
WRONG = "! That is not the password; try again."
NAME, ASKED = "Enter username: ", "Enter password: "


def file_with(folder: Path, content: str) -> str:
    path = folder / "password"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    return str(path)


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network("--password-file", file_with(tmp_path, f"{WORD}\nanything\n"))


def come(network: Network, name: str, word: str) -> Guest:
    guest = network.guest()
    guest.say(name)
    guest.say(word)
    return guest


def come_with_another(network: Network, name: str, word: str) -> Guest:
    guest = come(network, name, word)
    network.advance(DELAY)
    return guest


def say_hello(network: Network, name: str, **hello: Any) -> Program:
    program = network.program(name, **hello)
    network.advance(DELAY)
    return program


def test_who_knows_the_password_is_asked_for_it_and_comes_in(network: Network) -> None:
    guest = network.guest()
    guest.say("Alice")
    assert guest.heard() == [NAME, ASKED]
    assert guest.received.endswith(b"Enter password: ")
    guest.say(WORD)
    assert guest.heard() == ["Welcome to chat room. Enter 'exit' anytime to exit"]


def test_a_program_knows_which_hello_was_refused(network: Network) -> None:
    ci = say_hello(network, "ci", nonce="1")
    ci.ask("hello", name="ci", password="wrong", nonce="2")
    network.advance(DELAY)
    told = [(line["code"], line["nonce"]) for line in ci.told()]
    assert told == [("bad-password", "1"), ("bad-password", "2")]


def test_letters_are_the_same_however_they_are_typed(network: Network) -> None:
    guest = come(network, "Alice", unicodedata.normalize("NFD", WORD))
    assert "Welcome" in guest.heard()[-1]


@pytest.mark.parametrize("word", ["", "correct horse ", WORD.strip(), WORD.upper(), "x" * 600])
def test_who_gives_another_word_is_asked_again_and_knows_nothing_more(
    network: Network, word: str
) -> None:
    guest = come_with_another(network, "Alice", word)
    assert guest.heard() == [NAME, ASKED, WRONG, NAME]


def test_bytes_that_are_no_text_are_not_the_password(network: Network) -> None:
    guest = network.guest()
    guest.send(b"Alice\n\xff\xfe\n")
    network.advance(DELAY)
    assert guest.heard() == [NAME, ASKED, WRONG, NAME]


@pytest.mark.parametrize("name", ["Alice", "Bob", "no name", "root", ""])
def test_who_does_not_know_the_password_cannot_tell_who_is_there(
    network: Network, name: str
) -> None:
    come(network, "Bob", WORD)
    assert come_with_another(network, name, "wrong").heard() == [NAME, ASKED, WRONG, NAME]


def test_a_name_is_judged_once_the_password_is_right_and_that_is_not_asked_for_again(
    network: Network,
) -> None:
    come(network, "Bob", WORD)
    guest = come(network, "Bob", WORD)
    assert guest.heard()[2].startswith("! ")
    guest.say("Alice")
    assert "Welcome" in guest.heard()[0]


def test_a_program_need_not_say_the_password_again_but_no_wrong_one(network: Network) -> None:
    come(network, "Bob", WORD)
    program = say_hello(network, "Bob", password=WORD)
    assert program.told()[0]["code"] == "name-taken"
    program.ask("hello", name="ci", password="wrong")
    program.ask("hello", name="ci")
    network.advance(DELAY)
    assert [error["code"] for error in program.told()] == ["bad-password", "bad-password"]
    program.ask("hello", name="Bob", password=WORD)
    program.ask("hello", name="ci")
    assert [told["type"] for told in program.told()] == ["error", "welcome", "entered"]


def test_wrong_words_are_counted_like_names(network: Network) -> None:
    guest = network.guest()
    for _ in range(5):
        assert guest.online
        guest.say("Alice")
        guest.say("wrong")
        network.advance(DELAY)
    assert not guest.online
    assert guest.heard()[-2:] == [WRONG, "! Too many tries; ask somebody for the right password."]


def test_a_guest_who_says_it_all_at_once_is_understood(network: Network) -> None:
    witness = come(network, "Bob", WORD)
    guest = network.guest()
    guest.send(f"Alice\n{WORD}\nhello\nexit\n".encode())
    assert guest.heard()[-1] == "DISCONNECTED!!"
    assert "Alice: hello" in witness.heard()


def test_who_leaves_at_the_question_for_the_name_leaves(network: Network) -> None:
    guest = network.guest()
    guest.say("exit")
    assert guest.heard() == [NAME, "DISCONNECTED!!"]


def test_who_does_not_answer_is_closed_on_a_line_of_its_own(network: Network) -> None:
    guest = network.guest()
    guest.say("Alice")
    network.advance(15)
    assert not guest.online
    assert b"Enter password: \n! That took too long" in guest.received


def test_a_program_says_the_password_in_its_hello(network: Network) -> None:
    told = say_hello(network, "ci", password=WORD).told()
    assert [one["type"] for one in told] == ["welcome", "entered"]


@pytest.mark.parametrize("hello", [{}, {"password": None}, {"password": "wrong"}, {"password": ""}])
def test_a_program_without_the_password_is_refused(network: Network, hello: dict[str, Any]) -> None:
    program = say_hello(network, "ci", **hello)
    (error,) = program.told()
    assert (error["type"], error["code"]) == ("error", "bad-password")
    program.ask("hello", name="ci", password=WORD)
    assert program.told()[0]["type"] == "welcome"


def test_a_program_has_as_many_tries_as_a_person(network: Network) -> None:
    program = say_hello(network, "ci", password="wrong")
    for _ in range(4):
        assert program.online
        program.ask("hello", name="ci", password="wrong")
        network.advance(DELAY)
    assert not program.online
    assert program.told()[-1] == {
        "type": "closing",
        "reason": "bad-password",
        "message": "Too many tries; ask somebody for the right password.",
        "retry": None,
    }


def test_who_comes_back_as_somebody_who_is_there_needs_the_password_too(network: Network) -> None:
    client = "12345678-1234-5678-1234-567812345678"
    first = say_hello(network, "ci", client=client, password=WORD)
    other = say_hello(network, "ci", client=client, password="wrong")
    assert other.told()[0]["code"] == "bad-password"
    assert first.online


def test_whether_the_server_is_well_is_told_without_the_password(network: Network) -> None:
    program = Program()
    program.network = network
    network.connect(program)
    program.ask("ping")
    program.ask("bye")
    assert [one["type"] for one in program.told()] == ["pong", "closing"]


def test_a_password_is_no_use_where_none_is_wanted() -> None:
    assert say_hello(Network(), "ci", password="any").told()[0]["type"] == "welcome"


def test_a_new_password_holds_from_the_reload_on_and_throws_nobody_out(tmp_path: Path) -> None:
    path = file_with(tmp_path, "old")
    network = Network("--password-file", path)
    alice = come(network, "Alice", "old")
    file_with(tmp_path, "new")
    network.reload()
    assert come_with_another(network, "Bob", "old").heard()[-2] == WRONG
    assert "Welcome" in come(network, "Carol", "new").heard()[2]
    file_with(tmp_path, "")
    network.reload()
    assert "Welcome" in come(network, "Dave", "new").heard()[2]
    assert alice.heard()[-2:] == ["* Carol joined", "* Dave joined"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "wants a password in the first line of {}, which is empty"),
        ("\nword", "wants a password in the first line of {}, which is empty"),
        ("a\tb\n", "wants a password without control characters in {}"),
        ("x" * (MAX_PASSWORD + 1), "wants a password of at most 128 bytes in {}"),
        ("x" * 10_000_000, "wants a password of at most 128 bytes in {}"),
        (None, "cannot read {}: No such file or directory"),
        (b"\xff", "wants a text file in UTF-8, and {} is not one"),
    ],
)
def test_a_file_without_a_password_is_refused(
    tmp_path: Path, content: str | bytes | None, why: str
) -> None:
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SystemExit) as stopped:
        Network("--password-file", str(path))
    told = why.format(path)
    assert stopped.value.code == f"netchat: --password-file {told}; see twistd netchat --help"


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\nmore"])
def test_a_line_end_is_no_part_of_the_password(tmp_path: Path, end: str) -> None:
    path = tmp_path / "password"
    path.write_bytes(f"word{end}".encode())
    assert load_password(str(path)).matches("word")


def test_a_file_that_others_can_read_is_noticed(tmp_path: Path) -> None:
    path = file_with(tmp_path, "word")
    assert not load_password(path).exposed
    Path(path).chmod(0o640)
    assert load_password(path).exposed


def test_the_password_is_shown_nowhere(tmp_path: Path) -> None:
    password = load_password(file_with(tmp_path, "sesame"))
    shown = repr(ConversationLimits(password=password))
    assert "sesame" not in shown
    assert password._digest.hex() not in shown
    assert str(password._digest) not in shown


class Paper:
    """A wire of which only what was written is of interest."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data


@given(st.binary().filter(lambda line: b"\n" not in line and strip_negotiation(line) != b"word"))
def test_no_bytes_but_the_password_open_the_door(
    tmp_path_factory: pytest.TempPathFactory, line: bytes
) -> None:
    paper: Any = Paper()
    password = load_password(file_with(tmp_path_factory.getbasetemp(), "word"))
    login, limits = Login(paper), ConversationLimits(password=password)
    for said, known in ((line, False), (b"word", True)):
        assert login.receive_line(b"Alice", limits) is None
        hello = login.receive_line(said, limits)
        assert isinstance(hello, Hello)
        assert login.password_matches(hello, limits) is known
