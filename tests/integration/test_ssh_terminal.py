"""OpenSSH's client in a real terminal, which is tmux."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.needs import needs
from tests.support.processes import Server
from tests.support.tmux import TmuxUser

pytestmark = needs("ssh", "tmux")
_SSH = ("ssh", "-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(cwd=tmp_path) as server:
        yield server


@pytest.fixture
def alice(server: Server, tmp_path: Path) -> Iterator[TmuxUser]:
    known = f"UserKnownHostsFile={tmp_path / 'known_hosts'}"
    port = str(server.ports[0])
    user = TmuxUser(tmp_path, "-o", known, "-p", port, "Alice@127.0.0.1", program=_SSH)
    try:
        yield user
    finally:
        user.kill()


def test_a_user_of_ssh_talks_in_a_terminal_whose_size_changes(
    server: Server, alice: TmuxUser
) -> None:
    alice.waits(lambda: alice.screen[-1:] != [] and alice.screen[-1].startswith(" lobby 1 here"))
    with server.guest("Bob") as bob:
        alice.types("half é日本 👨‍👩‍👧 li")
        alice.waits(lambda: alice.screen[-2] == "You: half é日本 👨‍👩‍👧 li")
        bob.say("hello")
        alice.waits(lambda: "Bob: hello" in alice.screen)
        assert alice.screen[-2] == "You: half é日本 👨‍👩‍👧 li"
        alice.resizes(40, 12)
        alice.waits(lambda: "  /help" in alice.screen[-1] and len(alice.screen[-1]) == 40)
        alice.types("ne\r")
        bob.read_until("Alice: half é日本 👨‍👩‍👧 line\n".encode())
        alice.waits(lambda: alice.screen[-2] == "You:")
        lines = alice.all_lines
        assert [lines.count(line) for line in ("Bob: hello", "You: half é日本 👨‍👩‍👧 line")] == [
            1,
            1,
        ]
        alice.types("exit\r")
        alice.waits(lambda: alice.screen[-1] == "DISCONNECTED!!")
        bob.read_until(b"* Alice left\n")
