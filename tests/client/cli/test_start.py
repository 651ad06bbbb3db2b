"""The start on a terminal: the first question, what is typed before it can be read, and memory."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netchat.client.settings.saved_servers import SavedServers
from netchat.client.settings.settings_file import SettingsFile
from tests.support.certificates import identity
from tests.support.checkout import CHECKOUT
from tests.support.client_processes import ScriptedServer, TerminalUser
from tests.support.processes import Server

# forkpty in a process with threads is safe here: the child calls exec at once.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of forkpty:DeprecationWarning")

StartClient = Callable[..., TerminalUser]
WELCOME = "Welcome to chat room. Enter 'exit' anytime to exit"
QUESTION = (" CREATING NEW ID:", " Enter username:")
_WAITS = """
import sys

class Finder:
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in ("asyncio", "twisted", "prompt_toolkit") and Finder in map(type, sys.meta_path):
            sys.meta_path[:] = [one for one in sys.meta_path if type(one) is not Finder]
            with open({fifo!r}) as fifo:
                fifo.read()

sys.meta_path.insert(0, Finder())
"""  # noqa: E501
"""A module that Python runs first: the first import of what is large waits for the test."""


class SlowStart:
    """A start that stops before the large imports until `go_on`."""

    def __init__(self, directory: Path) -> None:
        self._fifo = directory / "go-on"
        os.mkfifo(self._fifo)
        (directory / "sitecustomize.py").write_text(_WAITS.format(fifo=str(self._fifo)))
        self.environment = {"PYTHONPATH": f"{directory}:{CHECKOUT}"}
        self._writer = -1

    def wait(self) -> None:
        """Wait until the client is about to import what is large."""
        self._writer = os.open(self._fifo, os.O_WRONLY)

    def go_on(self) -> None:
        """Let the client import it."""
        os.close(self._writer)
        self._writer = -1

    def close(self) -> None:
        if self._writer >= 0:
            self.go_on()


@pytest.fixture
def slow_start(tmp_path: Path) -> Iterator[SlowStart]:
    directory = tmp_path / "slow"
    directory.mkdir()
    start = SlowStart(directory)
    yield start
    start.close()


def test_the_question_stands_before_anything_large_is_imported(
    server: Server, terminal_user: StartClient, slow_start: SlowStart
) -> None:
    alice = terminal_user(server.address, **slow_start.environment)
    alice.sees(*QUESTION)
    slow_start.wait()
    assert alice.screen == list(QUESTION)
    slow_start.go_on()
    alice.types("Alice\r")
    alice.sees(*QUESTION[:1], " Enter username: Alice", WELCOME, "You:")


def test_what_is_typed_during_the_import_is_kept_for_the_prompt(
    server: Server, terminal_user: StartClient, slow_start: SlowStart
) -> None:
    alice = terminal_user(server.address, **slow_start.environment)
    alice.sees(*QUESTION)
    slow_start.wait()
    alice.types("Alixe\x1b[D\x7fc\r")
    alice.types("hello\rhalf a ")
    slow_start.go_on()
    alice.sees(" Enter username: Alice", WELCOME, "You: hello", "You: half a")
    alice.types("line\r")
    alice.sees("You: hello", "You: half a line", "You:")


def test_what_is_pasted_during_the_import_is_no_enter(
    terminal_user: StartClient, scripted_server: ScriptedServer, slow_start: SlowStart
) -> None:
    alice = terminal_user(scripted_server.address, **slow_start.environment)
    alice.sees(*QUESTION)
    slow_start.wait()
    assert b"\x1b[?2004h" in alice.shown
    alice.pastes("Alice\n")
    slow_start.go_on()
    alice.sees(*QUESTION[:1], " Enter username: Alice")


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_a_user_can_leave_during_the_import(
    terminal_user: StartClient, scripted_server: ScriptedServer, slow_start: SlowStart, key: str
) -> None:
    alice = terminal_user(scripted_server.address, **slow_start.environment)
    alice.sees(*QUESTION)
    slow_start.wait()
    alice.types(key)
    slow_start.go_on()
    assert alice.leaves() == 0
    assert alice.screen == [*QUESTION, "DISCONNECTED!!"]


def test_with_a_name_what_is_typed_early_is_kept_as_well(
    scripted_server: ScriptedServer, terminal_user: StartClient, slow_start: SlowStart
) -> None:
    alice = terminal_user(scripted_server.address, "--name", "Alice", **slow_start.environment)
    slow_start.wait()
    alice.types("hello\r")
    slow_start.go_on()
    scripted_server.accept_login()
    assert scripted_server.read_line() == "hello"
    alice.sees(WELCOME, "You: hello", "You:")


def test_enter_takes_the_login_name_and_typing_replaces_it(
    server: Server, terminal_user: StartClient, slow_start: SlowStart
) -> None:
    ann = terminal_user(server.address, USER="ann", **slow_start.environment)
    ann.sees(*QUESTION[:1], " Enter username: ann")
    slow_start.wait()
    slow_start.go_on()
    ann.types("\r")
    ann.sees(*QUESTION[:1], " Enter username: ann", WELCOME, "You:")
    bob = terminal_user(server.address, USER="ann")
    bob.sees(*QUESTION[:1], " Enter username: ann")
    bob.types("\r")
    bob.sees(" Enter username: ann", "! ann is taken; choose another name.", " Enter username:")
    bob.types("Bob\r")
    bob.sees(" Enter username: Bob", WELCOME, "You:")


def test_tab_takes_the_suggestion_to_change_it(server: Server, terminal_user: StartClient) -> None:
    ann = terminal_user(server.address, USER="ann")
    ann.sees(*QUESTION[:1], " Enter username: ann")
    ann.types("\t2\r")
    ann.sees(*QUESTION[:1], " Enter username: ann2", WELCOME, "You:")


def test_an_own_name_is_suggested_before_the_setting_and_that_before_the_login_name(
    scripted_server: ScriptedServer, terminal_user: StartClient, tmp_path: Path
) -> None:
    config = tmp_path / "config" / "netchat" / "client.toml"
    config.parent.mkdir(parents=True)
    config.write_text('name = "Annie"\n')
    terminal_user(scripted_server.address, USER="ann").sees(" Enter username: Annie")
    keys = tmp_path / "state" / "netchat" / "keys"
    keys.mkdir(parents=True)
    stored = {"server": "", "journal": "", "key": "", "names": ["Old", "Anna"]}
    name = scripted_server.address.replace(":", "%3A")
    (keys / f"{name}.json").write_text(json.dumps(stored))
    terminal_user(scripted_server.address, USER="ann").sees(" Enter username: Anna")


def test_a_name_that_cannot_be_one_is_not_suggested(
    scripted_server: ScriptedServer, terminal_user: StartClient
) -> None:
    terminal_user(scripted_server.address, USER="two words").sees(*QUESTION)
    terminal_user(scripted_server.address, USER="\x1b[2J").sees(*QUESTION)


def test_settings_are_set_in_the_chat_and_hold_in_the_next_run(
    server: Server, terminal_user: StartClient, tmp_path: Path
) -> None:
    alice = terminal_user(server.address, "--name", "Alice")
    alice.sees(WELCOME, "You:")
    alice.types("/set bell maybe\r/set bell off\r")
    alice.sees("! Bell takes on or off; nothing was changed.", "You: /set bell off", "* bell is off from now on.", "You:")  # fmt: skip # noqa: E501
    config = tmp_path / "config" / "netchat" / "client.toml"
    assert config.read_text().endswith('\nbell = "off"\n')
    alice.types("exit\r")
    assert alice.leaves() == 0
    again = terminal_user(server.address, "--name", "Alice")
    again.sees("You:")
    again.types("/set bell\r")
    again.waits(lambda: any(line.startswith("  bell      off") for line in again.screen))


def test_a_broken_settings_file_is_reported_and_the_client_starts(
    server: Server, terminal_user: StartClient, tmp_path: Path
) -> None:
    config = tmp_path / "config" / "netchat" / "client.toml"
    config.parent.mkdir(parents=True)
    config.write_text("# mine\nbell off\n")
    alice = terminal_user(server.address)
    alice.sees(*QUESTION)
    text = "".join(alice.screen[:-2])
    assert text.startswith("! ")
    assert "client.toml, line 2, is not TOML: expected '=' after a key" in text
    alice.types("Alice\r")
    alice.sees(WELCOME, "You:")


def _mapped(user: TerminalUser) -> str:
    return Path(f"/proc/{user._child.pid}/maps").read_text()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux")
def test_without_tls_no_openssl_is_loaded_and_memory_is_small(
    server: Server, terminal_user: StartClient
) -> None:
    alice = terminal_user(server.address)
    alice.sees(*QUESTION)
    alice.types("Alice\r")
    alice.sees(WELCOME, "You:")
    alice.types("hello\r")
    alice.sees("You: hello", "You:")
    mapped = _mapped(alice)
    for library in ("libssl", "libcrypto", "_rust.abi3", "_hashlib", "/_ssl."):
        assert library not in mapped
    status = Path(f"/proc/{alice._child.pid}/status").read_text()
    resident = next(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line)
    # 41,500 kB on CPython 3.11; with OpenSSL and what it brings 59,000.
    assert resident < 43_000


def test_the_open_rooms_and_the_one_that_was_shown_come_back_next_time(
    server: Server, terminal_user: StartClient
) -> None:
    alice = terminal_user(server.address, "--name", "Alice", "--room", "ops", "--room", "dev")
    alice.sees("You:")
    alice.types("/join lunch\r")
    alice.waits(lambda: "* You are now in lunch" in alice.screen)
    alice.types("/leave ops\r/go dev\r/names\r")
    alice.waits(lambda: "* In dev: Alice" in alice.screen)
    alice.kill()
    again = terminal_user(server.address, "--name", "Ann")
    again.sees("You:")
    again.types("/names\r")
    again.waits(lambda: "* In dev: Ann" in again.screen)
    again.types("/go lunch\r/names\r")
    again.waits(lambda: "* In lunch: Ann" in again.screen)
    again.types("/go ops\r")
    again.waits(lambda: any(line.startswith("! ") for line in again.screen))
    only = terminal_user(server.address, "--name", "Bob", "--room", "lobby")
    only.sees("You:")
    only.types("/go dev\r")
    only.waits(lambda: any(line.startswith("! ") for line in only.screen))


def test_a_saved_server_with_tls_is_reached_on_a_terminal(
    terminal_user: StartClient, tmp_path: Path
) -> None:
    door = identity(tmp_path, "127.0.0.1")
    with Server("--listen", door.put(tmp_path / "door.pem"), cwd=tmp_path) as server:
        SavedServers(SettingsFile(tmp_path / "config" / "netchat" / "client.toml")).save(
            "class",
            {
                "address": server.secure_address,
                "fingerprint": door.fingerprint.hex(),
                "name": "Ann",
            },
        )
        alice = terminal_user("class")
        alice.sees(WELCOME, "You:")
        alice.types("exit\r")
        assert alice.leaves() == 0
