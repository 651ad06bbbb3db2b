"""SCRAM-SHA-256: a password is proved without being sent."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scramp import ScramClient

from netchat.accounts.scram import (
    ITERATIONS,
    ScramError,
    ScramExchange,
    make_verifier,
    verify,
)

FEW = 4096
"""Iterations that take no time."""
VERIFIER = make_verifier("correct horse", FEW)
SECRET = b"of this server"


def exchange(verifier: str, password: str) -> str:
    """Return the last message of the server; ScramError if the password is wrong."""
    server = ScramExchange(verifier, "Alice", SECRET, FEW)
    client = ScramClient(["SCRAM-SHA-256"], "Alice", password)
    client.set_server_first(server.start(client.get_client_first()))
    final = server.finish(client.get_client_final())
    client.set_server_final(final)  # Raises unless the server knows the verifier.
    return final


def test_a_new_verifier_has_600_000_iterations_and_no_password() -> None:
    verifier = make_verifier("correct horse")
    assert verifier.startswith("SCRAM-SHA-256$600000:")
    assert ITERATIONS >= 600_000
    assert "correct" not in verifier


def test_the_right_password_is_proved_without_being_sent() -> None:
    assert exchange(VERIFIER, "correct horse").startswith("v=")


@pytest.mark.parametrize("verifier", [VERIFIER, "", "nonsense"])
def test_a_wrong_password_and_a_missing_verifier_fail_alike(verifier: str) -> None:
    with pytest.raises(ScramError):
        exchange(verifier, "battery staple")


def test_who_has_no_verifier_is_told_the_same_salt_each_time_and_as_many_iterations() -> None:
    asked = [
        ScramExchange(verifier, "Alice", SECRET, FEW).start("n,,n=Alice,r=abc")
        for verifier in ("", "", VERIFIER)
    ]
    parts = [dict(part.split("=", 1) for part in text.split(",")) for text in asked]
    assert parts[0]["s"] == parts[1]["s"]
    assert len({len(part["s"]) for part in parts}) == 1
    assert {part["i"] for part in parts} == {str(FEW)}


def test_a_recorded_exchange_is_of_no_use_again() -> None:
    client = ScramClient(["SCRAM-SHA-256"], "Alice", "correct horse")
    first, server = client.get_client_first(), ScramExchange(VERIFIER, "Alice", SECRET, FEW)
    client.set_server_first(server.start(first))
    final = client.get_client_final()
    server.finish(final)
    again = ScramExchange(VERIFIER, "Alice", SECRET, FEW)
    again.start(first)
    with pytest.raises(ScramError):
        again.finish(final)


def test_a_password_that_is_sent_can_be_verified_too() -> None:
    assert verify(VERIFIER, "correct horse")
    assert not verify(VERIFIER, "battery staple")
    assert not verify("", "correct horse", FEW)


@given(st.text() | st.from_regex(r"n,,n=[a-z]*,r=[a-z]*"), st.text())
def test_any_messages_are_answered_or_refused(first: str, final: str) -> None:
    server = ScramExchange(VERIFIER, "Alice", SECRET, FEW)
    with suppress(ScramError):
        server.start(first)
    with pytest.raises(ScramError):
        server.finish(final)
