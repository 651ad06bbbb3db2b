"""Owning a name and proving it, through the whole server in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scramp import ScramClient

from netchat.accounts.words import hash_word, make_word
from netchat.chat.changes import change_as
from netchat.state.changes import CONSOLE, AddProof
from netchat.state.records import Account, Proof
from netchat.testing import Network
from tests.support.proofs import CLIENT, PASSWORD, Key, challenged, code, is_in, own

if TYPE_CHECKING:
    from pathlib import Path

HERE = "127.0.0.1"
"""Whence a password may come without TLS."""


@pytest.fixture
def network() -> Network:
    return Network()


def test_a_name_is_owned_with_a_key_and_then_proved_with_it(network: Network) -> None:
    key = Key()
    own(network, "Alice", key=key.public)
    alice = network.program("alice", client=CLIENT)
    challenge = challenged(alice)
    assert challenge["name"] == "Alice"
    alice.ask("auth", **key.proof(challenge, CLIENT))
    welcome, entered, *_ = alice.told()
    assert (welcome["type"], welcome["name"], welcome["account"]) == ("welcome", "Alice", True)
    assert entered["names"] == ["Alice"]


def test_a_name_is_owned_with_a_password_where_nobody_else_can_read_it(network: Network) -> None:
    alice = network.join("Alice", HERE)
    alice.say(f"/own {PASSWORD}")
    assert alice.heard() == ["* Alice is your own name from now on"]
    alice.say("exit")
    again = network.guest(HERE)
    again.heard()
    again.say("Alice")
    assert again.heard() == [
        "! Alice is owned by somebody; prove that it is yours, or give another name.",
        "Enter password: ",
    ]
    again.say(PASSWORD)
    assert again.heard() == ["Welcome to chat room. Enter 'exit' anytime to exit"]


def test_a_wrong_password_is_refused_after_a_second_and_may_be_tried_again(
    network: Network,
) -> None:
    own_here(network)
    alice = network.guest(HERE)
    alice.say("Alice")
    alice.say("wrong horse battery")
    alice.heard()
    network.advance(1)
    assert alice.heard() == [
        "! That does not prove that the name is yours; try again, or choose another name.",
        "Enter username: ",
    ]
    alice.say("Alice")
    alice.say(PASSWORD)
    assert "Welcome to chat room. Enter 'exit' anytime to exit" in alice.heard()


def test_who_gives_no_password_may_choose_another_name(network: Network) -> None:
    own_here(network)
    guest = network.guest(HERE)
    guest.say("Alice")
    guest.say("")
    guest.say("Bob")
    assert guest.heard()[-1] == "Welcome to chat room. Enter 'exit' anytime to exit"


def test_a_password_over_plain_tcp_from_another_machine_is_neither_asked_for_nor_taken(
    network: Network,
) -> None:
    own_here(network)
    guest = network.guest()
    guest.heard()
    guest.say("Alice")
    owned, refused, prompt = guest.heard()
    assert "is owned" in owned
    assert refused.startswith("! A password can be read by others on its way")
    assert prompt == "Enter username: "
    program = network.program("Alice")
    assert "password" not in challenged(program)["methods"]
    program.ask("auth", method="password", password=PASSWORD)
    assert code(program) == "not-allowed"
    bob = network.join("Bob")
    bob.say("/own")
    (answer,) = bob.heard()
    assert answer.startswith("! A password can be read by others on its way")
    bob.say(f"/own {PASSWORD}")
    assert bob.heard() == [answer]


def test_the_operator_may_allow_passwords_over_plain_tcp() -> None:
    network = Network("--plain-passwords")
    alice = network.join("Alice")
    alice.say("/own")
    assert alice.heard() == [
        "! Give a password of at least 8 characters with it, as in /own PASSWORD."
    ]
    alice.say(f"/own {PASSWORD}")
    alice.say("exit")
    again = network.guest()
    again.say("Alice")
    again.say(PASSWORD)
    assert again.heard()[-1] == "Welcome to chat room. Enter 'exit' anytime to exit"


@pytest.mark.parametrize("name", ["Alice", "ALICE", "AIice"])
def test_nobody_else_can_have_the_name_nor_one_that_looks_like_it(
    network: Network, name: str
) -> None:
    own_here(network)
    assert code(network.program(name)) == "auth-required"
    bob = network.program("Bob")
    bob.told()
    bob.ask("rename", name=name)
    assert code(bob) == "name-taken"


def test_the_client_alone_replaces_nobody_who_owns_the_name(network: Network) -> None:
    key = Key()
    own(network, "Alice", key=key.public)
    alice = network.program("Alice", client=CLIENT)
    alice.ask("auth", **key.proof(challenged(alice), CLIENT))
    alice.told()
    thief = network.program("Alice", client=CLIENT)
    assert code(thief) == "auth-required"
    assert alice.told() == []
    assert alice.online


def test_a_proved_login_with_the_same_client_takes_the_place_of_the_one_before(
    network: Network,
) -> None:
    key = Key()
    own(network, "Alice", key=key.public)
    first, second = (network.program("Alice", client=CLIENT) for _ in range(2))
    for one in (first, second):
        one.ask("auth", **key.proof(challenged(one), CLIENT))
    assert first.told()[-1]["reason"] == "replaced"
    assert is_in(second)


def test_a_one_time_word_logs_in_once_even_over_plain_tcp(network: Network) -> None:
    own_here(network)
    word = give_word(network, "Alice")
    first, second = (network.program("Alice") for _ in range(2))
    for one in (first, second):
        challenged(one)
        one.queue(f'{{"type":"auth","method":"password","password":"{word}"}}\n'.encode())
    network.settle()
    assert sorted([is_in(first), is_in(second)]) == [False, True]
    third = network.program("Alice")
    challenged(third)
    third.ask("auth", method="password", password=word)
    assert code(third) == "bad-auth"


def test_a_one_time_word_is_gone_before_the_welcome_arrives(network: Network) -> None:
    own_here(network)
    word = give_word(network, "Alice")
    alice = network.program("Alice")
    challenged(alice)
    alice.ask("auth", method="password", password=word)
    state = network.service.factory.chat.journal.records()
    assert not any(proof.kind == "word" for one in state for proof in getattr(one, "proofs", ()))


def test_the_salt_of_who_has_no_password_is_the_same_after_a_restart(tmp_path: Path) -> None:
    def salts() -> list[str]:
        network = Network("--data", str(tmp_path), "--scram", "--plain-passwords")
        if not network.service.factory.chat.state.owner("Keyed"):
            own(network, "Keyed", key=Key().public)
            own(network, "Passworded", password=PASSWORD)
        told = []
        for name in ("Keyed", "Passworded"):
            program = network.program(name)
            challenged(program)
            program.ask("auth", method="scram", data="n,,n=x,r=abc")
            (step,) = program.told()
            told.append(step["data"].split(",")[1])
        network.stop()
        network.settle()
        return told

    first = salts()
    assert salts() == first
    assert len({*first}) == len({len(salt) for salt in first}) + 1 == 2


def test_scram_proves_a_password_over_plain_tcp() -> None:
    network = Network("--scram", "--plain-passwords")
    own(network, "Alice", password=PASSWORD)
    (account,) = network.service.factory.chat.state.all(Account)
    assert [proof.kind for proof in account.proofs] == ["scram"]
    for password in (PASSWORD, "wrong horse battery"):
        alice = network.program("Alice")
        assert "scram" in challenged(alice)["methods"]
        client = ScramClient(["SCRAM-SHA-256"], "Alice", password)
        alice.ask("auth", method="scram", data=client.get_client_first())
        (step,) = alice.told()
        client.set_server_first(step["data"])
        alice.ask("auth", method="scram", data=client.get_client_final())
        network.advance(1)
        if password == PASSWORD:
            final, welcome, *_ = alice.told()
            client.set_server_final(final["data"])
            assert welcome["account"]
        else:
            assert code(alice) == "bad-auth"


def test_an_owner_adds_proofs_sees_them_and_removes_all_but_the_last(network: Network) -> None:
    alice = network.program("Alice")
    alice.told()
    alice.ask("own", key=Key("one").public, label="laptop", nonce="1")
    alice.ask("own", key=Key("two").public, label="phone", nonce="2")
    assert [(line["type"], line["name"], line["nonce"]) for line in alice.told()] == [
        ("owned", "Alice", "1"),
        ("owned", "Alice", "2"),
    ]
    alice.ask("account")
    (shown,) = alice.told()
    assert [(proof["id"], proof["kind"], proof["label"]) for proof in shown["proofs"]] == [
        (1, "key", "laptop"),
        (2, "key", "phone"),
    ]
    assert Key("one").public not in str(shown)
    alice.ask("account", remove=1, nonce="3")
    assert [line["type"] for line in alice.told()] == ["done"]
    alice.ask("account", remove=2)
    assert code(alice) == "not-allowed"


def test_who_owns_no_name_has_no_account(network: Network) -> None:
    bob = network.program("Bob")
    bob.told()
    for request in ({"type": "account"}, {"type": "auth", "method": "password"}):
        bob.ask(**request)
        assert code(bob) == "bad-request"


def test_two_proofs_in_one_request_are_refused(network: Network) -> None:
    bob = network.program("Bob")
    bob.told()
    bob.ask("own", key=Key().public, password=PASSWORD)
    assert code(bob) == "bad-request"


def test_auth_before_a_hello_is_refused(network: Network) -> None:
    own_here(network)
    program = network.program("Bob!")
    program.told()
    program.ask("auth", method="password", password=PASSWORD)
    assert code(program) == "bad-request"


def own_here(network: Network, name: str = "Alice") -> None:
    """Have `name` owned with PASSWORD, from the machine of the server."""
    owner = network.join(name, HERE)
    owner.say(f"/own {PASSWORD}")
    assert owner.heard()[-1].endswith("from now on")
    owner.say("exit")


def give_word(network: Network, name: str) -> str:
    """Return a one-time word for `name`, which an operator has made."""
    word, chat = make_word(), network.service.factory.chat
    account = chat.state.owner(name)
    assert account is not None
    proof = Proof(0, "word", hash_word(word))
    change_as(chat, CONSOLE, AddProof(account.number, proof), lambda _: None)
    network.settle()
    return word


def test_a_telnet_client_does_not_show_the_password_that_is_typed(network: Network) -> None:
    own_here(network)
    telnet = network.guest(HERE)
    telnet.send(b"\xff\xfd\x03Alice\r\n")  # IAC DO SUPPRESS-GO-AHEAD, from a telnet client.
    assert telnet.received.endswith(b"\xff\xfb\x01Enter password: ")
    telnet.send(b"\xff\xfd\x01" + PASSWORD.encode() + b"\r\n")  # IAC DO ECHO
    assert b"\xff\xfc\x01\nWelcome to chat room." in telnet.received
    telnet.send(b"\xff\xfe\x01hello\r\n")  # IAC DONT ECHO
    network.join("Bob").say("hi")
    assert telnet.received.endswith(b"* Bob joined\nBob: hi\n")


def test_a_client_that_is_no_telnet_client_gets_no_negotiation(network: Network) -> None:
    own_here(network)
    guest = network.guest(HERE)
    guest.say("Alice")
    guest.say(PASSWORD)
    assert b"\xff" not in guest.received


def test_who_has_logged_in_before_is_remembered_by_their_client(network: Network) -> None:
    key = Key()
    own(network, "Alice", key=key.public)
    for client in (CLIENT, CLIENT):
        alice = network.program("Alice", client=client)
        alice.ask("auth", **key.proof(challenged(alice), client))
        alice.ask("bye")
    account = network.service.factory.chat.state.owner("Alice")
    assert account is not None
    assert len(account.devices) == 1
    assert CLIENT.replace("-", "") not in str(account)


def test_the_server_asks_for_its_own_password_first(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("sesame\n", encoding="utf-8")
    file.chmod(0o600)
    network = Network("--password-file", str(file))
    guest = network.guest(HERE)
    guest.say("Alice")
    guest.say("sesame")
    guest.say(f"/own {PASSWORD}")
    guest.say("exit")
    alice = network.guest(HERE)
    alice.heard()
    alice.say("Alice")
    assert alice.heard() == ["Enter password: "]
    alice.say("sesame")
    assert alice.heard()[-1] == "Enter password: "
    alice.say(PASSWORD)
    assert alice.heard()[0].startswith("Welcome")


def test_an_owner_ends_their_other_sessions(network: Network) -> None:
    key = Key()
    own(network, "Alice", key=key.public)
    one, two = network.program("Alice"), network.program("Alice")
    for program in (one, two):
        program.ask("auth", **key.proof(challenged(program)))
        program.told()
    two.ask("account", end="all", nonce="1")
    assert [line["type"] for line in two.told()] == ["done"]
    assert one.told()[-1]["reason"] == "session-ended"
    two.ask("account", end="nonsense")
    assert code(two) == "bad-request"


def test_an_owner_writes_their_name_in_another_way_but_takes_no_other(network: Network) -> None:
    key = Key()
    own(network, "Alice", key=key.public)
    alice = network.program("Alice")
    alice.ask("auth", **key.proof(challenged(alice)))
    alice.told()
    alice.ask("rename", name="ALICE")
    assert [line["type"] for line in alice.told()] == ["renamed"]
    alice.ask("rename", name="Bob")
    assert code(alice) == "not-allowed"
