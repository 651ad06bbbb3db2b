"""Verifies passwords for accounts, and makes the verifiers of new ones; one for each server."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from netchat.accounts import passwords, scram
from netchat.accounts.scram import ITERATIONS, ScramExchange
from netchat.model.names import match_keys
from netchat.state.records import Proof

if TYPE_CHECKING:
    from netchat.accounts.command import AuthCommand
    from netchat.accounts.pool import HashingPool
    from netchat.state.records import Account, ProofKind
    from netchat.state.state import ChatState


class Authenticator:
    """Verifies with the threads of `pool`; new passwords are for SCRAM if `scram`, else argon2id.

    Whatever an account has, the answer to a wrong password takes the same work: that for SCRAM,
    too, as long as any account has a password for it. `command`, if there is one, judges the
    passwords of all names that it knows.
    """

    def __init__(
        self,
        pool: HashingPool,
        *,
        scram: bool = False,
        command: AuthCommand | None = None,
        iterations: int = ITERATIONS,
    ) -> None:
        self.scram = scram
        self.command = command
        self.pool = pool
        self.directions = ""
        """Where a password can be sent that nobody reads on its way: part of a sentence, or ""."""
        self._iterations = iterations
        self._makers: set[object] = set()

    def methods(self, *, confidential: bool) -> tuple[str, ...]:
        """Return the methods of proof over a connection that is `confidential` or not.

        A one-time `word` is sent as a password.
        """
        return (
            "key",
            *(("scram",) if self.scram else ()),
            *(("password",) if confidential else ()),
            "word",
        )

    def verify(
        self,
        state: ChatState,
        account: Account | None,
        password: str,
        done: Callable[[bool], None],
    ) -> None:
        """Call `done` with whether `password` is that of `account`, which is one in `state`."""
        argon2 = _verifier(account, "password")
        of_scram = _verifier(account, "scram")
        rounds = self._iterations if self.scram or state.has_verifier("scram") else 0
        # Nobody waits for work that no account needs; and each name costs the same.
        needs_argon2 = not self.scram or state.has_verifier("password")
        work = partial(_verify, argon2, of_scram, password, rounds, needs_argon2=needs_argon2)
        self.pool.call(work, lambda matches: done(bool(matches)))

    def is_making(self, maker: object) -> bool:
        """Return whether the last proof of `maker` is still being made."""
        return maker in self._makers

    def make_proof(
        self,
        password: str,
        label: str,
        done: Callable[[Proof | ValueError | None], None],
        *,
        maker: object,
    ) -> None:
        """Call `done` with the proof that `password` is, or with the sentence why it is none.

        It waits for the passwords that are to be verified.
        """

        def made(proof: Proof | ValueError | None) -> None:
            self._makers.discard(maker)
            done(proof)

        self._makers.add(maker)
        count = self._iterations if self.scram else 0
        self.pool.call(partial(_make_proof, password, label, count), made, last=True)

    def exchange(self, state: ChatState, account: Account | None, name: str) -> ScramExchange:
        """Return a new SCRAM exchange about the password of `account`, or of nobody's `name`."""
        # The number stays the same when the name is written in another way, as a real salt does.
        whose = account.key if account else f"nobody {match_keys(name)[0]}"
        secret = bytes.fromhex(state.salt_secret)
        return ScramExchange(_verifier(account, "scram"), whose, secret, self._iterations)


def _verifier(account: Account | None, kind: ProofKind) -> str:
    for proof in account.proofs if account else ():
        if proof.kind == kind:
            return proof.value
    return ""


def _verify(
    argon2: str, of_scram: str, password: str, iterations: int, *, needs_argon2: bool
) -> bool:
    # Both, even if the first is right: the time must not tell which of them the account has.
    right = needs_argon2 and passwords.verify(argon2, password)
    return (scram.verify(of_scram, password, iterations) if iterations else False) or right


def _make_proof(password: str, label: str, iterations: int) -> Proof | ValueError:
    try:
        checked = passwords.check_password(password)
        if iterations:
            return Proof(0, "scram", scram.make_verifier(checked, iterations), label)
        return Proof(0, "password", passwords.make_verifier(checked), label)
    except ValueError as error:
        return error
