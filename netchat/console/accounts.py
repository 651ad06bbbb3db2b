"""Requests about accounts: operators, one-time words, sessions, invitations."""

from __future__ import annotations

from collections.abc import Iterator

from netchat.accounts.words import hash_word
from netchat.accounts.words import make_word as new_word
from netchat.console import requests
from netchat.console.answers import (
    AccountRow,
    InvitationRow,
    InvitedRow,
    ProofRow,
    Row,
    WordRow,
    moment,
)
from netchat.console.interface import Console
from netchat.console.steps import (
    Outcome,
    RefusalError,
    Steps,
    owner,
    require_server,
    valid_name,
    very_owner,
)
from netchat.state.changes import (
    AddProof,
    Forget,
    Invite,
    OwnName,
    RemoveDevice,
    RevokeInvitation,
    SetRole,
)
from netchat.state.expiries import is_over
from netchat.state.records import Account, Invitation, Proof, ReservedName

_ID = 8
"""How many digits of its hash are the id of an invitation."""


def add_operator(console: Console, request: requests.AddOperator) -> Steps:
    """Make somebody an operator, with an account and a word for it if they have none yet.

    Somebody who was given a word and has no other proof yet gets a new one: it may never have been
    read.
    """
    owned = console.state.owner(request.name) is not None
    account = very_owner(console, request.name) if owned else None
    name = account.name if account else valid_name(request.name)
    rows: list[Row] = []
    if account is None or _has_no_lasting_proof(account):
        word = _Word(console, request.duration)
        yield OwnName(name, word.proof) if account is None else AddProof(account.number, word.proof)
        rows.append(word.row(name))
    if not (rows and account and console.state.role(account.number) == "operator"):
        yield SetRole(name, "", "operator")
    return Outcome(rows, f"{name} is an operator.")


def remove_operator(console: Console, request: requests.RemoveOperator) -> Steps:
    """Take the role of an operator away."""
    account = owner(console, request.name)
    if console.state.role(account.number) != "operator":
        raise RefusalError("bad-request", f"{account.name} is no operator.")
    yield SetRole(account.name, "", None)
    return Outcome(message=f"{account.name} is no operator any more.")


def list_accounts(console: Console, request: requests.ListAccounts) -> Steps:
    """List the accounts, by name."""
    accounts = sorted(console.state.all(Account), key=lambda account: account.name.casefold())
    yield from ()
    return Outcome(_row(console, account) for account in accounts)


def show_account(console: Console, request: requests.ShowAccount) -> Steps:
    """Show one account."""
    yield from ()
    return Outcome([_row(console, owner(console, request.name))])


def make_word(console: Console, request: requests.MakeWord) -> Steps:
    """Give an account a new word; the one before is good no more."""
    account = very_owner(console, request.name)
    word = _Word(console, request.duration)
    yield AddProof(account.number, word.proof)
    return Outcome([word.row(account.name)])


def list_sessions(console: Console, request: requests.ListSessions) -> Steps:
    """List the connections of an account."""
    require_server(console)
    name = owner(console, request.name).name
    yield from ()
    return Outcome(row for row in console.present() if row.account and row.name == name)


def end_sessions(console: Console, request: requests.EndSessions) -> Steps:
    """Close the connections of an account, and forget its clients, whose proofs stay."""
    account = owner(console, request.name)
    yield RemoveDevice(account.number)
    count = console.end_sessions(account.number)
    return Outcome(message=f"{_counted(count, 'session')} of {account.name} ended.")


def forget(console: Console, request: requests.ForgetAccount) -> Steps:
    """Remove an account; the lines that it said are deleted by requests of their own.

    With a duration of 0, the name of an account that was forgotten before is free as well.
    """
    state = console.state
    reserved = next((x for x in state.name_holders(request.name, console.time())), None)
    if isinstance(reserved, ReservedName):
        raise RefusalError(
            "no-such-user", f"{reserved.name} is forgotten already; the name is free in time."
        )
    account = owner(console, request.name)
    yield Forget(account.name, console.time() + request.duration if request.duration else 0)
    console.end_sessions(account.number)
    return Outcome(message=f"The account of {account.name} is forgotten.")


def invite(console: Console, request: requests.MakeInvitation) -> Steps:
    """Make an invitation, with a link to each page that the server has."""
    word = _Word(console, request.duration)
    yield Invite(Invitation(word.proof.value, request.uses, word.proof.until))
    links = tuple(f"{page}/#invite={word.text}" for page in console.status().pages)
    return Outcome([InvitedRow(word.text, request.uses, moment(word.proof.until), links)])


def list_invitations(console: Console, request: requests.ListInvitations) -> Steps:
    """List the invitations that are still good."""
    now = console.time()
    good = [x for x in console.state.all(Invitation) if not is_over(x, now)]
    yield from ()
    return Outcome(
        InvitationRow(x.hash[:_ID], x.uses, moment(x.until), x.by, moment(x.since)) for x in good
    )


def revoke(console: Console, request: requests.RevokeInvitation) -> Steps:
    """Withdraw the one invitation that is meant."""
    hash = hash_word(request.id)
    ids = [x.hash for x in console.state.all(Invitation) if x.hash.startswith(request.id.lower())]
    if not hash or console.state.invitation(hash) is None:
        if len(ids) != 1:
            raise RefusalError(
                "bad-request",
                f"There is no one invitation {request.id[:_ID]}; `invitations` lists them.",
            )
        hash = ids[0]
    yield RevokeInvitation(hash)
    return Outcome(message=f"The invitation {hash[:_ID]} is good no more.")


class _Word:
    """A new word that is good for `duration` seconds, 0: without end."""

    def __init__(self, console: Console, duration: float) -> None:
        self.text = new_word()
        until = console.time() + duration if duration else 0
        self.proof = Proof(0, "word", hash_word(self.text), until=until)

    def row(self, name: str) -> WordRow:
        return WordRow(name, self.text, moment(self.proof.until))


def _has_no_lasting_proof(account: Account) -> bool:
    return not account.external and all(proof.kind == "word" for proof in account.proofs)


def _row(console: Console, account: Account) -> AccountRow:
    since = moment(account.since)
    assert since is not None, "an account is not as old as the epoch"
    roles = console.state.roles(account.number)
    return AccountRow(
        account.name,
        account.number,
        since,
        account.external,
        tuple(_proofs(account)),
        {room: str(role) for room, role in sorted(roles.items())},
        account.first_name,
    )


def _proofs(account: Account) -> Iterator[ProofRow]:
    for proof in account.proofs:
        yield ProofRow(proof.id, proof.kind, proof.label, moment(proof.since), moment(proof.until))


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
