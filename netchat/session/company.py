"""Logins that the auth command judges: the account is made, and its roles are set, as it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from netchat.accounts.command import Question, Verdict
from netchat.chat.changes import change, change_as
from netchat.model.events import Event, Refused
from netchat.model.names import BadNameError, check_name
from netchat.state.changes import Actor, Changed, OwnName, SetRole, What

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.chat.room import Participant
    from netchat.session.interfaces import Connection

COMMAND = Actor("auth command", console=True)
"""Who sets the roles."""

Done = Callable[[int | Refused], None]


class CompanyLogin:
    """Asks the auth command for one login over `connection`."""

    __slots__ = ("_chat", "_connection", "_name", "_verdict")

    def __init__(self, chat: Chat, connection: Connection, name: str) -> None:
        self._chat = chat
        self._connection = connection
        self._name = name
        self._verdict = Verdict(ok=False)

    def ask(self, password: str, done: Callable[[bool], None]) -> None:
        """Call `done` with whether the command accepts `password` for the name."""
        command = self._connection.authenticator.command
        if command is None:
            done(False)
            return

        def answered(verdict: Verdict | None) -> None:
            self._verdict = verdict or self._verdict
            if not self._is_of_company:
                self._verdict = Verdict(ok=False)
            done(self._verdict.ok)

        command.ask(Question(self._name, password, str(self._connection.host or "unix")), answered)

    @property
    def accepted(self) -> bool:
        """Whether the command has accepted the password."""
        return self._verdict.ok

    @property
    def account_name(self) -> str:
        """The name of the account that the command has named; "" if it is no valid name."""
        try:
            return check_name(self._verdict.account or self._name)
        except BadNameError:
            return ""

    @property
    def _is_of_company(self) -> bool:
        """Whether the account is known to the command alone, or does not exist yet."""
        chat, name = self._chat, self.account_name
        owner = next(chat.state.name_holders(name, chat.time()), None) if name else None
        return bool(name) and (owner is None or getattr(owner, "external", False))

    def log_in(self, client: str, done: Done, by: Participant | None = None) -> None:
        """Make the account if there is none, set its roles, and call `done` with its number.

        `client` is the fingerprint of the client; `by` is the participant if they are here already.
        """
        account = self._chat.state.owner(self.account_name)
        if account is not None:
            self._set_roles(account.number, done)
            return

        def owned(result: Event) -> None:
            account = self._chat.state.owner(self.account_name)
            if isinstance(result, Changed):
                self._set_roles(result.number, done)
            elif account is not None and account.external:  # Another device was as fast.
                self._set_roles(account.number, done)
            elif isinstance(result, Refused):
                done(result)

        what = OwnName(self.account_name, client=client)
        if by is None:
            change_as(self._chat, Actor(what.name), what, owned)
        else:
            change(self._chat, by, what, then=owned)

    def _set_roles(self, account: int, done: Done) -> None:
        state = self._chat.state
        changes: list[What] = [
            SetRole(self.account_name, room, role)
            for room, role in self._verdict.roles.items()
            if state.role(account, room) != role
        ]

        def next_role(_: Event | None = None) -> None:
            if changes:
                change_as(self._chat, COMMAND, changes.pop(0), next_role)
            else:
                done(account)

        next_role()
