"""What a terminal asks the user: the name, secrets, and a new password."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netchat.client.conversation.interfaces import SecretKind
from netchat.client.frontends import new_password
from netchat.client.frontends.first_question import QUESTION
from netchat.client.frontends.input import is_exit_word, name_problem
from netchat.client.frontends.line_editor import LineEditor
from netchat.model.words import is_single_word

_QUESTIONS: Mapping[SecretKind, str] = {
    "password": "Enter password",
    "account_password": "Enter password of {}",
    "invitation": "Enter invitation for {}",
}


class Questions:
    """Asks the user in `editor`; `warn` shows a sentence. Secrets are not shown.

    `suggestion` is the name that is suggested, "" for none.
    """

    def __init__(
        self, editor: LineEditor, warn: Callable[[str], None], suggestion: str = ""
    ) -> None:
        self._editor = editor
        self._warn = warn
        self._suggestion = suggestion

    async def name(self) -> str:
        """Return the name that the user wants to have, "" if they leave.

        The first time, Enter takes the suggestion.
        """
        while True:
            suggestion, self._suggestion = self._suggestion, ""
            typed = await self._editor.ask(QUESTION, suggestion=suggestion)
            name = "exit" if typed is None else typed.strip()
            if is_exit_word(name):
                return ""
            if is_single_word(name):
                return name
            if name:
                self._warn(f"! {name_problem(name)}")

    async def secret(self, kind: SecretKind, problem: str, name: str) -> str | None:
        """Return a secret of this `kind` for the user called `name`; None for Ctrl-C and Ctrl-D.

        `problem` is the sentence that says why it is asked for.
        """
        # Leave out the option that gives it: the user is asked for it now.
        self._warn(f"! {problem.partition(';')[0].removesuffix('.')}.")
        return await self._editor.ask(f" {_QUESTIONS[kind].format(name)}: ", hidden=True)

    async def new_password(self) -> str:
        """Return a new password, which the user types twice; "" if they do not."""
        first = await self._editor.ask(new_password.FIRST, hidden=True)
        if not first:
            self._warn(new_password.NOTHING_GIVEN)
            return ""
        if await self._editor.ask(new_password.AGAIN, hidden=True) != first:
            self._warn(new_password.DIFFERENT)
            return ""
        return first
