"""Ctrl-Z and fg, in a shell with job control: the screen is right afterwards."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.client_processes import CLIENT, ScriptedServer, TerminalUser
from tests.support.processes import Server

# forkpty in a process with threads is safe here: the child calls exec at once.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of forkpty:DeprecationWarning")

WELCOME = "Welcome to chat room. Enter 'exit' anytime to exit"
CTRL_Z = "\x1a"


class ShellUser(TerminalUser):
    """A user of bash, who starts `netchat` in it."""

    program = ("bash", "--norc", "--noprofile", "-i")

    def __init__(self, home: Path) -> None:
        super().__init__(home, PS1="$ ")
        self.sees("$")

    def runs(self, *arguments: str) -> None:
        self.types(f"clear; {shlex.join([*CLIENT, *arguments])}\r")

    def stops(self) -> None:
        """Press Ctrl-Z, and wait for the shell."""
        self.types(CTRL_Z)
        self.waits(lambda: "Stopped" in "\n".join(self.screen) and self.screen[-1] == "$")
        assert re.search(r"\[1\]\+ +Stopped", "\n".join(self.screen))

    def continues(self) -> None:
        # The shell's echo is on, and the screen is its own.
        self.types("clear; fg\r")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[ShellUser]:
    user = ShellUser(tmp_path)
    yield user
    user.kill()


def test_at_the_line_that_is_typed(shell: ShellUser, scripted_server: ScriptedServer) -> None:
    shell.runs(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    shell.sees(WELCOME, "You:")
    shell.types("half a ")
    shell.sees("You: half a")
    shell.stops()
    scripted_server.send_lines("Bob", "meanwhile")
    shell.continues()
    shell.sees("Bob: meanwhile", "You: half a")
    shell.types("line\r")
    assert scripted_server.read_line() == "half a line"
    shell.sees("Bob: meanwhile", "You: half a line", "You:")
    assert shell.status.startswith("lobby")


def test_at_the_question_for_a_name(shell: ShellUser, server: Server) -> None:
    shell.runs(server.address)
    shell.sees(" CREATING NEW ID:", " Enter username:")
    shell.types("Ali")
    shell.sees(" Enter username: Ali")
    shell.stops()
    shell.continues()
    shell.sees(" Enter username: Ali")
    shell.types("ce\r")
    shell.sees(" Enter username: Alice", WELCOME, "You:")


def test_at_a_question_for_a_password(shell: ShellUser, scripted_server: ScriptedServer) -> None:
    shell.runs(scripted_server.address, "--name", "Alice")
    scripted_server.accept()
    assert scripted_server.read_request()["type"] == "hello"
    scripted_server.send_event(type="error", code="bad-password", message="No.")
    shell.sees(" Enter password:")
    shell.types("ses")
    shell.sees(" Enter password: ***")
    shell.stops()
    shell.continues()
    shell.sees(" Enter password: ***")
    shell.types("ame\r")
    assert scripted_server.accept_login()["password"] == "sesame"
    shell.sees(" Enter password: ******", WELCOME, "You:")


def test_at_the_question_about_a_paste(shell: ShellUser, scripted_server: ScriptedServer) -> None:
    shell.runs(scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    shell.sees(WELCOME, "You:")
    shell.pastes("1\n2\n3\n4\n5\n6\n")
    shell.sees("Send 6 lines? (yes/no)")
    shell.stops()
    shell.continues()
    shell.sees("Send 6 lines? (yes/no)")
    shell.types("y\r")
    assert [scripted_server.read_line() for _ in range(6)] == list("123456")
