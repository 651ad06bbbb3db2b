"""What stays in the scrollback of a terminal that wraps its lines anew."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from netchat.client.frontends.status_line import Figures, status_line
from tests.support.client_processes import ScriptedServer
from tests.support.needs import needs
from tests.support.terminals import LOBBY
from tests.support.tmux import TmuxUser

pytestmark = needs("tmux")

TYPED = "half a line, which takes 日本語 several rows, and שלום"


@pytest.fixture
def alice(scripted_server: ScriptedServer, tmp_path: Path) -> Iterator[TmuxUser]:
    user = TmuxUser(tmp_path, scripted_server.address, "--name", "Alice")
    scripted_server.accept_login()
    yield user
    user.kill()


def has_status(alice: TmuxUser) -> bool:
    return "".join(alice.screen[-1:]).startswith(" lobby 2")


def has_status_in(alice: TmuxUser, columns: int) -> bool:
    """Whether the last row is a status line for a window of so many `columns`."""
    line = status_line(Figures([LOBBY], online=True, delay=None), columns)
    return alice.screen[-1:] == ["".join(text for _, text in line).rstrip()]


def has_only(alice: TmuxUser, lines: list[str], typed: str = "") -> bool:
    """Whether the terminal has these `lines`, what is `typed`, and one status line."""
    *shown, status = alice.all_lines or [""]
    count = len(lines)
    line = "".join(part.strip() for part in shown[count:]).replace(" ", "")
    expected = f"You:{typed}".replace(" ", "")
    return status.startswith(" lobby 2") and shown[:count] == lines and line == expected


def shows_only(alice: TmuxUser, lines: list[str], typed: str) -> bool:
    """Whether the screen has the last ones of these `lines`, what is `typed`, and the status."""
    shown = alice.screen[:-1]
    start = next((row for row, text in enumerate(shown) if text.startswith("You:")), 0)
    line = "".join(part.strip() for part in shown[start:]).replace(" ", "")
    above = lines[len(lines) - start :]
    return shown[:start] == above and line == f"You:{typed}".replace(" ", "")


def test_a_window_of_any_width_leaves_only_what_was_said(
    scripted_server: ScriptedServer, alice: TmuxUser
) -> None:
    expected = ["Welcome to chat room. Enter 'exit' anytime to exit"]
    for number, columns in enumerate((80, 60, 44, 33, 20, 25, 80, 21)):
        alice.resizes(columns, 10 + number % 3)
        # The terminal may tell of its width when it has wrapped what is there.
        alice.waits(partial(has_status_in, alice, columns))
        lines = [f"{number} {place} {'word ' * 6}end" for place in range(5)]
        scripted_server.send_lines("Bob", *lines)
        expected += [f"Bob: {line}" for line in lines]
        alice.waits(partial(has_only, alice, list(expected), TYPED if number else ""))
        if not number:
            alice.types(TYPED)
        alice.waits(lambda: "You: half a" in "".join(alice.screen))


def test_no_piece_of_what_is_typed_stays_when_the_window_becomes_narrower(
    scripted_server: ScriptedServer, alice: TmuxUser
) -> None:
    lines = [f"line {number}" for number in range(20)]
    scripted_server.send_lines("Bob", *lines)
    expected = ["Welcome to chat room. Enter 'exit' anytime to exit"]
    expected += [f"Bob: {line}" for line in lines]
    typed = f"{TYPED}, and so on to a second row"
    alice.types(typed + "x" * 40)
    alice.waits(partial(has_only, alice, expected, typed + "x" * 40))
    alice.types("\x7f" * 40)
    alice.waits(partial(has_only, alice, expected, typed))
    alice.resizes(20, 12)
    alice.waits(partial(has_status_in, alice, 20))
    alice.waits(partial(has_only, alice, expected, typed))
    # If there are blank rows below, tmux puts as many rows at the top into its scrollback.
    for columns in (80, 44, 20, 25, 21, 80, 33):
        alice.resizes(columns, 12)
        # What is drawn anew has the status line of this width.
        alice.waits(partial(has_status_in, alice, columns))
        alice.waits(partial(shows_only, alice, expected, typed))


def test_the_program_leaves_no_status_line_behind(
    scripted_server: ScriptedServer, alice: TmuxUser
) -> None:
    alice.waits(lambda: has_status(alice))
    alice.types("exit\r")
    scripted_server.accept_goodbye()
    alice.waits(lambda: alice.screen[-2:] == ["You: exit", "DISCONNECTED!!"])
    assert not [line for line in alice.all_lines if "lobby" in line]
