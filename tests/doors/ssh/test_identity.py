"""Who somebody is who comes with SSH: keys, names, passwords."""

from __future__ import annotations

from pathlib import Path

import pytest
from twisted.conch.ssh.keys import Key

from netchat.accounts.ssh_keys import SIGNATURE_ALGORITHMS
from netchat.testing import Network
from tests.support.ssh_clients import SshClient, connect, line_of, make_key, ssh

INTERACTIVE = (b"keyboard-interactive",)
ALICE, BOB = make_key(number=1), make_key(number=2)


def own(network: Network, name: str, key: Key) -> None:
    """Make `name` that of `key`."""
    client = ssh(network, name, key)
    client.say("/own")
    assert client.heard[-1] == f"* {name} is your own name from now on"
    client.end()


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "nistp256", "nistp384", "nistp521"])
def test_a_key_of_any_kind_owns_a_name_and_proves_it_later(kind: str) -> None:
    network = Network()
    key = make_key(kind)
    own(network, "Alice", key)
    assert ssh(network, "Alice", key, command="say hello").status == 0
    assert ssh(network, "alice", key, command="say hello").status == 0
    stranger = ssh(network, "Alice", BOB, command="say hello")
    assert stranger.status == 1
    assert "Alice is owned by somebody" in stranger.told[0]


def test_a_new_key_takes_a_free_name_as_a_guest() -> None:
    network = Network()
    bob = network.join("Bob")
    alice = ssh(network, "Alice", ALICE)
    assert alice.heard[0].startswith("Welcome")
    assert bob.heard() == ["* Alice joined"]
    assert not alice.asked


def test_without_a_key_a_guest_comes_in_and_is_asked_nothing() -> None:
    network = Network()
    assert ssh(network, "Alice", command="say hello").status == 0
    with_password = ssh(network, "Bob", methods=(b"password",), answers=("x",), command="say hi")
    assert with_password.status == 0


def test_a_guest_without_a_key_has_nothing_to_own_a_name_with() -> None:
    alice = ssh(Network(), "Alice")
    alice.say("/own")
    assert alice.told[-1].startswith("! Give a password")
    alice.hang_up()


def test_a_guest_without_a_key_owns_a_name_with_a_password() -> None:
    network = Network("--ssh-passwords")
    alice = ssh(network, "Alice")
    alice.say("/own correct horse")
    assert "own name" in alice.heard[-1]
    alice.end()
    again = ssh(network, "Alice", answers=("correct horse",), command="say hello")
    assert again.asked == [("Password of Alice: ", False)]
    assert again.instructions == ["Alice is owned by somebody; prove that it is yours."]
    assert again.status == 0
    by_password = (b"password",)
    answers = ("correct horse",)
    assert ssh(network, "Alice", methods=by_password, answers=answers, command="say x").status == 0


def test_a_wrong_password_is_asked_for_again_and_ends_after_some_tries() -> None:
    network = Network("--ssh-passwords", "--login-tries", "2")
    alice = ssh(network, "Alice")
    alice.say("/own correct horse")
    alice.end()
    stranger = ssh(network, "Alice", answers=("wrong", "wrong too", "correct horse"))
    for _ in range(20):
        network.advance(1)
    assert not stranger.is_authenticated
    assert stranger.ended.startswith("Too many tries")


def test_passwords_of_accounts_are_not_taken_unless_the_operator_allows_it() -> None:
    network = Network()
    alice = ssh(network, "Alice")
    alice.say("/own correct horse")
    alice.end()
    again = ssh(network, "Alice", answers=("correct horse",), command="say hello")
    assert not again.asked
    assert (again.status, "owned by somebody" in again.told[0]) == (1, True)


def test_the_right_key_may_be_the_third_that_an_agent_offers() -> None:
    network = Network()
    own(network, "Alice", ALICE)
    client = ssh(network, "Alice", BOB, make_key(number=3), ALICE, command="say hello")
    assert client.status == 0


