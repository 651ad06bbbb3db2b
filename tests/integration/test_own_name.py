"""A name of one's own with real servers, clients and terminals: /own, leave, and come back."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.certificates import identity
from tests.support.client_processes import CLIENT, TerminalUser, environment
from tests.support.processes import PATIENCE, Server

StartClient = Callable[..., TerminalUser]
WELCOME = "Welcome to chat room. Enter 'exit' anytime to exit"
OWNED = "* Alice is your own name from now on"
PASSWORD = "correct horse battery"
ASKED = ("! The name Alice is owned by somebody.", " Enter password of Alice:")
terminal = pytest.mark.filterwarnings("ignore:.*use of forkpty:DeprecationWarning")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A real server."""
    with Server(cwd=tmp_path) as server:
        yield server


def run(home: Path, *arguments: str, typed: str = "", **more: str) -> tuple[int, str, str]:
    """Run the client in a pipe; return its exit code, stdout and stderr."""
    ended = subprocess.run(
        [*CLIENT, *arguments],
        env=environment(home, **more),
        input=typed,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


def key_file(home: Path) -> Path:
    """Return the only file with a key below `home`."""
    (file,) = (home / "state" / "netchat" / "keys").iterdir()
    return file


@terminal
def test_a_user_owns_the_name_leaves_and_comes_back_with_the_key(
    server: Server, terminal_user: StartClient, tmp_path: Path
) -> None:
    alice = terminal_user(server.address, "--name", "Alice")
    alice.sees(WELCOME, "You:")
    alice.types("/own\r")
    alice.waits(lambda: OWNED in alice.screen and alice.screen[-1] == "You:")
    assert str(key_file(tmp_path)) in "".join(alice.screen)
    alice.types("exit\r")
    assert alice.leaves() == 0
    again = terminal_user(server.address, "--name", "Alice")
    again.sees(WELCOME, "You:")
    again.types("/account\r")
    again.waits(lambda: any("* Proof 1: key" in line for line in again.screen))


@terminal
def test_a_password_is_chosen_and_asked_for_without_being_shown_or_kept(
    server: Server, terminal_user: StartClient, tmp_path: Path
) -> None:
    alice = terminal_user(server.address, "--name", "Alice")
    alice.sees(WELCOME, "You:")
    alice.types("/own password\r")
    alice.sees(" Enter a new password:")
    alice.types(f"{PASSWORD}\r")
    alice.sees(" Enter it again:")
    alice.types("something else\r")
    alice.sees("! The two passwords differ, and nothing was changed; try again.", "You:")
    alice.types("/own password\r")
    alice.waits(lambda: alice.screen[-1] == " Enter a new password:")
    alice.types(f"{PASSWORD}\r")
    alice.waits(lambda: alice.screen[-1] == " Enter it again:")
    alice.types(f"{PASSWORD}\r")
    alice.sees(OWNED, "You:")
    alice.types("exit\r")
    assert alice.leaves() == 0

    again = terminal_user(server.address, "--name", "Alice")
    again.sees(*ASKED)
    again.types("wrong\r")
    again.sees("! That is not the password of Alice.", " Enter password of Alice:")
    again.types(f"{PASSWORD}\r")
    again.sees(WELCOME, "You:")
    again.types("exit\r")
    assert again.leaves() == 0

    shown = alice.shown + again.shown
    assert PASSWORD.encode() not in shown
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert not [file for file in files if PASSWORD.encode() in file.read_bytes()]
    server.stop()
    assert PASSWORD not in server.log


@terminal
def test_a_user_without_the_password_takes_another_name(
    server: Server, terminal_user: StartClient, tmp_path: Path
) -> None:
    assert run(tmp_path, server.address, "--name", "Alice", typed="/own\n")[0] == 0
    key_file(tmp_path).unlink()
    alice = terminal_user(server.address, "--name", "Alice")
    alice.sees(*ASKED)
    alice.types("\r")
    alice.waits(lambda: alice.screen[-1] == " Enter username:")
    alice.types("Anna\r")
    alice.sees(WELCOME, "You:")


def test_a_script_owns_a_name_and_uses_it_by_the_key_or_by_a_password_in_a_file(
    server: Server, tmp_path: Path
) -> None:
    code, shown, errors = run(tmp_path, server.address, "--name", "ci", typed="/own\n")
    assert (code, errors) == (0, "")
    assert shown.startswith("* ci is your own name from now on\n")
    assert run(tmp_path, "say", server.address, "--name", "ci", "done") == (0, "", "")
    stranger = tmp_path / "stranger"
    needed = (
        "netchat: The name ci is owned by somebody; give its password with "
        "--account-password-file FILE, or take another name.\n"
    )
    for command in ("say", "tail"):
        code, _, errors = run(stranger, command, server.address, "--name", "ci", typed="x\n")
        assert (code, errors) == (1, needed)
    word = tmp_path / "word"
    word.write_text("wrong word\n", encoding="utf-8")
    code, _, errors = run(
        stranger, "tail", server.address, "--name", "ci", NETCHAT_ACCOUNT_PASSWORD_FILE=str(word)
    )
    assert (code, errors.partition(";")[0]) == (1, "netchat: That is not the password of ci")


@pytest.mark.parametrize("scheme", ["", "wss://"])
@pytest.mark.parametrize("old", [False, True])
def test_the_key_proves_the_name_over_tls_with_the_exporter_of_the_connection(
    tmp_path: Path, scheme: str, old: bool
) -> None:
    own = identity(tmp_path, "127.0.0.1")
    listen = own.put(tmp_path / "door.pem")
    if old:
        listen += ":sslmethod=TLSv1_2_METHOD"
    with Server("--listen", listen, cwd=tmp_path) as server:
        where = (f"{scheme}{server.secure_address}", "--ca", str(own.file), "--name", "Alice")
        code, shown, errors = run(tmp_path, *where, typed="/own\n")
        assert (code, errors) == (0, "")
        assert shown.startswith(OWNED)
        assert run(tmp_path, *where, typed="/account\n")[1].startswith(
            "* Alice is your own name since"
        )
        server.stop()
        assert "Traceback" not in server.log


def test_a_server_that_was_set_up_anew_does_not_get_a_signature(tmp_path: Path) -> None:
    with Server("--data", str(tmp_path / "one"), cwd=tmp_path) as server:
        port = server.ports[0]
        assert run(tmp_path, server.address, "--name", "Alice", typed="/own\n")[0] == 0
    endpoint = f"tcp:{port}:interface=127.0.0.1"
    with Server("--data", str(tmp_path / "two"), "--listen", endpoint, cwd=tmp_path) as server:
        code, _, errors = run(tmp_path, server.address, "--name", "Alice", typed="/own\n")
        assert code == 1
        assert errors == (
            f"! Your key for {server.address} is not used, because the server has another journal "
            f"now: if it was set up anew, remove {key_file(tmp_path)} and type /own again.\n"
        )
