"""What stays in the scrollback of a terminal that wraps its lines anew."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.support.client_processes import ScriptedServer
from tests.support.needs import needs
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


def has_only(alice: TmuxUser, lines: list[str], typed: str = "") -> bool:
    """Whether the terminal has these `lines`, what is `typed`, and one status line."""
    *shown, status = alice.all_lines
    count = len(lines)
    line = "".join(part.strip() for part in shown[count:]).replace(" ", "")
    expected = f"You:{typed}".replace(" ", "")
    return status.startswith(" lobby 2") and shown[:count] == lines and line == expected


def test_a_window_of_any_width_leaves_only_what_was_said(
    scripted_server: ScriptedServer, alice: TmuxUser
) -> None:
    expected = ["Welcome to chat room. Enter 'exit' anytime to exit"]
    for number, columns in enumerate((80, 60, 44, 33, 20, 25, 80, 21)):
        alice.resizes(columns, 10 + number % 3)
        lines = [f"{number} {place} {'word ' * 6}end" for place in range(5)]
        scripted_server.send_lines("Bob", *lines)
        expected += [f"Bob: {line}" for line in lines]
        alice.waits(partial(has_only, alice, list(expected), TYPED if number else ""))
        if not number:
            alice.types(TYPED)
        alice.waits(lambda: "You: half a" in "".join(alice.screen))


def test_the_program_leaves_no_status_line_behind(
    scripted_server: ScriptedServer, alice: TmuxUser
) -> None:
    alice.waits(lambda: has_status(alice))
    alice.types("exit\r")
    scripted_server.accept_goodbye()
    alice.waits(lambda: alice.screen[-2:] == ["You: exit", "DISCONNECTED!!"])
    assert not [line for line in alice.all_lines if "lobby" in line]
