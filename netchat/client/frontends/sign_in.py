"""How the user gets into the chat: their name, and whatever else the server wants to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twisted.internet.defer import Deferred

from netchat.client.conversation.interfaces import ChatClient, SecretKind
from netchat.client.frontends.questions import Questions

Open = Callable[[str, Mapping[SecretKind, str]], ChatClient]
"""Opens the client under a name, with the secrets that the user has given."""


class SignIn:
    """Asks the user with `questions`, at first and whenever the server asks again.

    `open` opens the client under `name`, or the one that the user gives if it is empty. `interrupt`
    ends the line that the user is typing, so that they can be asked.
    """

    def __init__(
        self,
        name: str,
        open: Open,
        questions: Questions,
        *,
        interrupt: Callable[[], None],
        warn: Callable[[str], None],
    ) -> None:
        self._name = name
        self._open = open
        self._questions = questions
        self._interrupt = interrupt
        self._warn = warn
        self._secrets: dict[SecretKind, str] = {}
        self._logged_in: Deferred[str] = Deferred()
        self._secret_problem = ""
        self._wanted: SecretKind = "password"
        self._wants_new_password = False

    @property
    def has_questions(self) -> bool:
        """Whether the user is to be asked something."""
        return bool(self._secret_problem) or self._wants_new_password

    async def run(self) -> ChatClient | None:
        """Return the client once it is logged in, or is closed; None if the user left instead."""
        while True:
            name = self._name or await self._questions.name()
            if not name:
                return None
            self._name, self._logged_in = name, Deferred()
            client = self._open(name, self._secrets)
            problem = await self._logged_in
            if not problem:
                return client
            if self._secret_problem:
                if not await self._ask_secret() and self._wanted == "password":
                    return None
            else:
                self._name = ""
                self._warn(f"! {problem}")

    async def answer(self, client: ChatClient) -> bool:
        """Ask the user what is to be asked; return False if they leave instead."""
        if self._secret_problem:
            if not await self._ask_secret():
                return False
            client.retry_with(self._wanted, self._secrets[self._wanted])
        if self._wants_new_password:
            self._wants_new_password = False
            if password := await self._questions.new_password():
                client.own_with_password(password)
        return True

    def finished(self) -> None:
        """Record that the client is logged in, or that it never will be."""
        if not self._logged_in.called:
            self._logged_in.callback("")

    def name_refused(self, reason: str) -> None:
        """Ask the user for another name."""
        self._logged_in.callback(reason)

    def secret_required(self, reason: str, kind: SecretKind) -> None:
        """Ask the user for a secret of this `kind`."""
        self._secret_problem, self._wanted = reason, kind
        if self._logged_in.called:
            self._interrupt()
        else:
            self._logged_in.callback(reason)

    def new_password_required(self) -> None:
        """Ask the user for a new password."""
        self._wants_new_password = True
        self._interrupt()

    async def _ask_secret(self) -> bool:
        """Ask for the secret that is wanted; return whether the user has given one.

        If they have not, they may still have another name.
        """
        problem, self._secret_problem = self._secret_problem, ""
        secret = await self._questions.secret(self._wanted, problem, self._name)
        self._secrets[self._wanted] = secret or ""
        if secret or (self._wanted == "password" and secret is not None):
            return True
        self._name = ""
        return False