def test_whoever_asks_whether_a_key_is_known_is_told_the_same_of_every_key() -> None:
    network = Network()
    own(network, "Alice", ALICE)

    def answers(key: Key) -> list[tuple[list[str], bool]]:
        client = SshClient("Alice", key.public())
        client.asks_only = True
        return connect(network, client).failures

    assert answers(ALICE) == answers(BOB)


def test_a_name_that_a_guest_has_is_refused_with_a_word_and_exit_code_1() -> None:
    network = Network()
    network.join("Alice")
    client = ssh(network, "Alice", BOB)
    assert client.told == ["! Alice is taken; choose another name."]
    assert client.status == 1


@pytest.mark.parametrize("name", ["root", "admin", "a b", "x" * 40, "\x1b[2J", "", "exit\nBob"])
def test_a_name_that_is_none_is_refused_in_one_sentence(name: str) -> None:
    client = ssh(Network(), name, BOB)
    assert (client.status, len(client.told)) == (1, 1)
    assert "\x1b" not in client.stderr.decode()


def test_root_is_told_how_to_say_a_name() -> None:
    client = ssh(Network(), "root", BOB)
    assert "ssh NAME@HOST" in client.told[0]


def test_a_key_is_added_to_an_account_and_removed_from_it() -> None:
    network = Network()
    own(network, "Alice", ALICE)
    alice = ssh(network, "Alice", ALICE)
    alice.say(f"/own {line_of(BOB)} laptop")
    alice.say("/account")
    assert any("laptop" in line for line in alice.heard)
    alice.end()
    assert ssh(network, "Alice", BOB, command="say hello").status == 0


def test_where_only_members_come_in_a_stranger_is_refused_with_a_word() -> None:
    network = Network("--names", "members")
    client = ssh(network, "Eve", answers=())
    assert client.status == 1
    assert "Only members come in here" in client.told[0]


def test_an_invitation_makes_the_owner_of_a_key_a_member() -> None:
    from netchat.accounts.words import hash_word, make_word
    from netchat.state.changes import Invite
    from netchat.state.records import Invitation
    from tests.support.accounts import settle

    network = Network("--names", "members")
    word = make_word()
    settle(network.service.factory.chat, Invite(Invitation(hash_word(word), 1, 0.0)))
    network.settle()
    client = ssh(network, "Eve", ALICE, answers=(word,), command="say hello")
    assert client.asked == [("Invitation: ", False)]
    assert client.status == 0
    assert ssh(network, "Eve", ALICE, command="say hello").status == 0
    other = ssh(network, "Mallory", BOB, answers=(word,), command="say hello")
    assert not other.is_authenticated


def test_the_password_of_the_server_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("open sesame\n", encoding="utf-8")
    network = Network("--password-file", str(file))
    client = ssh(network, "Alice", ALICE, answers=("open sesame",), command="say hello")
    assert client.asked == [("Password of this server: ", False)]
    assert client.failures[-1] == (["keyboard-interactive", "password"], True)
    assert client.status == 0
    wrong = ssh(network, "Alice", ALICE, answers=("sesame",), command="say hello")
    assert not wrong.is_authenticated
    by_password = (b"password",)
    answers = ("open sesame",)
    assert ssh(network, "Bob", methods=by_password, answers=answers, command="say x").status == 0


def test_clients_are_told_all_kinds_of_keys_that_they_may_sign_with() -> None:
    client = ssh(Network(), "Alice", ALICE)
    told = client.peerExtensions[b"server-sig-algs"].split(b",")
    assert told == list(SIGNATURE_ALGORITHMS)


def test_a_signature_with_sha_1_is_refused() -> None:
    network = Network()
    key = make_key("rsa")
    own(network, "Alice", key)
    client = SshClient("Alice", key, command="say hello")
    client.signs_with = b"ssh-rsa"
    connect(network, client)
    assert (client.status, "owned by somebody" in client.told[0]) == (1, True)
