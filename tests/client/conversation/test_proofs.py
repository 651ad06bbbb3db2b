"""The proofs of a name: what is sent, and to whom it is not sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from scramp import ScramMechanism

from netchat.accounts import keys
from netchat.client.conversation.proofs import (
    MIN_ITERATIONS,
    ScramProof,
    UnprovedServerError,
    key_proof,
)
from netchat.client.identity.key_file import KeyFile
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl.state_events import AuthStep, Challenge
from netchat.model.state_requests import Auth
from tests.support.client_fakes import CLIENT_ID
from tests.support.conversations import ConversationHarness

JOURNAL = "journal-1"
TLS = "ab" * 32
METHODS = ("key", "password", "word")


def challenge(*methods: str, journal: str = JOURNAL, binding: str = "") -> Challenge:
    return Challenge("Alice", journal, "server nonce", methods or METHODS, binding)


def asked(challenge: Challenge) -> wire.Error:
    return wire.Error("auth-required", "Prove it.", challenge=challenge)


@pytest.fixture
def alice_keys(tmp_path: Path) -> KeyFile:
    """The key with which Alice owns her name."""
    made = KeyFile(tmp_path, "chat.test:5001")
    made.make(JOURNAL)
    made.add_name("Alice", JOURNAL)
    return made


def reply(harness: ConversationHarness, challenge: Challenge) -> list[Auth]:
    """Return the proofs that the client sends for `challenge`."""
    harness.sends()
    harness.receive(asked(challenge))
    return [request for request in harness.sends() if isinstance(request, Auth)]


@pytest.mark.parametrize(
    ("lines", "binding", "covered"),
    [(True, "exporter", TLS), (False, "exporter", TLS), (False, "", "")],
    ids=["line door", "bound WebSocket", "WebSocket"],
)
def test_a_signature_covers_the_login_and_the_connection(
    alice_keys: KeyFile, lines: bool, binding: str, covered: str
) -> None:
    harness = ConversationHarness(keys=alice_keys)
    harness.channel.tls = TLS
    harness.channel.is_to_line_door = lines
    (proof,) = reply(harness, challenge(binding=binding))
    assert proof.key
    assert proof.signature
    assert proof.challenge
    signed = keys.Challenge(
        JOURNAL, "Alice", str(CLIENT_ID), "server nonce", proof.challenge, covered
    )
    assert keys.verify(proof.key, proof.signature, signed)


def test_each_signature_has_a_nonce_of_its_own(alice_keys: KeyFile) -> None:
    key = alice_keys.find(JOURNAL)
    assert key is not None
    nonces = {key_proof(challenge(), key, "", "").challenge for _ in range(10)}
    assert len(nonces) == 10


def test_no_signature_is_made_for_another_journal(alice_keys: KeyFile) -> None:
    harness = ConversationHarness(keys=alice_keys)
    assert reply(harness, challenge(journal="journal-2")) == []
    (wanted,) = harness.link_calls
    assert str(wanted).startswith("account_password required: Your key for chat.test:5001 is not")


@pytest.mark.parametrize(
    ("lines", "tls", "binding"),
    [(True, TLS, ""), (False, "", "exporter")],
    ids=["not of the server", "not of the client"],
)
def test_no_signature_is_made_unless_the_same_tls_ends_in_both(
    alice_keys: KeyFile, lines: bool, tls: str, binding: str
) -> None:
    """Who is in between may have the challenge from the server's door without TLS."""
    harness = ConversationHarness(keys=alice_keys)
    harness.channel.is_to_line_door, harness.channel.tls = lines, tls
    assert reply(harness, challenge(binding=binding)) == []
    (wanted,) = harness.link_calls
    assert wanted == (
        "account_password required: Your key for chat.test:5001 is not used, because the TLS ends "
        "somewhere in between, where others could log in with it: connect to the TLS of netchat "
        "itself, or to wss://; give its password with --account-password-file FILE, or take "
        "another name."
    )


