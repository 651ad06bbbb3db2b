"""The chat through nc and telnet."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pexpect

from tests.support.needs import needs
from tests.support.processes import PATIENCE, Server

if TYPE_CHECKING:
    from pathlib import Path


@needs("nc")
def test_a_script_says_a_line_through_nc(tmp_path: Path) -> None:
    with Server(cwd=tmp_path) as server, server.guest("Alice") as alice:
        said = subprocess.run(
            ["nc", "-N", "127.0.0.1", str(server.ports[0])],
            input="ci\ndeploy done\n",
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE,
        )
        assert [alice.line() for _ in range(3)] == [
            "* ci joined",
            "ci: deploy done",
            "* ci left",
        ]
    assert said.stdout == (
        "Enter username: Welcome to chat room. Enter 'exit' anytime to exit\nDISCONNECTED!!\n"
    )


@needs("telnet")
def test_a_guest_talks_through_telnet(tmp_path: Path) -> None:
    with Server(cwd=tmp_path) as server, server.guest("Alice") as alice:
        telnet = pexpect.spawn(
            "telnet", ["127.0.0.1", str(server.ports[0])], encoding="utf-8", timeout=PATIENCE
        )
        telnet.expect_exact("Enter username: ")
        telnet.sendline("Bob")
        telnet.expect_exact("Welcome to chat room.")
        telnet.sendline("grüezi")
        assert [alice.line(), alice.line()] == ["* Bob joined", "Bob: grüezi"]
        alice.say("hello Bob")
        telnet.expect_exact("Alice: hello Bob\r\n")
        telnet.sendline("exit")
        telnet.expect_exact("DISCONNECTED!!")
        telnet.expect(pexpect.EOF)
        telnet.close()
