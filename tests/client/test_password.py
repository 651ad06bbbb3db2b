"""A server with a password: a client without it is told what to do."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from netchat.client.cli.options import parse_options, parse_say, parse_tail
from netchat.client.conversation.login import MAX_LOGIN_BYTES, Position, Target, login_requests
from netchat.model.password import MAX_PASSWORD
from netchat.testing import Network
from tests.support.client_fakes import CLIENT_ID as UUID
from tests.support.client_fakes import ClientHarness
from tests.support.client_processes import CLIENT, ScriptedServer, TerminalUser, environment
from tests.support.processes import PATIENCE, Server

StartClient = Callable[..., TerminalUser]
WANTED = "The server wants a password; give it with --password-file FILE."
WRONG = "That is not the password of the server; ask for the right one."
NOW = "The server wants a password now; join again with it."
CHANGED = "The server wants another password now; join again with it."
WELCOME = "Welcome to chat room. Enter 'exit' anytime to exit"
terminal = pytest.mark.filterwarnings("ignore:.*use of forkpty:DeprecationWarning")


@pytest.fixture
def word(tmp_path: Path) -> Path:
    """A file with the password in it."""
    return write(tmp_path / "password", "sesame")


def write(file: Path, word: str) -> Path:
    file.write_text(f"{word}\n", encoding="utf-8")
    file.chmod(0o600)
    return file


@pytest.fixture
def network(word: Path) -> Network:
    return Network(f"--password-file={word}")


@pytest.fixture
def locked_server(tmp_path: Path, word: Path) -> Iterator[Server]:
    """A real server with a password."""
    with Server(f"--password-file={word}", cwd=tmp_path) as server:
        yield server


def test_a_client_with_the_password_is_let_in(network: Network) -> None:
    assert ClientHarness(network, password="sesame").new_events()[-1] == "in"


def test_a_client_without_a_password_is_told_so_and_does_not_try_again(network: Network) -> None:
    client = ClientHarness(network, keep_trying=True)
    client.wait(60)
    assert client.new_events() == [f"password required: {WANTED}"]
    assert len(client.endpoint.attempts) == 1


def test_a_client_with_a_wrong_password_is_told_so(network: Network) -> None:
    client = ClientHarness(network, password="wrong")
    client.wait(1)
    assert client.new_events() == [f"password required: {WRONG}"]


def test_a_client_sends_its_password_again_on_a_reconnect(network: Network) -> None:
    client = ClientHarness(network, password="sesame")
    client.endpoint.cut()
    client.wait(2)
    assert client.new_events()[-1] == "in again"


def test_a_reconnect_after_a_change_of_the_password_is_reported_and_not_repeated(
    network: Network, word: Path
) -> None:
    client = ClientHarness(network, password="sesame")
    client.new_events()
    write(word, "another")
    network.reload()
    client.endpoint.cut()
    client.say("kept")
    client.wait(60)
    assert client.new_events()[-1] == f"password required: {CHANGED} (1 unstored)"
    assert len(client.endpoint.attempts) == 2


def test_a_password_first_wanted_on_a_reconnect_can_be_given_and_no_line_is_lost(
    tmp_path: Path,
) -> None:
    options = tmp_path / "options"
    options.write_text("", encoding="utf-8")
    network = Network(f"--options-file={options}")
    client = ClientHarness(network)
    client.endpoint.cut()
    client.say("kept")
    word = write(tmp_path / "word", "sesame")
    options.write_text(f'password-file = "{word}"\n', encoding="utf-8")
    network.reload()
    client.wait(60)
    assert client.new_events()[-1] == f"password required: {NOW} (1 unstored)"
    client.connection.retry_with("password", "open")
    client.wait(60)
    assert client.new_events() == [f"password required: {WRONG} (1 unstored)"]
    client.connection.retry_with("password", "sesame")
    network.advance(1)
    assert client.new_events() == ["in again"]
    assert client.frontend.waiting == 0
    assert len(client.endpoint.attempts) == 4
    client.endpoint.cut()
    network.advance(1)
    assert client.new_events()[-1] == "in again"


def test_a_client_that_is_leaving_is_not_asked_for_the_password(
    network: Network, word: Path
) -> None:
    client = ClientHarness(network, password="sesame")
    write(word, "another")
    network.reload()
    client.endpoint.cut()
    client.say("kept", "exit")
    client.wait(60)
    assert client.new_events()[-1] == f"closed: {CHANGED} (1 unstored)"


@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize("letter", ['"', "é", "\\"])
def test_the_longest_password_leaves_space_for_the_longest_name(letter: str, quiet: bool) -> None:
    word = letter * (MAX_PASSWORD // len(letter.encode()))
    at = Position("𐐀" * 50, 2**53, "0" * 16, private=2**53)
    first, *_ = login_requests(Target("x", UUID, password=word, quiet=quiet), "𐐀" * 32, at)
    assert len(msgspec.json.encode(first)) <= MAX_LOGIN_BYTES


def test_the_password_comes_from_the_given_file_or_the_one_in_the_environment(
    word: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = write(tmp_path / "other", "open")
    assert parse_options(["host"]).password == ""
    monkeypatch.setenv("NETCHAT_PASSWORD_FILE", str(other))
    assert parse_tail(["host", "--name", "x"]).password == "open"
    options = parse_say(["host", "--name", "x", "--password-file", str(word)])
    assert options.password == "sesame"
    assert "sesame" not in repr(options)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot read {}: No such file or directory"),
        ("", "wants a password in the first line of {}, which is empty"),
    ],
)
def test_a_file_without_a_password_is_reported_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, why: str
) -> None:
    path = tmp_path / "password"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        parse_options(["host", "--password-file", str(path)])
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"netchat: --password-file {why.format(path)}.\n"


@pytest.mark.parametrize(
    "command", [("say", "--timeout=9"), ("tail",), ()], ids=["say", "tail", "pipe"]
)
def test_a_script_needs_the_file(
    locked_server: Server, word: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    def run(**more: str) -> tuple[int, str]:
        ended = subprocess.run(
            [*CLIENT, *command, locked_server.address, "--name", "ci"],
            env=environment(tmp_path, **more),
            input="" if command[:1] == ("tail",) else "hello\n",
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return ended.returncode, ended.stderr

    assert run() == (1, f"netchat: {WANTED}\n")
    assert run(NETCHAT_PASSWORD_FILE=str(word)) == (0, "")
    other = write(tmp_path / "other", "open")
    assert run(NETCHAT_PASSWORD_FILE=str(other)) == (1, f"netchat: {WRONG}\n")


@terminal
def test_a_user_is_asked_for_the_password_and_it_is_never_shown_or_kept(
    locked_server: Server, tmp_path: Path, terminal_user: StartClient
) -> None:
    alice = terminal_user(locked_server.address, "--name", "Alice")
    alice.sees("! The server wants a password.", " Enter password:")
    alice.types("open\r")
    alice.sees("! That is not the password of the server.", " Enter password:")
    alice.types("sesame\r")
    alice.sees(WELCOME, "You:")
    alice.types("hello\rexit\r")
    assert alice.leaves() == 0
    assert alice.screen[1] == " Enter password: ****"
    assert b"sesame" not in alice.shown
    kept = "".join(
        file.read_text(encoding="utf-8", errors="replace") for file in tmp_path.rglob("history")
    )
    assert "+hello" in kept
    assert "sesame" not in kept
    locked_server.stop()
    assert "sesame" not in locked_server.log


@terminal
def test_a_taken_name_is_asked_for_again_and_the_password_is_not(
    locked_server: Server, word: Path, terminal_user: StartClient
) -> None:
    bob = terminal_user(locked_server.address, "--name", "Bob", "--password-file", str(word))
    bob.sees(WELCOME, "You:")
    alice = terminal_user(locked_server.address, "--name", "Bob")
    alice.sees("! The server wants a password.", " Enter password:")
    alice.types("sesame\r")
    alice.waits(lambda: alice.screen[-1] == " Enter username:")
    alice.types("Alice\r")
    alice.sees(WELCOME, "You:")


@terminal
def test_a_user_can_leave_at_the_question_for_the_password(
    locked_server: Server, terminal_user: StartClient
) -> None:
    alice = terminal_user(locked_server.address, "--name", "Alice")
    alice.sees(" Enter password:")
    alice.types("\x04")
    assert alice.leaves() == 0


@pytest.fixture
def away(
    tmp_path: Path, scripted_server: ScriptedServer, terminal_user: StartClient
) -> TerminalUser:
    """Alice, who has typed half a line and has an unstored one, when a password is wanted."""
    alice = terminal_user(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    alice.sees(WELCOME, "You:")
    scripted_server.disconnect()
    alice.waits(lambda: any("coming back by itself" in line for line in alice.screen))
    alice.types("one\rhalf a ")
    alice.sees("You: one", "[1 not stored yet] You: half a")
    lock(scripted_server)
    alice.sees("! The server wants a password now.", " Enter password:")
    return alice


def lock(server: ScriptedServer) -> str | None:
    """Refuse the next hello; return the password in it."""
    server.accept()
    word: str | None = server.read_request().get("password")
    server.send_event(type="error", code="bad-password", message="No.")
    return word


@terminal
def test_a_user_is_asked_for_the_password_on_a_reconnect_and_no_line_is_lost(
    scripted_server: ScriptedServer, away: TerminalUser
) -> None:
    away.types("open\r")
    assert lock(scripted_server) == "open"
    away.sees("! That is not the password of the server.", " Enter password:")
    away.types("sesame\r")
    assert scripted_server.accept_login()["password"] == "sesame"
    assert scripted_server.read_line() == "one"
    away.sees("* Connected again.", "You: half a")
    away.types("line\r")
    assert scripted_server.read_line() == "half a line"
    assert b"sesame" not in away.shown
    away.types("exit\r")
    scripted_server.accept_goodbye()
    assert away.leaves() == 0
    assert away.screen[-3:] == ["You: half a line", "You: exit", "DISCONNECTED!!"]


@terminal
def test_a_user_who_leaves_at_that_question_is_told_what_may_not_be_stored(
    away: TerminalUser,
) -> None:
    away.types("\x04")
    assert away.leaves() == 0
    assert away.screen[-2:] == ["! Your last line may not be stored.", "DISCONNECTED!!"]


@pytest.mark.parametrize("follow", [("--follow",), ("tail", "--follow")], ids=["pipe", "tail"])
def test_a_script_ends_when_a_reconnect_needs_a_password(
    scripted_server: ScriptedServer, tmp_path: Path, follow: tuple[str, ...]
) -> None:
    with subprocess.Popen(
        [*CLIENT, *follow, scripted_server.address, "--name", "log"],
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as script:
        scripted_server.accept_login()
        scripted_server.disconnect()
        lock(scripted_server)
        _, errors = script.communicate(timeout=PATIENCE)
    assert script.returncode == 1
    assert errors.splitlines()[-1] == f"netchat: {NOW}"
