"""The shared password: clients without it can neither log in nor find out who is there."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.admission.password_throttle import DELAY
from netchat.dialects.text.dialect import TextDialect
from netchat.dialects.text.telnet import strip_negotiation
from netchat.model.limits import ConversationLimits
from netchat.model.password import MAX_PASSWORD, load_password, read_password
from netchat.model.requests import Hello
from netchat.session.login import Login
from netchat.testing import Guest, Network, Program

PASSWORD = "corréct horse "
REFUSED = "! That is not the password; try again."
NAME_PROMPT, PASSWORD_PROMPT = "Enter username: ", "Enter password: "


def file_with(folder: Path, content: str) -> str:
    path = folder / "password"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    return str(path)


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network("--password-file", file_with(tmp_path, f"{PASSWORD}\nanything\n"))


def log_in(network: Network, name: str, password: str) -> Guest:
    guest = network.guest()
    guest.say(name)
    guest.say(password)
    return guest


def log_in_wrongly(network: Network, name: str, password: str) -> Guest:
    guest = log_in(network, name, password)
    network.advance(DELAY)
    return guest


def say_hello(network: Network, name: str, **hello: Any) -> Program:
    program = network.program(name, **hello)
    network.advance(DELAY)
    return program


def test_a_guest_is_asked_for_the_password_and_joins_with_the_right_one(network: Network) -> None:
    guest = network.guest()
    guest.say("Alice")
    assert guest.heard() == [NAME_PROMPT, PASSWORD_PROMPT]
    assert guest.received.endswith(b"Enter password: ")
    guest.say(PASSWORD)
    assert guest.heard() == ["Welcome to chat room. Enter 'exit' anytime to exit"]


def test_a_refused_hello_is_answered_with_its_nonce(network: Network) -> None:
    ci = say_hello(network, "ci", nonce="1")
    ci.ask("hello", name="ci", password="wrong", nonce="2")
    network.advance(DELAY)
    told = [(line["code"], line["nonce"]) for line in ci.told()]
    assert told == [("bad-password", "1"), ("bad-password", "2")]


def test_the_password_matches_in_any_unicode_normalization(network: Network) -> None:
    guest = log_in(network, "Alice", unicodedata.normalize("NFD", PASSWORD))
    assert "Welcome" in guest.heard()[-1]


@pytest.mark.parametrize(
    "password", ["", "correct horse ", PASSWORD.strip(), PASSWORD.upper(), "x" * 600]
)
def test_a_guest_with_a_wrong_password_is_asked_again_and_learns_nothing_else(
    network: Network, password: str
) -> None:
    guest = log_in_wrongly(network, "Alice", password)
    assert guest.heard() == [NAME_PROMPT, PASSWORD_PROMPT, REFUSED, NAME_PROMPT]


def test_bytes_that_are_not_utf_8_are_a_wrong_password(network: Network) -> None:
    guest = network.guest()
    guest.send(b"Alice\n\xff\xfe\n")
    network.advance(DELAY)
    assert guest.heard() == [NAME_PROMPT, PASSWORD_PROMPT, REFUSED, NAME_PROMPT]


@pytest.mark.parametrize("name", ["Alice", "Bob", "no name", "root", ""])
def test_a_guest_with_a_wrong_password_cannot_find_out_which_names_are_taken(
    network: Network, name: str
) -> None:
    log_in(network, "Bob", PASSWORD)
    assert log_in_wrongly(network, name, "wrong").heard() == [
        NAME_PROMPT,
        PASSWORD_PROMPT,
        REFUSED,
        NAME_PROMPT,
    ]


def test_a_name_is_checked_after_the_password_which_is_then_not_asked_for_again(
    network: Network,
) -> None:
    log_in(network, "Bob", PASSWORD)
    guest = log_in(network, "Bob", PASSWORD)
    assert guest.heard()[2].startswith("! ")
    guest.say("Alice")
    assert "Welcome" in guest.heard()[0]


def test_a_program_may_omit_the_password_after_the_right_one_but_not_after_a_wrong_one(
    network: Network,
) -> None:
    log_in(network, "Bob", PASSWORD)
    program = say_hello(network, "Bob", password=PASSWORD)
    assert program.told()[0]["code"] == "name-taken"
    program.ask("hello", name="ci", password="wrong")
    program.ask("hello", name="ci")
    network.advance(DELAY)
    assert [error["code"] for error in program.told()] == ["bad-password", "bad-password"]
    program.ask("hello", name="Bob", password=PASSWORD)
    program.ask("hello", name="ci")
    assert [told["type"] for told in program.told()] == ["error", "welcome", "entered"]


def test_wrong_passwords_count_towards_login_tries(network: Network) -> None:
    guest = network.guest()
    for _ in range(5):
        assert guest.online
        guest.say("Alice")
        guest.say("wrong")
        network.advance(DELAY)
    assert not guest.online
    assert guest.heard()[-2:] == [REFUSED, "! Too many tries; ask somebody for the right password."]


def test_name_password_and_lines_may_arrive_in_one_read(network: Network) -> None:
    witness = log_in(network, "Bob", PASSWORD)
    guest = network.guest()
    guest.send(f"Alice\n{PASSWORD}\nhello\nexit\n".encode())
    assert guest.heard()[-1] == "DISCONNECTED!!"
    assert "Alice: hello" in witness.heard()


def test_exit_at_the_prompt_for_the_name_disconnects(network: Network) -> None:
    guest = network.guest()
    guest.say("exit")
    assert guest.heard() == [NAME_PROMPT, "DISCONNECTED!!"]


def test_the_closing_after_a_prompt_without_an_answer_is_on_a_line_of_its_own(
    network: Network,
) -> None:
    guest = network.guest()
    guest.say("Alice")
    network.advance(15)
    assert not guest.online
    assert b"Enter password: \n! That took too long" in guest.received


def test_a_program_sends_the_password_in_its_hello(network: Network) -> None:
    told = say_hello(network, "ci", password=PASSWORD).told()
    assert [one["type"] for one in told] == ["welcome", "entered"]


@pytest.mark.parametrize("hello", [{}, {"password": None}, {"password": "wrong"}, {"password": ""}])
def test_a_program_without_the_password_is_refused(network: Network, hello: dict[str, Any]) -> None:
    program = say_hello(network, "ci", **hello)
    (error,) = program.told()
    assert (error["type"], error["code"]) == ("error", "bad-password")
    program.ask("hello", name="ci", password=PASSWORD)
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


def test_a_client_that_takes_over_its_name_needs_the_password_too(network: Network) -> None:
    client = "12345678-1234-5678-1234-567812345678"
    first = say_hello(network, "ci", client=client, password=PASSWORD)
    other = say_hello(network, "ci", client=client, password="wrong")
    assert other.told()[0]["code"] == "bad-password"
    assert first.online


def test_a_ping_is_answered_without_the_password(network: Network) -> None:
    program = Program()
    program.network = network
    network.connect(program)
    program.ask("ping")
    program.ask("bye")
    assert [one["type"] for one in program.told()] == ["pong", "closing"]


def test_a_password_is_ignored_if_the_server_has_none() -> None:
    assert say_hello(Network(), "ci", password="any").told()[0]["type"] == "welcome"


def test_a_new_password_takes_effect_at_reload_and_disconnects_no_guest(tmp_path: Path) -> None:
    path = file_with(tmp_path, "old")
    network = Network("--password-file", path)
    alice = log_in(network, "Alice", "old")
    file_with(tmp_path, "new")
    network.reload()
    assert log_in_wrongly(network, "Bob", "old").heard()[-2] == REFUSED
    assert "Welcome" in log_in(network, "Carol", "new").heard()[2]
    file_with(tmp_path, "")
    network.reload()
    assert "Welcome" in log_in(network, "Dave", "new").heard()[2]
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


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r", "\r\n\r\n", "\nmore", "\x1a"])
def test_what_an_editor_adds_is_not_part_of_the_password(
    tmp_path: Path, mark: str, end: str
) -> None:
    path = tmp_path / "password"
    path.write_bytes(f"{mark}word{end}".encode())
    assert load_password(str(path)).matches("word")
    assert read_password(str(path)) == "word"


def test_a_file_that_others_can_read_is_detected(tmp_path: Path) -> None:
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


class RecordingConnection:
    """A connection that only records what is written to it."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data


@given(st.binary().filter(lambda line: b"\n" not in line and strip_negotiation(line) != b"word"))
def test_no_bytes_but_the_password_are_accepted(
    tmp_path_factory: pytest.TempPathFactory, line: bytes
) -> None:
    connection: Any = RecordingConnection()
    password = load_password(file_with(tmp_path_factory.getbasetemp(), "word"))
    login, limits = (
        Login(connection, TextDialect(lambda: 0.0)),
        ConversationLimits(password=password),
    )
    for said, known in ((line, False), (b"word", True)):
        assert login.receive_line(b"Alice", limits) is None
        hello = login.receive_line(said, limits)
        assert isinstance(hello, Hello)
        assert login.password_matches(hello, limits) is known
