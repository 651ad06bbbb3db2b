"""What an operator at the shell does with accounts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from netchat.accounts.words import hash_word
from netchat.console import requests
from netchat.console.answers import (
    AccountRow,
    InvitationRow,
    InvitedRow,
    PresentRow,
    WordRow,
)
from netchat.state.changes import CONSOLE, AddProof, OwnName
from netchat.state.records import Account, Proof, ReservedName
from netchat.testing import START
from tests.support.console import RefusedRequestError, ask, console_of

if TYPE_CHECKING:
    from netchat.state.changes import What
    from netchat.testing import Network

NOW = datetime.fromtimestamp(START, UTC)
KEY = Proof(0, "key", "ab" * 32, "laptop")


def own(network: Network, name: str, proof: Proof = KEY) -> Account:
    """Make `name` an account with `proof`, as its owner would."""
    change(network, OwnName(name, proof))
    account = console_of(network).state.owner(name)
    assert account is not None
    return account


def change(network: Network, what: What) -> None:
    console_of(network).change(what, CONSOLE, lambda _: None)
    network.settle()


def roles(network: Network, name: str) -> dict[str, str]:
    (row,) = ask(network, requests.ShowAccount(name=name)).rows
    assert isinstance(row, AccountRow)
    return row.roles


def word_in(rows: list[object]) -> WordRow:
    (row,) = rows
    assert isinstance(row, WordRow)
    return row


def test_the_first_operator_gets_an_account_and_a_word_that_is_not_stored(
    network: Network,
) -> None:
    answer = ask(network, requests.AddOperator(name="Alice", user="root"))
    word = word_in([*answer.rows])
    assert re.fullmatch("[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", word.word)
    assert (word.name, word.until) == ("Alice", NOW + timedelta(days=1))
    assert answer.message == "Alice is an operator."
    assert roles(network, "alice") == {"": "operator"}
    account = console_of(network).state.owner("Alice")
    assert account is not None
    assert [(proof.kind, proof.value) for proof in account.proofs] == [
        ("word", hash_word(word.word))
    ]


def test_an_operator_whose_word_was_never_read_gets_another_one(network: Network) -> None:
    first = word_in([*ask(network, requests.AddOperator(name="Alice")).rows])
    second = word_in([*ask(network, requests.AddOperator(name="Alice")).rows])
    assert first.word != second.word
    account = console_of(network).state.owner("Alice")
    assert account is not None
    assert [proof.value for proof in account.proofs] == [hash_word(second.word)]


def test_an_owner_becomes_an_operator_without_a_word(network: Network) -> None:
    own(network, "Alice")
    assert ask(network, requests.AddOperator(name="alice")).rows == []
    assert roles(network, "Alice") == {"": "operator"}
    with pytest.raises(RefusedRequestError, match="Alice is that already"):
        ask(network, requests.AddOperator(name="Alice"))


def test_a_name_that_nobody_can_have_is_refused(network: Network) -> None:
    with pytest.raises(RefusedRequestError, match="bad-name"):
        ask(network, requests.AddOperator(name="server"))


def test_the_last_operator_stays(network: Network) -> None:
    ask(network, requests.AddOperator(name="Alice"))
    with pytest.raises(RefusedRequestError, match="last operator"):
        ask(network, requests.RemoveOperator(name="Alice"))
    ask(network, requests.AddOperator(name="Bob"))
    ask(network, requests.RemoveOperator(name="Alice"))
    assert roles(network, "Alice") == {}
    with pytest.raises(RefusedRequestError, match="Alice is no operator"):
        ask(network, requests.RemoveOperator(name="Alice"))


def test_an_account_is_shown_without_what_verifies_its_proofs(network: Network) -> None:
    number = own(network, "Bob").number
    change(network, AddProof(number, Proof(0, "password", "$argon2id$secret", "phone")))
    own(network, "alice")
    rows = ask(network, requests.ListAccounts()).rows
    assert [row.name for row in rows if isinstance(row, AccountRow)] == ["alice", "Bob"]
    shown = msgspec.json.encode(ask(network, requests.ShowAccount(name="bob")).rows)
    for part in (b"laptop", b"phone", b'"key"', b'"password"'):
        assert part in shown
    assert b"argon2id" not in shown
    assert KEY.value.encode() not in shown
    with pytest.raises(RefusedRequestError, match="no-such-user: Nobody owns the name Carol"):
        ask(network, requests.ShowAccount(name="Carol"))


def test_a_word_for_a_lost_proof_takes_the_place_of_the_one_before(network: Network) -> None:
    own(network, "Alice")
    ask(network, requests.MakeWord(name="Alice"))
    word = word_in([*ask(network, requests.MakeWord(name="alice", duration=60)).rows])
    assert (word.name, word.until) == ("Alice", NOW + timedelta(minutes=1))
    account = console_of(network).state.owner("Alice")
    assert account is not None
    assert [proof.value for proof in account.proofs] == [KEY.value, hash_word(word.word)]


def test_an_invitation_is_stored_as_a_hash_and_listed_by_its_id(network: Network) -> None:
    (made,) = ask(network, requests.MakeInvitation(uses=30, duration=600, user="ann")).rows
    assert isinstance(made, InvitedRow)
    assert made.until == NOW + timedelta(minutes=10)
    (row,) = ask(network, requests.ListInvitations()).rows
    hash = hash_word(made.word)
    assert row == InvitationRow(hash[:8], 30, made.until, "netchat admin (ann)", NOW)
    assert made.word not in msgspec.json.encode(row).decode()


@pytest.mark.parametrize("by_word", [True, False])
def test_one_invitation_is_withdrawn_by_its_id_or_its_word(network: Network, by_word: bool) -> None:
    words = []
    for _ in range(3):
        (made,) = ask(network, requests.MakeInvitation()).rows
        assert isinstance(made, InvitedRow)
        words.append(made.word)
    id = hash_word(words[1])[:8]
    ask(network, requests.RevokeInvitation(id=words[1] if by_word else id))
    rows = ask(network, requests.ListInvitations()).rows
    left = [row.id for row in rows if isinstance(row, InvitationRow)]
    assert left == [hash_word(words[0])[:8], hash_word(words[2])[:8]]
    with pytest.raises(RefusedRequestError, match="There is no one invitation"):
        ask(network, requests.RevokeInvitation(id=id))


def test_an_id_that_several_invitations_may_have_withdraws_none(network: Network) -> None:
    ids = set()
    # Of 17 hexadecimal digits two are equal.
    for _ in range(17):
        (made,) = ask(network, requests.MakeInvitation()).rows
        assert isinstance(made, InvitedRow)
        ids.add(hash_word(made.word))
    digits = [id[0] for id in ids]
    twice = next(digit for digit in digits if digits.count(digit) > 1)
    with pytest.raises(RefusedRequestError, match="There is no one invitation"):
        ask(network, requests.RevokeInvitation(id=twice))
    assert len(ask(network, requests.ListInvitations()).rows) == 17


def test_an_invitation_that_is_over_is_not_listed(network: Network) -> None:
    ask(network, requests.MakeInvitation(duration=60))
    network.clock.advance(59)
    assert len(ask(network, requests.ListInvitations()).rows) == 1
    network.clock.advance(1)
    assert ask(network, requests.ListInvitations()).rows == []


def test_a_forgotten_name_is_free_after_its_time(network: Network) -> None:
    own(network, "Alice")
    answer = ask(network, requests.ForgetAccount(name="Alice", duration=60))
    assert answer.message == "The account of Alice is forgotten."
    assert console_of(network).state.owner("Alice") is None
    (reserved,) = console_of(network).state.all(ReservedName)
    assert reserved == ReservedName("Alice", START + 60)
    with pytest.raises(RefusedRequestError, match="Alice is forgotten already"):
        ask(network, requests.ForgetAccount(name="alice", duration=60))


def test_a_name_that_is_forgotten_now_is_free_now(network: Network) -> None:
    own(network, "Alice")
    ask(network, requests.ForgetAccount(name="Alice", duration=0))
    own(network, "Alice")


def test_sessions_are_those_of_the_account_and_can_be_ended(network: Network) -> None:
    own(network, "Alice")
    network.join("Bob")
    assert ask(network, requests.ListSessions(name="Alice")).rows == []
    rows = ask(network, requests.ListPresent()).rows
    assert [row.name for row in rows if isinstance(row, PresentRow)] == ["Bob"]
    assert ask(network, requests.EndSessions(name="Alice")).message == (
        "0 sessions of Alice ended."
    )
    with pytest.raises(RefusedRequestError, match="Nobody owns the name Bob"):
        ask(network, requests.EndSessions(name="Bob"))


def test_the_word_of_an_operator_is_a_proof_for_the_first_login(network: Network) -> None:
    word = word_in([*ask(network, requests.AddOperator(name="Alice")).rows])
    alice = network.guest("127.0.0.1")
    alice.say("Alice")
    alice.say(word.word.lower())
    alice.heard()
    alice.say("/announce hello")
    assert alice.heard() == ["* Announcement by Alice: hello"]
    (session,) = ask(network, requests.ListSessions(name="alice")).rows
    assert isinstance(session, PresentRow)
    assert (session.name, session.account) == ("Alice", True)
    assert ask(network, requests.EndSessions(name="Alice")).message == "1 session of Alice ended."
    assert not alice.online


@pytest.mark.parametrize(
    "request_",
    [requests.AddOperator(name="Ian"), requests.MakeWord(name="Ian")],
    ids=["operator", "word"],
)
def test_whose_name_only_looks_like_the_given_one_gets_nothing(
    network: Network, request_: requests.AnyConsoleRequest
) -> None:
    own(network, "lan")
    with pytest.raises(RefusedRequestError, match="Ian only looks like lan, who owns that name"):
        ask(network, request_)
    assert roles(network, "lan") == {}
