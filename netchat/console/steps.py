"""How a request is written that takes several changes, one after the other.

A request is a generator: it yields each change that it asks for, and goes on when that is settled;
a change that is refused ends it. Each change holds or did not happen, whatever happens to the
server in between, so a request must be such that the same one can be given again.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from netchat.console.answers import Row
from netchat.console.interface import Console
from netchat.model.names import BadNameError, check_name, check_room, is_same
from netchat.state.account_rules import LOOKS_ALIKE
from netchat.state.changes import What
from netchat.state.records import Account


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a request is answered: rows, and a sentence or ""."""

    rows: Iterable[Row] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class AuditWanted:
    """Yielded for an AuditPage instead of a change."""

    before: int
    limit: int


Steps: TypeAlias = Generator[What | AuditWanted, Any, Outcome]


class RefusalError(Exception):
    """A request is refused; `code` and the sentence are as in an End."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def owner(console: Console, name: str) -> Account:
    """Return the account called `name`, or refuse."""
    account = console.state.owner(name)
    if account is None:
        raise RefusalError("no-such-user", f"Nobody owns the name {name}.")
    return account


def very_owner(console: Console, name: str) -> Account:
    """Return the account of this very name, or refuse: it is given something."""
    account = owner(console, name)
    if not is_same(account.name, name):
        raise RefusalError("no-such-user", LOOKS_ALIKE.format(name, account.name))
    return account


def valid_name(name: str) -> str:
    """Return `name` as it is stored, or refuse."""
    try:
        return check_name(name)
    except BadNameError as error:
        raise RefusalError("bad-name", str(error)) from None


def valid_room(console: Console, room: str) -> str:
    """Return `room` as it is written, or refuse; "" stays."""
    try:
        return console.room(check_room(room)) if room else ""
    except BadNameError as error:
        raise RefusalError("bad-room", str(error)) from None


def require_server(console: Console) -> None:
    """Refuse unless people can be connected."""
    if not console.running:
        raise RefusalError(
            "not-running", "No server runs on this directory, so nobody is connected; start it."
        )


def place(room: str) -> str:
    """Return `room` as part of a sentence."""
    return f"in {room}" if room else "on the server"
