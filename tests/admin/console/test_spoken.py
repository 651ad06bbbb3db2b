"""What an account has said is exported, and deleted when it is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.admin.console import spoken
from netchat.console.requests import MAX_DELETED, DeleteTexts
from netchat.model.events import UNKNOWN_ACCOUNT, Said, Told
from netchat.state.changes import CONSOLE, OwnName
from netchat.state.records import Proof, ReservedName
from netchat.testing import Network
from tests.support.console import ask, console_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.admin.console.conftest import Ran


def speak(
    network: Network, name: str, text: str, room: str = "lobby", account: int | None = None
) -> None:
    """Have a line of `name` stored, whoever may be called so, by default of the owner."""
    chat = network.service.factory.chat
    chat.get_or_create_room(room)
    if account is None:
        owner = chat.state.owner(name)
        account = owner.number if owner else 0
    said = Said(room, name, text, chat.time(), account=account)
    chat.submit(said, chat.server, lambda _: None)
    network.settle()


def own(network: Network, name: str) -> None:
    what = OwnName(name, Proof(0, "key", f"key of {name}"))
    console_of(network).change(what, CONSOLE, lambda _: None)
    network.settle()


@pytest.fixture(params=[None, UNKNOWN_ACCOUNT], ids=["now", "before lines had an account"])
def said(data: Path, request: pytest.FixtureRequest) -> None:
    """Let Bob have said one line as a guest, and four lines as the owner of the name."""
    network = Network("--data", str(data))
    account = request.param
    speak(network, "Bob", "as a guest", account=account)
    network.advance(1)
    own(network, "Bob")
    speak(network, "Bob", "one", account=account)
    speak(network, "Carol", "hello", account=account)
    speak(network, "BOB", "secret", account=account)
    speak(network, "Bob", "gone", account=account)
    speak(network, "Bob", "elsewhere", "class", account=account)
    if account is None:
        speak(network, "Bob", "as a guest, who is not told yet", account=0)
    ask(network, DeleteTexts(room="lobby", ids=(5,)))
    network.stop()


@pytest.mark.usefixtures("said")
def test_all_that_an_account_has_said_is_exported_and_nothing_else(run: Callable[..., Ran]) -> None:
    exported = run("export", "bob")
    assert [(row["room"], row["id"], row["from"], row["text"]) for row in exported.rows] == [
        ("class", 1, "Bob", "elsewhere"),
        ("lobby", 2, "Bob", "one"),
        ("lobby", 4, "BOB", "secret"),
    ]
    assert run("export", "Carol").code == 1


def test_private_lines_are_exported_to_who_has_said_them_and_forgotten_with_them(
    run: Callable[..., Ran], data: Path
) -> None:
    network = Network("--data", str(data))
    chat = network.service.factory.chat
    own(network, "Bob")
    own(network, "Carol")
    bob, carol = chat.state.owner("Bob"), chat.state.owner("Carol")
    assert bob is not None
    assert carol is not None
    told = [
        Told(name, to, f"{name} whispers", chat.time(), sender=one.number, recipient=two.number)
        for name, to, one, two in (("Bob", "Carol", bob, carol), ("Carol", "Bob", carol, bob))
    ]
    chat.journal.append(told, lambda _: None)
    network.stop()
    (row,) = run("export", "Bob").rows
    assert (row["from"], row["to"], row["text"]) == ("Bob", "Carol", "Bob whispers")
    run("forget", "Bob")
    stored = b"".join(path.read_bytes() for path in data.iterdir())
    assert b"Bob whispers" not in stored


@pytest.mark.usefixtures("said")
def test_an_account_is_forgotten_with_all_that_it_has_said(
    run: Callable[..., Ran], data: Path
) -> None:
    forgotten = run("forget", "Bob")
    assert forgotten.out == "Bob is forgotten, with 3 lines; the name is free in 30 days.\n"
    assert run("account", "Bob").code == 1
    stored = b"".join(path.read_bytes() for path in data.iterdir())
    assert b"secret" not in stored
    assert b"elsewhere" not in stored
    assert b"as a guest" in stored
    network = Network("--data", str(data))
    (reserved,) = console_of(network).state.all(ReservedName)
    assert reserved.name == "Bob"
    network.stop()
    actions = [row["action"] for row in run("audit", "--json").rows]
    assert actions == ["own", "delete", "delete", "delete", "forget"]


@pytest.mark.usefixtures("said")
def test_a_name_is_free_at_once_if_that_is_asked_for(run: Callable[..., Ran], data: Path) -> None:
    (done,) = run("forget", "Bob", "--now", "--json").rows
    assert done["message"].endswith("the name is free at once.")
    network = Network("--data", str(data))
    own(network, "Bob")
    network.stop()


@pytest.mark.usefixtures("said")
def test_the_last_operator_is_not_forgotten_and_keeps_their_lines(run: Callable[..., Ran]) -> None:
    run("operator", "add", "Bob")
    refused = run("forget", "Bob")
    assert (refused.code, "last operator" in refused.err) == (1, True)
    assert len(run("export", "Bob").rows) == 3


@pytest.mark.usefixtures("said")
def test_an_account_is_forgotten_after_an_interruption(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(spoken, "ForgetAccount", None)
        with pytest.raises(TypeError):
            run("forget", "Bob")
    assert run("export", "Bob").rows == []
    assert run("forget", "Bob").out.startswith("Bob is forgotten, with 0 lines")


def test_more_lines_than_one_change_deletes_are_deleted_in_batches(
    run: Callable[..., Ran], data: Path
) -> None:
    network = Network("--data", str(data))
    own(network, "Bob")
    chat = network.service.factory.chat
    bob = chat.state.owner("Bob")
    assert bob is not None
    count = 2 * MAX_DELETED + 7
    for number in range(count):
        said = Said("lobby", "Bob", f"line {number}", chat.time(), account=bob.number)
        chat.submit(said, chat.server, lambda _: None)
    network.settle()
    network.stop()
    assert len(run("export", "Bob").rows) == count
    assert run("forget", "Bob").out.startswith(f"Bob is forgotten, with {count} lines")
    deletes = [row for row in run("audit", "--json").rows if row["action"] == "delete"]
    assert len(deletes) == 3