def test_a_key_for_another_name_is_not_used(alice_keys: KeyFile) -> None:
    harness = ConversationHarness("Bob", keys=alice_keys)
    bobs = Challenge("Bob", JOURNAL, "server nonce", METHODS, "")
    assert reply(harness, bobs) == []


def test_a_password_goes_only_where_nobody_else_can_read_it() -> None:
    harness = ConversationHarness(account_password="correct horse")
    assert reply(harness, challenge()) == [Auth(method="password", password="correct horse")]
    harness = ConversationHarness(account_password="correct horse")
    harness.channel.is_secret = False
    assert reply(harness, challenge()) == []


def scram_server(password: str) -> object:
    mechanism = ScramMechanism("SCRAM-SHA-256")
    info = mechanism.make_auth_info(password, MIN_ITERATIONS)
    return mechanism.make_server(lambda _: info)


def test_scram_proves_both_sides_and_sends_no_password() -> None:
    harness = ConversationHarness(account_password="correct horse")
    server = scram_server("correct horse")
    (first,) = reply(harness, challenge("key", "scram"))
    server.set_client_first(first.data)  # type: ignore[attr-defined]
    harness.receive(AuthStep(server.get_server_first()))  # type: ignore[attr-defined]
    (final,) = harness.sends()
    assert isinstance(final, Auth)
    assert "correct horse" not in f"{first} {final}"
    server.set_client_final(final.data)  # type: ignore[attr-defined]
    harness.receive(AuthStep(server.get_server_final()))  # type: ignore[attr-defined]
    assert "in" in harness.log_in()


def test_a_server_that_lets_the_client_in_without_its_own_proof_is_left() -> None:
    harness = ConversationHarness(account_password="correct horse")
    reply(harness, challenge("key", "scram"))
    assert harness.receive(wire.Welcome("Alice", "s", 1, wire.WelcomeLimits(line=9))) == []
    assert str(harness.link_calls[0]).startswith("give up: The server at chat.test:5001 has not ")
    assert harness.conversation.input.line_limit == 0


def test_a_server_that_does_not_know_the_verifier_is_left() -> None:
    harness = ConversationHarness(account_password="correct horse")
    server = scram_server("correct horse")
    (first,) = reply(harness, challenge("key", "scram"))
    server.set_client_first(first.data)  # type: ignore[attr-defined]
    harness.receive(AuthStep(server.get_server_first()))  # type: ignore[attr-defined]
    harness.receive(AuthStep("v=" + "A" * 43 + "="))
    assert str(harness.link_calls[0]).startswith("give up: The server at chat.test:5001 has not ")


@pytest.mark.parametrize("count", [4096, 599_999, 10_000_001, 10**30])
def test_a_server_that_wants_few_rounds_or_endless_ones_gets_no_proof(count: int) -> None:
    proof = ScramProof("Alice", "correct horse")
    (nonce,) = [part for part in (proof.begin().data or "").split(",") if part.startswith("r=")]
    with pytest.raises(UnprovedServerError):
        proof.answer(f"{nonce}abc,s={'A' * 22}==,i={count}")


def test_a_proof_for_another_name_of_the_user_is_not_given(alice_keys: KeyFile) -> None:
    alice_keys.add_name("Boss", JOURNAL)
    harness = ConversationHarness(keys=alice_keys, account_password="correct horse")
    assert reply(harness, Challenge("Boss", JOURNAL, "server nonce", METHODS, "")) == []
    assert harness.link_calls == [
        "give up: The server at chat.test:5001 asks for a proof of another name, Boss, so it may "
        "be another one; check the address."
    ]


@pytest.mark.parametrize("data", ["", "nonsense", "r=x,s=eA==,i=99999999999", "e=other-error"])
def test_an_invalid_message_of_scram_is_no_proof(data: str) -> None:
    proof = ScramProof("Alice", "correct horse")
    proof.begin()
    with pytest.raises(UnprovedServerError):
        proof.answer(data)


def test_a_name_in_any_script_can_be_proved_by_scram() -> None:
    first = ScramProof("\U00010d00lice", "correct horse").begin().data
    assert first
    assert first.startswith("n,,n=")
