"""netchat admin and netchat invite on a journal whose server does not run."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

import pytest

from netchat import command
from netchat.admin.console import link
from netchat.journal.sqlite.lock import acquire_lock
from netchat.testing import Network

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.admin.console.conftest import Ran

WORD = re.compile("[0-9A-Z]{4}(-[0-9A-Z]{4}){3}")


def test_the_first_operator_is_made_before_the_first_start(
    run: Callable[..., Ran], data: Path
) -> None:
    made = run("operator", "add", "Alice")
    assert made.code == 0
    assert WORD.search(made.out)
    assert made.out.endswith("Alice is an operator.\n")
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in data.iterdir()} == {0o600}
    network = Network("--data", str(data))
    state = network.service.factory.chat.state
    account = state.owner("alice")
    assert account is not None
    assert state.role(account.number) == "operator"
    network.stop()


def test_nothing_but_the_first_operator_makes_a_journal(
    run: Callable[..., Ran], data: Path
) -> None:
    refused = run("accounts")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.endswith("journal.sqlite cannot be read: No such file or directory.\n")
    assert not data.exists()


def test_what_one_command_does_the_next_one_finds(run: Callable[..., Ran]) -> None:
    run("operator", "add", "Alice")
    assert run("accounts").out.startswith("Alice, since ")
    banned = run("ban", "192.0.2.7", "--for", "2h30m", "--reason", "spam")
    assert banned.out == "192.0.2.7 is banned on the server for 2 hours and 30 minutes.\n"
    (row,) = run("bans", "--json").rows
    assert (row["what"], row["target"], row["reason"]) == ("ban", "192.0.2.7", "spam")
    assert run("room", "class", "private", "slow", "10").out == "class: private, slow 10\n"
    assert run("room", "class").out == "class: private, slow 10\n"
    assert run("op", "Alice", "class").out == "Alice is a moderator of class.\n"
    run("unban", "192.0.2.7")
    assert run("bans").out == "There are none.\n"
    actions = [row["action"] for row in run("audit", "--json").rows]
    assert actions == ["own", "role", "restrict", "set-room", "role", "lift"]
    assert [row["number"] for row in run("audit", "--limit", "2", "--json").rows] == [5, 6]


def test_a_refusal_is_one_sentence_and_for_scripts_a_row_too(run: Callable[..., Ran]) -> None:
    run("operator", "add", "Alice")
    refused = run("operator", "remove", "Alice")
    sentence = "Alice is the last operator; make another one first."
    assert (refused.code, refused.out, refused.err) == (1, "", f"netchat: {sentence}\n")
    (row,) = run("operator", "remove", "Alice", "--json").rows
    assert row == {"type": "error", "code": "not-allowed", "message": sentence}


@pytest.mark.parametrize("words", [("who",), ("kick", "Bob"), ("announce", "hello")])
def test_what_needs_people_needs_a_server(run: Callable[..., Ran], words: tuple[str, ...]) -> None:
    run("operator", "add", "Alice")
    refused = run(*words)
    assert refused.code == 1
    assert "No server runs on this directory" in refused.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("ban", "Bob", "--for", "10"), "'10' is no duration"),
        (("room", "class", "secret"), "'secret' is no setting of a room"),
        (("webhook", "add", "ci"), "Give `add NAME ROOM [URL]`"),
        (("webhook", "list", "ci"), "Give `add NAME ROOM [URL]`"),
        (("nonsense",), "invalid choice: 'nonsense'"),
        ((), "the following arguments are required: COMMAND"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_one_sentence(
    run: Callable[..., Ran], words: tuple[str, ...], why: str
) -> None:
    refused = run(*words)
    assert (refused.code, refused.out) == (2, "")
    assert why in refused.err
    assert refused.err.startswith("netchat: ")
    assert refused.err.count("\n") == 1


def test_an_invitation_is_a_word_and_is_not_stored(run: Callable[..., Ran], data: Path) -> None:
    run("operator", "add", "Alice")
    (made,) = run("--uses", "30", "--for", "7d", "--json", tool="invite").rows
    assert WORD.fullmatch(made["word"])
    assert (made["uses"], made["links"]) == (30, [])
    (listed,) = run("invitations", "--json").rows
    assert run("revoke", listed["id"]).code == 0
    assert run("invitations").out == "There are none.\n"
    stored = b"".join(path.read_bytes() for path in data.iterdir())
    assert made["word"].encode() not in stored
    assert made["word"].replace("-", "").encode() not in stored


def test_a_server_that_does_not_answer_is_waited_for_and_then_reported(
    run: Callable[..., Ran], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("operator", "add", "Alice")
    pauses: list[float] = []
    monkeypatch.setattr(link, "sleep", pauses.append)
    descriptor = acquire_lock(data)
    refused = run("accounts")
    assert refused.code == 2
    assert f"A server uses {data}, but does not answer there; see its log." in refused.err
    assert len(pauses) == link.TRIES - 1
    os.close(descriptor)
    assert run("accounts").code == 0


def test_the_directory_may_be_left_out(
    data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NETCHAT_DATA", str(data))
    assert command.main(["admin", "operator", "add", "Alice"]) == 0
    assert command.main(["admin", "accounts"]) == 0
    assert "\nAlice, since " in capfd.readouterr().out


def test_a_command_keeps_the_lines_whatever_the_server_would_delete(
    run: Callable[..., Ran], data: Path
) -> None:
    network = Network("--data", str(data))
    bob = network.join("Bob")
    for number in range(3):
        bob.say(f"line {number}")
    network.stop()
    run("operator", "add", "Alice")
    network = Network("--data", str(data))
    alice = network.join("Carol")
    alice.say("/history")
    assert len(alice.heard()) == 3
    network.stop()
