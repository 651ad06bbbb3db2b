"""The interface of the auth command, by which a site verifies passwords itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct, field

from netchat.state.records import RoleName


class Question(Struct, frozen=True):
    """What the command is asked: does this password belong to this name?"""

    name: str
    password: str
    address: str

    def __repr__(self) -> str:
        """Return a text without the password."""
        return f"Question(name={self.name!r}, address={self.address!r})"


class Verdict(Struct, frozen=True):
    """What the command has answered.

    `account` is the name that they have in the chat, "" for the one that they gave. `roles` are
    those that they have in some rooms ("": on the server), or None; those that an earlier verdict
    gave, and this one does not name, are taken away.
    """

    ok: bool
    account: str = ""
    roles: dict[str, RoleName | None] = field(default_factory=dict)


class AuthCommand(Protocol):
    """Runs the command."""

    def start(self) -> None:
        """Begin: the server starts."""

    def stop(self) -> None:
        """End what is running; nothing is asked after it."""

    def ask(self, question: Question, done: Callable[[Verdict | None], None]) -> None:
        """Call `done` with the verdict; None if there is none, which has been logged."""

    def log_problem(self, problem: str) -> None:
        """Log that the verdict cannot be followed; `problem` goes on after "The auth command"."""
