"""What the work and the answers to wrong passwords tell of an account."""

from __future__ import annotations

from functools import partial

import pytest

from netchat.accounts import passwords, scram
from netchat.accounts.authenticator import Authenticator
from netchat.accounts.pool import HashingPool
from netchat.state.records import Account, Proof, SaltSecret
from netchat.state.state import ChatState

FEW = 4096
"""Iterations that take no time."""
FIRST = "n,,n=x,r=abc"
ARGON2 = Proof(1, "password", passwords.make_verifier("correct horse"))
SCRAM = Proof(1, "scram", scram.make_verifier("correct horse", FEW))
KEY = Proof(1, "key", "ab" * 32)


def state_of(*proofs: Proof, secret: str = "aa") -> ChatState:
    """Return a state in which the account 1 has `proofs`, and 2 a key."""
    accounts = (Account(1, "Alice", 0, proofs), Account(2, "Keyed", 0, (KEY,)))
    return ChatState([SaltSecret(secret), *accounts])


def work(
    authenticator: Authenticator, state: ChatState, number: int, password: str
) -> tuple[list[str], list[bool]]:
    """Return the hashes that are made to verify `password`, and the answers."""
    done, answers = list[str](), list[bool]()
    with pytest.MonkeyPatch.context() as patch:
        for module in (passwords, scram):
            verify = module.verify

            def counted(
                *given: object, verify: object = verify, name: str = module.__name__
            ) -> bool:
                done.append(f"{name} {given[2:]}")
                return bool(verify(*given))  # type: ignore[operator]

            patch.setattr(module, "verify", counted)
        authenticator.verify(state, state.account(number), password, answers.append)
    return done, answers


@pytest.mark.parametrize("with_scram", [False, True])
@pytest.mark.parametrize("proof", [ARGON2, SCRAM], ids=["argon2", "scram"])
def test_a_password_of_either_kind_takes_the_work_of_none(with_scram: bool, proof: Proof) -> None:
    authenticator = Authenticator(HashingPool(), scram=with_scram, iterations=FEW)
    state = state_of(proof)
    tried = partial(work, authenticator, state)
    of_nobody, wrong = tried(7, "battery staple")
    needs_scram, needs_argon2 = with_scram or proof is SCRAM, not with_scram or proof is ARGON2
    assert len(of_nobody) == needs_scram + needs_argon2
    assert wrong == [False]
    assert tried(1, "battery staple") == tried(2, "battery staple") == (of_nobody, wrong)
    assert tried(1, "correct horse") == (of_nobody, [True])


def test_the_work_for_scram_ends_with_the_last_password_for_it() -> None:
    authenticator, state = Authenticator(HashingPool(), iterations=FEW), state_of(SCRAM)
    assert len(work(authenticator, state, 2, "battery staple")[0]) == 2
    state.put(Account(1, "Alice", 0, (ARGON2,)))
    assert len(work(authenticator, state, 2, "battery staple")[0]) == 1


def test_who_has_no_password_for_scram_has_the_salt_of_the_journal_however_they_are_written() -> (
    None
):
    def salt(state: ChatState, number: int, name: str) -> str:
        # One for each run of a server.
        authenticator = Authenticator(HashingPool(), scram=True, iterations=FEW)
        return authenticator.exchange(state, state.account(number), name).start(FIRST).split(",")[1]

    state, other = state_of(ARGON2), state_of(ARGON2, secret="bb")
    salts = [salt(state, 1, "Alice"), salt(state, 2, "Keyed"), salt(state, 0, "Bob")]
    assert len({*salts, salt(other, 1, "Alice")}) == 4
    assert salts == [salt(state, 1, "ALICE"), salt(state, 2, "keyed"), salt(state, 0, "bob")]
