"""The rules for accounts: how each change of them is judged, and what it does to the records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from netchat.model.names import TALK, equivalent, is_same
from netchat.state.changes import (
    Actor,
    AddDevice,
    AddProof,
    Change,
    Forget,
    Ignore,
    Invite,
    MarkRead,
    OwnName,
    RemoveDevice,
    RemoveProof,
    Respell,
    RevokeInvitation,
)
from netchat.state.expiries import is_over
from netchat.state.record import Removed, Update
from netchat.state.records import Account, Invitation, Proof, ReadMark, ReservedName, Restriction
from netchat.state.rights import NOT_ALLOWED, RuleError, require_operator
from netchat.state.state import ChatState

MAX_PROOFS = 20
"""The most proofs of one account."""
MAX_CLIENTS = 10
"""How many clients of an account are remembered, the newest."""
MAX_IGNORED = 100
"""The most names that one account ignores."""
LOCKED = "The server takes no new guests or accounts at present; come back later."
LOOKS_ALIKE = "{} only looks like {}, who owns that name; copy that one if you mean them."
_PASSWORDS = ("password", "scram")


def own_name(state: ChatState, change: Change, what: OwnName, number: int) -> Iterator[Update]:
    """Make the name an account, unless somebody has it."""
    actor, name = change.by, what.name
    if not actor.console and (actor.account or actor.name != name):
        raise RuleError("bad-request", f"{actor.name} is not a free name; connect with {name}.")
    yield from release(state, name, change.time)
    if any(state.name_holders(name, change.time)):
        raise RuleError("name-taken", f"{name} is owned by somebody else; choose another name.")
    if state.lock_at(change.time) and not actor.console:
        raise RuleError(NOT_ALLOWED, LOCKED)
    if what.invited:
        yield _use(state.invitation(what.invitation), change.time)
    proofs = (replace(what.proof, id=1, since=change.time),) if what.proof else ()
    devices = (what.client,) if what.client else ()
    yield Account(
        number,
        name,
        change.time,
        proofs,
        last_proof=len(proofs),
        devices=devices,
        external=not proofs,
    )


def release(state: ChatState, name: str, now: float) -> Iterator[Update]:
    """Remove the names that were reserved until `now`, so that somebody can have `name`."""
    for some in state.owners.holders(name):
        if is_over(some, now):
            yield Removed(some.kind, some.key)


def add_proof(state: ChatState, change: Change, what: AddProof) -> Iterator[Update]:
    """Add a proof; a password takes the place of the one before."""
    account = own_account(state, change.by, what.account)
    proofs = account.proofs
    if what.proof.kind in _PASSWORDS:
        proofs = tuple(proof for proof in proofs if proof.kind not in _PASSWORDS)
    if what.proof.kind == "word":
        proofs = tuple(proof for proof in proofs if proof.kind != "word")
    if any((proof.kind, proof.value) == (what.proof.kind, what.proof.value) for proof in proofs):
        raise RuleError("bad-request", "The account has that proof already.")
    if len(proofs) >= MAX_PROOFS:
        raise RuleError(
            "bad-request", f"An account has at most {MAX_PROOFS} proofs; remove one first."
        )
    id = account.last_proof + 1
    proofs += (replace(what.proof, id=id, since=change.time),)
    yield replace(account, proofs=proofs, last_proof=id)


def remove_proof(state: ChatState, change: Change, what: RemoveProof) -> Iterator[Update]:
    """Remove a proof, but not the last one that lasts."""
    account = own_account(state, change.by, what.account)
    gone = proof_of(account, what.id)
    rest = tuple(proof for proof in account.proofs if proof != gone)
    if gone.kind != "word" and not account.external and all(x.kind == "word" for x in rest):
        raise RuleError(
            NOT_ALLOWED, "That is the only proof of the account; add another one first."
        )
    yield replace(account, proofs=rest)


def respell(state: ChatState, change: Change, what: Respell) -> Iterator[Update]:
    """Write the name in another way, in which it is still the name that it was at first."""
    account = own_account(state, change.by, what.account)
    yield from release(state, what.name, change.time)
    holders = list(state.name_holders(what.name, change.time))
    first = account.first_name
    if holders != [account] or not equivalent(what.name, first):
        raise RuleError(
            "name-taken", f"{what.name} is not a spelling of {first} alone; keep yours."
        )
    yield replace(account, name=what.name, first="" if what.name == first else first)


def add_device(state: ChatState, change: Change, what: AddDevice) -> Iterator[Update]:
    """Remember a client; of too many the one that was first remembered is forgotten."""
    account = own_account(state, change.by, what.account)
    if what.client in account.devices:
        raise RuleError("", "")
    yield replace(account, devices=(*account.devices, what.client)[-MAX_CLIENTS:])


def remove_device(state: ChatState, change: Change, what: RemoveDevice) -> Iterator[Update]:
    """Forget a client, or all of them."""
    account = own_account(state, change.by, what.account)
    devices = tuple(x for x in account.devices if what.client and x != what.client)
    yield replace(account, devices=devices)


def ignore(state: ChatState, change: Change, what: Ignore) -> Iterator[Update]:
    """Ignore a name, or ignore it no more."""
    account = own_account(state, change.by, what.account)
    ignored = tuple(name for name in account.ignored if name != what.name)
    if what.on:
        ignored += (what.name,)
        if len(ignored) > MAX_IGNORED:
            raise RuleError("bad-request", f"You can ignore at most {MAX_IGNORED} names.")
    if ignored == account.ignored:
        raise RuleError("", "")
    yield replace(account, ignored=ignored)


def mark_read(state: ChatState, change: Change, what: MarkRead) -> Iterator[Update]:
    """Move the mark forward."""
    own_account(state, change.by, what.account)
    before = state.find(ReadMark, f"{what.account} {what.room}")
    if (what.id, what.time) <= ((before.id, before.time) if before else (0, 0)):
        raise RuleError("", "")
    yield ReadMark(what.account, what.room, what.id, what.time)


def invite(state: ChatState, change: Change, what: Invite) -> Iterator[Update]:
    """Let people own a name who have the token."""
    require_operator(state, change.by)
    yield replace(what.invitation, by=change.by.name, since=change.time)


def revoke_invitation(state: ChatState, change: Change, what: RevokeInvitation) -> Iterator[Update]:
    """Withdraw the invitations whose hash begins as given."""
    require_operator(state, change.by)
    found = [x for x in state.all(Invitation) if what.hash and x.hash.startswith(what.hash)]
    if not found:
        raise RuleError("bad-request", "There is no such invitation; see the list of them.")
    yield from (Removed(x.kind, x.key) for x in found)


def forget(state: ChatState, change: Change, what: Forget) -> Iterator[Update]:
    """Remove the account and all that belongs to it; the name may stay reserved."""
    require_operator(state, change.by)
    account = owner_of(state, what.name)
    roles = state.roles(account.number)
    if roles.get("") == "operator" and len(state.members()) == 1:
        raise RuleError(NOT_ALLOWED, "That is the last operator; make another one first.")
    yield Removed("account", account.key)
    yield from (Removed("role", f"{account.number} {room}") for room in roles)
    yield from _belonging(state, account.number)
    if what.free_at > change.time:
        yield ReservedName(account.name, what.free_at, account.first)


def _belonging(state: ChatState, account: int) -> Iterable[Removed]:
    for mark in state.all(ReadMark):
        if mark.account == account or mark.room == f"{TALK}{account}":
            yield Removed(mark.kind, mark.key)
    for restriction in state.all(Restriction):
        if (restriction.target_kind, restriction.target) == ("account", str(account)):
            yield Removed(restriction.kind, restriction.key)


def own_account(state: ChatState, actor: Actor, number: int) -> Account:
    """Return the account with this number, or raise RuleError unless it is that of `actor`."""
    account = numbered(state, number)
    if not actor.console and actor.account != number:
        raise RuleError(NOT_ALLOWED, "That is not your account.")
    return account


def numbered(state: ChatState, number: int) -> Account:
    """Return the account with this number, or raise RuleError."""
    account = state.account(number)
    if account is None:
        raise RuleError("no-such-user", "There is no such account any more.")
    return account


def owner_of(state: ChatState, name: str) -> Account:
    """Return the account called `name`, or raise RuleError."""
    account = state.owner(name)
    if account is None:
        raise RuleError(
            "no-such-user", f"Nobody owns the name {name}; they can with /own, and then you can."
        )
    return account


def very_owner_of(state: ChatState, name: str) -> Account:
    """Return the account of this very name, or raise RuleError if its name only looks alike.

    For what is given to somebody: else who owns a name that looks like that of an operator to be,
    would be one.
    """
    account = owner_of(state, name)
    if not is_same(account.name, name):
        raise RuleError("no-such-user", LOOKS_ALIKE.format(name, account.name))
    return account


def proof_of(account: Account, id: int) -> Proof:
    """Return the proof `id` of `account`, or raise RuleError."""
    for proof in account.proofs:
        if proof.id == id:
            return proof
    raise RuleError("bad-request", f"The account has no proof {id}; see /account.")


def _use(invitation: Invitation | None, time: float) -> Update:
    if invitation is None or is_over(invitation, time):
        raise RuleError(
            "bad-invitation", "That is not a valid invitation; ask an operator for one."
        )
    if invitation.uses == 1:
        return Removed(invitation.kind, invitation.key)
    return replace(invitation, uses=invitation.uses - 1)
