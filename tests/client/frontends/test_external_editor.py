"""The user's own editor: a script in its place, on a real terminal."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.client_processes import ScriptedServer, TerminalUser
from tests.support.terminals import User, at_a_terminal

# forkpty in a process with threads is safe here: the child calls exec at once.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of forkpty:DeprecationWarning")

StartClient = Callable[..., TerminalUser]
WELCOME = "Welcome to chat room. Enter 'exit' anytime to exit"
ALT_E = "\x1be"
_SCRIPT = """#!/bin/sh
trap "" INT TERM
echo "EDITING"
{{ ls -ld "$(dirname "$1")" "$1"; cat "$1"; }} > {seen}
cat {end} > {text}
echo "EDITED"
if [ -s {text} ]; then cat {text} > "$1"; touch "$1~"; else exit 3; fi
"""


class Editor:
    """A script that writes what the test tells it to, and waits until then."""

    def __init__(self, directory: Path) -> None:
        self.private = directory / "runtime"
        self.private.mkdir()
        self._end = directory / "end"
        os.mkfifo(self._end)
        self._seen = directory / "seen"
        script = directory / "my editor"
        text = directory / "text"
        script.write_text(_SCRIPT.format(seen=self._seen, end=self._end, text=text))
        script.chmod(0o700)
        self.environment = {
            "EDITOR": f"'{script}' ",
            "XDG_RUNTIME_DIR": str(self.private),
        }

    def writes(self, text: str) -> None:
        """Write `text` in the place of what is there, and end; with no text, fail."""
        with open(self._end, "w", encoding="utf-8") as end:
            end.write(text)

    @property
    def seen(self) -> list[str]:
        """What the editor was given: the directory and the file as in `ls -ld`, and the text."""
        directory, file, *text = self._seen.read_text().split("\n")
        return [directory[:10], file[:10], *text]

    @property
    def left(self) -> list[Path]:
        return list(self.private.iterdir())


@pytest.fixture
def editor(tmp_path: Path) -> Editor:
    return Editor(tmp_path)


@pytest.fixture
def alice(
    scripted_server: ScriptedServer, terminal_user: StartClient, editor: Editor
) -> Iterator[TerminalUser]:
    """Alice, who has opened her editor with half a line."""
    alice = terminal_user(scripted_server.address, "--name", "Alice", **editor.environment)
    scripted_server.accept_login()
    alice.types(f"half{ALT_E}")
    alice.sees(WELCOME, "EDITING")
    yield alice
    alice.kill()


def test_the_text_comes_back_to_be_sent_and_nobody_else_could_read_it(
    alice: TerminalUser, scripted_server: ScriptedServer, editor: Editor
) -> None:
    editor.writes("one\r\n\ntwo\n")
    alice.sees("You: one", "     two")
    assert editor.seen == ["drwx------", "-rw-------", "half"]
    assert editor.left == []
    alice.types("!\r")
    assert [scripted_server.read_line() for _ in range(2)] == ["one", "two!"]
    alice.types("more\x18\x05")
    alice.waits(lambda: alice.screen[-1] == "EDITING")
    editor.writes("longer")
    alice.sees("You: longer")


def test_what_a_killed_client_has_left_is_removed_at_the_next_use(
    alice: TerminalUser,
    scripted_server: ScriptedServer,
    terminal_user: StartClient,
    editor: Editor,
) -> None:
    (left,) = editor.left
    os.kill(alice._child.pid, signal.SIGKILL)
    # The client and its editor hold a lock on it.
    lock = os.open(left, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.close(lock)
    assert [path.name for path in left.iterdir()] == ["message.txt"]
    alice._child.wait()
    again = terminal_user(scripted_server.address, "--name", "Alice", **editor.environment)
    scripted_server.accept_login()
    again.types(f"half{ALT_E}")
    again.sees(WELCOME, "EDITING")
    assert len(editor.left) == 1
    assert not left.exists()
    editor.writes("text")
    again.sees("You: text")


def test_lines_that_arrive_meanwhile_are_shown_after_it_and_the_client_stays_connected(
    alice: TerminalUser, scripted_server: ScriptedServer, editor: Editor
) -> None:
    alice.resizes(24, 60)
    scripted_server.send_lines("Bob", "one", "two")
    scripted_server.disconnect()
    # The client comes back while the editor has the terminal.
    assert scripted_server.accept_login(("Bob", "three"))["after"] == {"lobby": 2}
    scripted_server.send_lines("Bob", "four")
    editor.writes("whole")
    alice.sees("Bob: four", "You: whole")
    said = [line.partition("Bob: ")[2] for line in alice.screen if "Bob: " in line]
    assert said == ["one", "two", "three", "four"]
    assert b"EDITING\r\nEDITED\r\n" in alice.shown
    alice.types("\r")
    assert scripted_server.read_line() == "whole"


def test_ctrl_c_in_the_editor_is_for_the_editor(
    alice: TerminalUser, scripted_server: ScriptedServer, editor: Editor
) -> None:
    alice.types("\x03")
    alice.sees("EDITING", "^C")
    editor.writes("text")
    alice.sees("EDITING", "^CEDITED", "You: text")
    alice.types("\r")
    assert scripted_server.read_line() == "text"


def test_an_editor_that_fails_leaves_the_line_as_it_was(
    alice: TerminalUser, editor: Editor
) -> None:
    editor.writes("")
    alice.sees("! The editor ended with code 3, and your text is as it was.", "You: half")
    assert editor.left == []


def test_what_was_written_when_the_conversation_ended_is_shown(
    alice: TerminalUser, scripted_server: ScriptedServer, editor: Editor
) -> None:
    scripted_server.send_event(type="closing", reason="bye", message="", retry=None)
    assert scripted_server.read_request() == {}
    editor.writes("one\ntwo\n")
    assert alice.leaves() == 0
    assert alice.screen[-4:] == ["! This was not sent:", "one", "two", "DISCONNECTED!!"]
    assert editor.left == []


def test_a_password_that_is_wanted_meanwhile_is_asked_for_after_it(
    alice: TerminalUser, scripted_server: ScriptedServer, editor: Editor
) -> None:
    scripted_server.disconnect()
    scripted_server.accept()
    assert scripted_server.read_request()["type"] == "hello"
    scripted_server.send_event(type="error", code="bad-password", message="No.")
    assert scripted_server.read_request() == {}
    editor.writes("one\ntwo\n")
    alice.sees(" Enter password:")
    alice.types("sesame\r")
    scripted_server.accept_login()
    alice.waits(lambda: alice.screen[-2:] == ["You: one", "     two"])


def test_a_client_that_is_told_to_end_ends_an_editor_that_does_not_want_to(
    alice: TerminalUser, scripted_server: ScriptedServer, editor: Editor
) -> None:
    alice._child.kill(signal.SIGTERM)
    scripted_server.accept_goodbye()
    assert alice.leaves() == 0
    assert editor.left == []


@pytest.mark.parametrize(
    ("editor", "problem"),
    [
        ("/no/such/editor", "! The editor cannot be used: /no/such/editor: No such file or"),
        ("/", "! The editor cannot be used: /: Permission denied."),
    ],
)
def test_an_editor_that_is_none_is_reported(tmp_path: Path, editor: str, problem: str) -> None:
    async def test(alice: User) -> None:
        await alice.types(f"half{ALT_E}")
        await alice.waits(lambda: alice.terminal.rows[0].startswith(problem))
        await alice.sees("You: half")

    at_a_terminal(tmp_path, test, environ={"EDITOR": editor, "TERM": "xterm-256color"})


def test_without_any_editor_the_user_is_told_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")

    async def test(alice: User) -> None:
        await alice.types(ALT_E)
        await alice.sees(
            "! There is no editor; set the environment variable EDITOR to one.", "You:"
        )

    at_a_terminal(tmp_path, test, environ={"EDITOR": "'unbalanced", "TERM": "xterm-256color"})
