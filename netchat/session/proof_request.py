"""The proof that an `own` request gives: a key, an SSH key or a new password."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from netchat.accounts.keys import check_key
from netchat.accounts.ssh_keys import parse_ssh_key
from netchat.accounts.words import hash_word
from netchat.model.sanitize import sanitize
from netchat.model.state_requests import Own
from netchat.state.records import Proof

if TYPE_CHECKING:
    from netchat.accounts.authenticator import Authenticator
    from netchat.model.events import Refused
    from netchat.session.interfaces import Connection

NO_PROOF = "Give a password of at least 8 characters with it, as in /own PASSWORD."
ONE_PROOF = "Send one of `password`, `key` and `ssh` with it."
STILL_HASHED = "A password from your address is still being stored; try again in a moment."
NOT_CONFIDENTIAL = "A password can be read by others on its way over this connection; {}."
WITHOUT_DIRECTIONS = "use the netchat client with a key of its own, or ask the operator for TLS"

Made = Callable[["Proof | Refused"], None]


def make_proof(
    authenticator: Authenticator,
    request: Own,
    done: Made,
    *,
    maker: object,
    password_allowed: bool,
) -> None:
    """Call `done` with the proof that `request` gives, or with the refusal.

    A password is hashed in threads, so that takes a moment; one of each `maker`, an address, at a
    time, so that nobody fills the queue by coming again.
    """
    given = [x for x in (request.password, request.key, request.ssh) if x is not None]
    label = sanitize(request.label or "").strip()
    if len(given) > 1:
        done(request.refuse("bad-request", ONE_PROOF))
    elif request.key is not None or request.ssh is not None:
        done(_key_proof(request, label))
    elif not password_allowed:
        done(request.refuse("not-allowed", NOT_CONFIDENTIAL.format(directions(authenticator))))
    elif request.password is None:
        done(request.refuse("bad-request", NO_PROOF))
    elif authenticator.is_making(maker):
        done(request.refuse("bad-request", STILL_HASHED))
    else:
        authenticator.make_proof(
            request.password, label, lambda proof: done(_checked(request, proof)), maker=maker
        )


def directions(authenticator: Authenticator) -> str:
    """Return where a password can be sent that nobody reads on its way: part of a sentence."""
    return authenticator.directions or WITHOUT_DIRECTIONS


def can_use_password(connection: Connection, *, plain_passwords: bool) -> bool:
    """Return whether a password may be sent over `connection`."""
    return plain_passwords or connection.is_confidential


def invitation_hash(request: Own) -> str:
    """Return the hash of the invitation that `request` has; "" without one."""
    return hash_word(request.invitation or "")


def _key_proof(request: Own, label: str) -> Proof | Refused:
    try:
        if request.key is not None:
            return Proof(0, "key", check_key(request.key), label)
        key, comment = parse_ssh_key(request.ssh or "")
        return Proof(0, "ssh", key, label or sanitize(comment)[:200])
    except ValueError as error:
        return request.refuse("bad-request", str(error))


def _checked(request: Own, proof: Proof | ValueError | None) -> Proof | Refused:
    if isinstance(proof, Proof):
        return proof
    if proof is None:
        return request.refuse("storage", "The password could not be hashed; try again later.")
    return request.refuse("bad-request", str(proof))
