"""Logins that the auth command judges: the account is made, and its roles are set, as it says.

The account is the one whose first name is that of the command, apart from case. One whose name only
looks alike is somebody else's, and so is one with proofs of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from netchat.accounts.command import Question, Verdict
from netchat.chat.changes import change, change_as
from netchat.model.events import Event, Refused
from netchat.model.names import BadNameError, check_name, is_same
from netchat.state.changes import Actor, Changed, OwnName, SetRole
from netchat.state.records import RoleName

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.chat.room import Participant
    from netchat.session.interfaces import Connection

COMMAND = Actor("auth command", console=True)
"""Who sets the roles."""
NOT_THEIRS = (
    "Your name at this site is {}, which is or looks like the name of somebody else here; ask an "
    "operator."
)

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
            if self._verdict.ok and not self.account_name:
                self._log("names an account that is no valid name here; the login is refused")
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

    def log_in(self, client: str, done: Done, by: Participant | None = None) -> None:
        """Make the account if there is none, set its roles, and call `done` with its number.

        `client` is the fingerprint of the client; `by` is the participant if they are here already.
        """
        now = self._chat.time()
        if any(self._chat.state.name_holders(self.account_name, now)):
            self._log_in_to_account(done)
            return

        def owned(result: Event) -> None:
            if isinstance(result, Changed):
                self._set_roles(result.number, done)
            elif isinstance(result, Refused) and result.code == "name-taken":
                self._log_in_to_account(done)  # Another device was as fast.
            elif isinstance(result, Refused):
                done(result)

        what = OwnName(self.account_name, client=client)
        if by is None:
            change_as(self._chat, Actor(what.name), what, owned)
        else:
            change(self._chat, by, what, then=owned)

    def _log_in_to_account(self, done: Done) -> None:
        name = self.account_name
        account = self._chat.state.owner(name)
        if account is not None and account.external and is_same(account.first_name, name):
            self._set_roles(account.number, done)
        else:
            self._refuse(f"names {name}, which is or looks like somebody else's", done)

    def _refuse(self, why: str, done: Done) -> None:
        self._log(f"{why}; the login is refused")
        done(Refused("bad-auth", NOT_THEIRS.format(self.account_name)))

    def _log(self, what: str) -> None:
        command = self._connection.authenticator.command
        if command is not None:
            command.log_problem(what)

    def _set_roles(self, number: int, done: Done) -> None:
        """Have the account have the roles of the verdict, and none of earlier verdicts."""
        state = self._chat.state
        given: dict[str, RoleName | None] = {
            room: None for room in state.roles(number) if state.is_external(number, room)
        }
        given.update(self._verdict.roles)
        changes = [
            SetRole(self.account_name, room, role, number, external=True)
            for room, role in given.items()
            if state.role(number, room) != role or (role and not state.is_external(number, room))
        ]

        def next_role(result: Event | None = None) -> None:
            if isinstance(result, Refused) and result.code == "storage":
                done(result)
                return
            if isinstance(result, Refused):
                self._log(f"gives {self.account_name} a role that is refused: {result.message}")
            if changes:
                change_as(self._chat, COMMAND, changes.pop(0), next_role)
            else:
                done(number)

        next_role()
